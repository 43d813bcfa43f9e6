package daemon

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"paddock/sandbox/images"
)

// Images are of this account's registry, and are there for the next daemon.
func TestImages(t *testing.T) {
	d, file := opened(t, "key"), filepath.Join(t.TempDir(), "images.json")
	ask := func(method, path string, in any) (int, string) {
		t.Helper()
		var err error
		if d.images, err = images.Open(file); err != nil { // as a daemon that has just started
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		d.controlImages(mux)
		body, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(method, path, bytes.NewReader(body)))
		return w.Code, w.Body.String()
	}
	image := images.Image{Ref: d.cloud.Account() + ".dkr.ecr.us-west-2.amazonaws.com/web:v1", Dir: t.TempDir(), Command: []string{"/bin/sh"}}
	other := image
	other.Ref = "000000000000.dkr.ecr.us-west-2.amazonaws.com/web:v1"
	for i, step := range []struct {
		method, path string
		in           any
		code         int
		says         string
	}{
		{"GET", "/images", nil, 200, "[]"},
		{"POST", "/images", image, 200, "{}"},
		{"POST", "/images", other, 409, "want one of this account's registry"},
		{"POST", "/images", "junk", 400, "cannot unmarshal"},
		{"GET", "/images", nil, 200, `"ref":"` + image.Ref + `"`},
		{"DELETE", "/images?ref=" + url.QueryEscape(image.Ref), nil, 200, "{}"},
		{"DELETE", "/images?ref=" + url.QueryEscape(image.Ref), nil, 409, "image " + image.Ref + ": not found"},
		{"GET", "/images", nil, 200, "[]"},
	} {
		if code, text := ask(step.method, step.path, step.in); code != step.code || !strings.Contains(text, step.says) {
			t.Errorf("step %d: %d %s; want %d %s", i, code, text, step.code, step.says)
		}
	}
}
