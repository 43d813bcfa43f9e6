package aws

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"paddock/sandbox/atomicfile"
)

// What objects hold lies in files beside the store, not in it: states of stacks are several MB, one for each step of an
// update, and a bolt file never gives back what it once took. The record is written after the file, so that a kill in between
// leaves a file that nothing names; the next start removes it.

func (c *Cloud) blobPath(id string) string {
	return filepath.Join(filepath.Dir(c.store.db.Path()), "objects", id)
}

// keepBlob writes what an object holds; the answer names it.
func (c *Cloud) keepBlob(body []byte) (string, error) {
	id := hexID("", 32)
	return id, atomicfile.Write(c.blobPath(id), body, 0o600)
}

// dropBlobs removes files that nothing names any more. What cannot be removed now is by the next start.
func (c *Cloud) dropBlobs(ids ...string) {
	for _, id := range ids {
		if id == "" {
			continue
		}
		if err := os.Remove(c.blobPath(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
			c.log.Error("object's file", "id", id, "error", err)
		}
	}
}

// sweepBlobs removes the files that no object names.
func (c *Cloud) sweepBlobs() error {
	files, err := os.ReadDir(c.blobPath(""))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	named := map[string]bool{}
	c.store.view(func(t *Tx) {
		for _, kind := range []string{tokenObject, tokenVersion} {
			t.find(kind, func(r *Record) bool { named[str(r.State, "blob")] = true; return false })
		}
	})
	for _, f := range files {
		if !named[f.Name()] {
			c.dropBlobs(f.Name())
		}
	}
	return nil
}

func objectID(bucket, key string) string { return bucket + "/" + key }

// versionID is under which an older version is kept: no key of an object has a line break before a version in it.
func (r *Record) versionID() string { return r.ID + "\n" + str(r.State, "version") }

// nullVersion is the version of objects that were put while the bucket kept none.
const nullVersion = "null"

// object is the latest version of a key; nil = none. A delete marker is one.
func (t *Tx) object(bucket, key string) *Record { return t.peek(tokenObject, objectID(bucket, key)) }

// objectVersion is one version of a key; empty = the latest.
func (t *Tx) objectVersion(bucket, key, version string) *Record {
	r := t.object(bucket, key)
	if version == "" || r != nil && str(r.State, "version") == version {
		return r
	}
	return t.peek(tokenVersion, objectID(bucket, key)+"\n"+version)
}

// putVersion makes a new latest version, and answers the files that nothing names from then on.
func (t *Tx) putVersion(bucket *Record, key string, state Props) (gone []string) {
	id, status := objectID(bucket.ID, key), str(bucket.Private, "versioning")
	state["bucket"], state["key"], state["version"] = bucket.ID, key, nullVersion
	state["modified"] = time.Now().UTC().Format(time.RFC3339Nano)
	if status == "Enabled" {
		state["version"] = letters("", 32)
	}
	if old := t.get(tokenObject, id); old != nil {
		if status == "" || str(old.State, "version") == state["version"] {
			gone = append(gone, str(old.State, "blob"))
		} else {
			t.retire(old)
		}
		t.drop(old)
	}
	if state["version"] == nullVersion { // of null versions there is one
		if older := t.peek(tokenVersion, id+"\n"+nullVersion); older != nil {
			gone = append(gone, str(older.State, "blob"))
			t.drop(older)
		}
	}
	t.put(&Record{Kind: tokenObject, ID: id, Name: key, Region: bucket.Region, Owner: bucket.Key(), State: state})
	return gone
}

// retire keeps what was the latest version as an older one.
func (t *Tx) retire(r *Record) {
	t.put(&Record{Kind: tokenVersion, ID: r.versionID(), Name: r.Name, Region: r.Region, Owner: r.Owner, State: clone(r.State)})
}

// dropVersion deletes one version for good; the youngest older one takes the place of the latest.
func (t *Tx) dropVersion(r *Record) (gone []string) {
	t.drop(r)
	gone = []string{str(r.State, "blob")}
	if r.Kind == tokenVersion {
		return gone
	}
	var next *Record
	for _, v := range t.list(tokenVersion) {
		if v.Name == r.Name && v.Owner == r.Owner {
			next = v
		}
	}
	if next != nil {
		t.drop(next)
		t.put(&Record{Kind: tokenObject, ID: r.ID, Name: r.Name, Region: r.Region, Owner: r.Owner, State: clone(next.State)})
	}
	return gone
}

// keysOf are the objects of a bucket by key, delete markers left out.
func (t *Tx) keysOf(bucket, prefix string) []*Record {
	var out []*Record
	t.find(tokenObject, func(r *Record) bool {
		if str(r.State, "bucket") == bucket && strings.HasPrefix(r.Name, prefix) && !yes(r.State, "marker", false) {
			out = append(out, r)
		}
		return false
	})
	slices.SortFunc(out, func(a, b *Record) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// blob reads what an object holds.
func (c *Cloud) blob(r *Record) ([]byte, error) {
	body, err := os.ReadFile(c.blobPath(str(r.State, "blob")))
	if err != nil {
		return nil, fmt.Errorf("object %s: %w", r.ID, err)
	}
	return body, nil
}
