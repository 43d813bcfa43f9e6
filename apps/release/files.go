package release

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"paddock/servicefile"
)

// entry is one service, as its folder describes it.
type entry struct {
	servicefile.File
	path  string // of its file, as a fault calls it
	raw   []byte
	image string // whole, with its tag or digest
}

// where names an entry in words.
func (e *entry) where() string { return e.Namespace + "/" + e.Name }

// fault is something wrong in an entry that only whoever knows more than the file can tell.
func (e *entry) fault(key, value, rule string, args ...any) error {
	return servicefile.At(e.path, e.raw, key, value, fmt.Sprintf(rule, args...))
}

// files reads all service files. Those with faults are left out; the error has all faults of all files.
func (c Config) files(dir string) ([]*entry, error) {
	var list []*entry
	var errs []error
	for _, folder := range c.Services {
		e := &entry{path: filepath.Join(folder, servicefile.Name)}
		var err error
		if e.raw, err = os.ReadFile(filepath.Join(dir, e.path)); errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("%s:services: %s: want a folder with a %s", Namespace, folder, servicefile.Name))
			continue
		} else if err != nil {
			errs = append(errs, err)
			continue
		}
		if e.File, err = servicefile.Load(e.path, e.raw); err != nil {
			errs = append(errs, err)
			continue
		}
		list = append(list, e)
	}
	return list, errors.Join(errs...)
}
