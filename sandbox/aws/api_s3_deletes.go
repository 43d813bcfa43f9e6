package aws

import (
	"context"
)

func deleteAction(version string) string {
	if version != "" {
		return "s3:DeleteObjectVersion"
	}
	return "s3:DeleteObject"
}

func asksDelete(t *Tx, in *Call) []ask {
	return []ask{t.inBucket(in, deleteAction(str(in.Params, "VersionId")), str(in.Params, "Bucket"), str(in.Params, "Key"))}
}

func asksDeletes(t *Tx, in *Call) []ask {
	var out []ask
	for _, o := range objs(in.Params, "Objects") {
		out = append(out, t.inBucket(in, deleteAction(str(o, "VersionId")), str(in.Params, "Bucket"), str(o, "Key")))
	}
	return out
}

// removeObject deletes one version for good or, without a version, puts a marker over those that the bucket keeps.
func (t *Tx) removeObject(b *Record, key, version string) (out Props, gone []string) {
	out = Props{}
	r := t.objectVersion(b.ID, key, version)
	switch {
	case version != "":
		out["VersionId"] = version
		if r != nil {
			if yes(r.State, "marker", false) {
				out["DeleteMarker"] = true
			}
			gone = t.dropVersion(r)
		}
	case str(b.Private, "versioning") != "":
		state := Props{"marker": true}
		gone = t.putVersion(b, key, state)
		out["DeleteMarker"], out["VersionId"] = true, state["version"]
	case r != nil:
		gone = t.dropVersion(r)
	}
	return out, gone
}

func deleteObject(_ context.Context, c *Cloud, in *Call) (out Props, err error) {
	var gone []string
	key := str(in.Params, "Key")
	err = c.altered(tokenObject, objectID(str(in.Params, "Bucket"), key), func(t *Tx) error {
		b, err := in.bucket(t)
		if err == nil {
			out, gone = t.removeObject(b, key, str(in.Params, "VersionId"))
		}
		return err
	})
	if err == nil {
		c.dropBlobs(gone...)
	}
	return out, err
}

func deleteObjects(_ context.Context, c *Cloud, in *Call) (Props, error) {
	deleted := []any{}
	var gone []string
	err := c.altered(tokenBucket, str(in.Params, "Bucket"), func(t *Tx) error {
		b, err := in.bucket(t)
		if err != nil {
			return err
		}
		for _, o := range objs(in.Params, "Objects") {
			key, version := str(o, "Key"), str(o, "VersionId")
			item := Props{"Key": key, "VersionId": some(version)}
			out, files := t.removeObject(b, key, version)
			gone = append(gone, files...)
			if out["DeleteMarker"] == true {
				item["DeleteMarker"], item["DeleteMarkerVersionId"] = true, out["VersionId"]
			}
			deleted = append(deleted, item)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.dropBlobs(gone...)
	if paramYes(in, "Quiet") {
		return Props{}, nil
	}
	return Props{"Deleted": deleted}, nil
}
