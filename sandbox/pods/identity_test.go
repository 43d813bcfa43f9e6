package pods_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Tokens are asked for as a kubelet asks: for the pod's account, bound to the pod; and again before they end.
func TestTokens(t *testing.T) {
	w := newWorld(t)
	w.add(pod("exec sleep 60", tokens(1)))
	w.running()
	asked := w.requests()
	if len(asked) != 2 {
		t.Fatalf("%d tokens were asked for, want two", len(asked))
	}
	for i, want := range []struct {
		audience string
		seconds  int64
	}{{"", 3607}, {"pods.eks.amazonaws.com", 1}} {
		o := asked[i].Object
		name, _, _ := unstructured.NestedString(o, "metadata", "name")
		bound, _, _ := unstructured.NestedMap(o, "spec", "boundObjectRef")
		seconds, _, _ := unstructured.NestedInt64(o, "spec", "expirationSeconds")
		audiences, _, _ := unstructured.NestedStringSlice(o, "spec", "audiences")
		if name != "autoscaler" || bound["kind"] != "Pod" || bound["name"] != "ca-1" || bound["uid"] != "uid-1" || seconds != want.seconds {
			t.Errorf("asked for %v", o)
		}
		if want.audience != "" && (len(audiences) != 1 || audiences[0] != want.audience) {
			t.Errorf("audiences %v, want %s", audiences, want.audience)
		}
	}
	file := filepath.Join(w.folder(), "volumes", "aws", "token")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	w.eventually("another token", func() bool {
		now, err := os.ReadFile(file)
		return err == nil && string(now) != string(before)
	})
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the token's file: %v, %v; want it to be its owner's only", info.Mode(), err)
	}
}

// A token that cannot be had is tried for again, as a volume is by a kubelet: the container has not been tried yet.
func TestTokenLater(t *testing.T) {
	w := newWorld(t)
	w.failed = 2
	began := time.Now()
	w.add(pod("exec sleep 60", tokens(3600)))
	w.running()
	if w.status().RestartCount != 0 || len(w.events("FailedMount")) == 0 {
		t.Errorf("restarts %d, events %v; want none, and why it took longer", w.status().RestartCount, w.events("FailedMount"))
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}
