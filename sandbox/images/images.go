// Package images remembers what is run on this machine in the place of images of the account's registry: a command for each
// repository and tag. What a registry holds, nobody here could run.
package images

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"paddock/sandbox/atomicfile"
)

// ErrNotFound is what a registry says of a tag that nobody has pushed.
var ErrNotFound = errors.New("not found")

// Image is one image and what is run for it.
type Image struct {
	Ref     string   `json:"ref"`     // repository:tag, or repository@digest
	Dir     string   `json:"dir"`     // working folder, absolute
	Command []string `json:"command"` // the program's file, absolute, and its arguments
}

// Store holds the images of one sandbox; a change is on disk before it is heard of.
type Store struct {
	file string

	mu     sync.Mutex
	images map[string]Image // by Ref
}

// Open reads what the file holds; none is an empty store.
func Open(file string) (*Store, error) {
	s := &Store{file: file, images: map[string]Image{}}
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("images: %w", err)
	}
	var all []Image
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, fmt.Errorf("images: %s: %w", file, err)
	}
	for _, i := range all {
		s.images[i.Ref] = i
	}
	return s, nil
}

// Add makes an image known, or takes the place of the one of that name, as a push does. Account is whose registry it must be.
func (s *Store) Add(account string, i Image) error {
	if err := errors.Join(checkRef(account, i.Ref), checkCommand(i)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, had := s.images[i.Ref]
	s.images[i.Ref] = i
	err := s.save()
	if err != nil {
		delete(s.images, i.Ref)
		if had {
			s.images[i.Ref] = old
		}
	}
	return err
}

// Remove forgets an image. Pods that run are left alone.
func (s *Store) Remove(ref string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, had := s.images[ref]
	if !had {
		return fmt.Errorf("image %s: %w", ref, ErrNotFound)
	}
	delete(s.images, ref)
	err := s.save()
	if err != nil {
		s.images[ref] = old
	}
	return err
}

// List is all images, by name.
func (s *Store) List() []Image {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sorted()
}

func (s *Store) sorted() []Image {
	all := []Image{}
	for _, i := range s.images {
		all = append(all, i)
	}
	slices.SortFunc(all, func(a, b Image) int { return cmp.Compare(a.Ref, b.Ref) })
	return all
}

func (s *Store) save() error {
	raw, err := json.MarshalIndent(s.sorted(), "", "  ")
	if err != nil {
		return fmt.Errorf("images: %w", err)
	}
	if err := atomicfile.Write(s.file, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("images: %w", err)
	}
	return nil
}

// Registered tells whether any image of this one's repository is known. A store that is nil knows none.
func (s *Store) Registered(ref string) bool {
	if s == nil {
		return false
	}
	repository, _ := split(ref)
	s.mu.Lock()
	defer s.mu.Unlock()
	for have := range s.images {
		if r, _ := split(have); r == repository {
			return true
		}
	}
	return false
}

// Find is the image that a container names; without a tag that is latest. ErrNotFound = nobody has added it.
func (s *Store) Find(ref string) (Image, error) {
	repository, version := split(ref)
	if version == "" {
		ref = repository + ":latest"
	}
	if s == nil {
		return Image{}, fmt.Errorf("%s: %w", ref, ErrNotFound)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.images[ref]
	if !ok {
		return Image{}, fmt.Errorf("%s: %w", ref, ErrNotFound)
	}
	return i, nil
}

// split cuts a reference into repository and the rest, which begins with : or @; a port is no tag.
func split(ref string) (repository, version string) {
	if repository, digest, ok := strings.Cut(ref, "@"); ok {
		repository, _ = split(repository) // the digest wins over a tag that stands beside it
		return repository, "@" + digest
	}
	slash := strings.LastIndex(ref, "/")
	if colon := strings.LastIndex(ref, ":"); colon > slash {
		return ref[:colon], ref[colon:]
	}
	return ref, ""
}

func checkCommand(i Image) error {
	var errs []error
	if info, err := os.Stat(i.Dir); !filepath.IsAbs(i.Dir) || err != nil || !info.IsDir() {
		errs = append(errs, fmt.Errorf("dir: %q: want a folder that exists, by its absolute path", i.Dir))
	}
	if len(i.Command) == 0 {
		return errors.Join(append(errs, errors.New("command: want a program and its arguments"))...)
	}
	program := i.Command[0]
	switch info, err := os.Stat(program); {
	case !filepath.IsAbs(program) || err != nil:
		errs = append(errs, fmt.Errorf("command: %q: want a program that exists, by its absolute path", program))
	case info.IsDir() || info.Mode()&0o111 == 0:
		errs = append(errs, fmt.Errorf("command: %q: cannot be executed", program))
	}
	return errors.Join(errs...)
}
