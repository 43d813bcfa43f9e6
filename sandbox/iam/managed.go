package iam

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

// The files say what AWS's managed policies allow (AWS managed policy reference), in statements of our own; the broad ones
// (ReadOnlyAccess, ViewOnlyAccess, SecurityAudit) only for the services the stand-in has.
//
//go:embed managed
var managedFiles embed.FS

const managedEnd = ".json"

var managed = sync.OnceValue(func() map[string]*Document {
	byName := map[string]*Document{}
	// Reading what is compiled in fails only if a file is no policy, which the tests would have seen.
	must(fs.WalkDir(managedFiles, "managed", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := managedFiles.ReadFile(path)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(path, "managed/"), managedEnd)
		byName[name], err = read(string(text))
		return err
	}))
	return byName
})

func must(err error) {
	if err != nil {
		panic("iam: managed policies: " + err.Error())
	}
}

// Managed is an AWS-managed policy by the end of its ARN: "AdministratorAccess", "service-role/AmazonEBSCSIDriverPolicy".
func Managed(name string) (*Document, bool) {
	d, ok := managed()[name]
	return d, ok
}

// ManagedNames are the names that Managed knows, sorted.
func ManagedNames() []string {
	var names []string
	for name := range managed() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
