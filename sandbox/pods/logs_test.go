package pods_test

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paddock/sandbox/pods"
)

func TestLogOptions(t *testing.T) {
	w := newWorld(t)
	w.add(pod("printf 'one\\ntwo\\nthree\\n'; exec sleep 60"))
	w.says("three")
	for name, row := range map[string]struct {
		options pods.LogOptions
		want    string
	}{
		"all":            {pods.LogOptions{Tail: -1}, "one\ntwo\nthree\n"},
		"none":           {pods.LogOptions{Tail: 0}, ""},
		"last":           {pods.LogOptions{Tail: 1}, "three\n"},
		"last two":       {pods.LogOptions{Tail: 2, Container: "autoscaler"}, "two\nthree\n"},
		"more than all":  {pods.LogOptions{Tail: 99}, "one\ntwo\nthree\n"},
		"limit":          {pods.LogOptions{Tail: -1, Limit: 5}, "one\nt"},
		"limit of a few": {pods.LogOptions{Tail: 1, Limit: 2}, "th"},
	} {
		if got, err := w.log(row.options); err != nil || got != row.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, row.want)
		}
	}
	if _, err := w.log(pods.LogOptions{Container: "other"}); err == nil || err.Error() != "container other is not valid for pod ca-1" {
		t.Errorf("another container: %v", err)
	}
	if _, err := w.log(pods.LogOptions{Previous: true}); err == nil || err.Error() != `previous terminated container "autoscaler" in pod "ca-1" not found` {
		t.Errorf("previous of the first: %v", err)
	}
}

// A long log is read from its end, and a last line may be unfinished.
func TestLongTail(t *testing.T) {
	w := newWorld(t)
	w.add(pod("seq 1 20000; printf half; exec sleep 60"))
	w.says("half")
	for n, want := range map[int64]string{1: "half", 2: "20000\nhalf", 3: "19999\n20000\nhalf"} {
		if got, err := w.log(pods.LogOptions{Tail: n}); err != nil || got != want {
			t.Errorf("tail %d: %q, %v; want %q", n, got, err, want)
		}
	}
	if got, err := w.log(pods.LogOptions{Tail: 15000}); err != nil || !strings.HasPrefix(got, "5002\n") {
		t.Errorf("tail of 15000 begins with %.10q, %v; want 5002", got, err)
	}
}

// Whoever follows sees what comes, until the container ends.
func TestFollow(t *testing.T) {
	w := newWorld(t)
	w.add(pod("echo up; while [ ! -e go ]; do sleep 0.02; done; echo more; sleep 0.2; echo end; exec sleep 0.1"))
	w.says("up")
	r, err := w.run.Log(t.Context(), "kube-system", "ca-1", pods.LogOptions{Follow: true, Tail: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	lines := bufio.NewScanner(r)
	lines.Scan()
	w.write(w.folder()+"/go", "")
	got := lines.Text()
	for lines.Scan() {
		got += " " + lines.Text()
	}
	if got != "up more end" {
		t.Errorf("followed %q", got)
	}
}

func TestFollowerLeaves(t *testing.T) {
	w := newWorld(t)
	w.add(pod("echo up; exec sleep 60"))
	w.says("up")
	ctx, leave := context.WithCancel(t.Context())
	r, err := w.run.Log(ctx, "kube-system", "ca-1", pods.LogOptions{Follow: true, Tail: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	time.AfterFunc(50*time.Millisecond, leave)
	for lines := bufio.NewScanner(r); lines.Scan(); {
	}
}

// A container that waits for its first start has no log; kubectl is told why.
func TestLogOfWaiting(t *testing.T) {
	w := newWorld(t)
	w.add(pod("", delayed))
	w.eventually("a pod that is known", func() bool {
		_, err := w.log(pods.LogOptions{})
		return err != pods.ErrOther
	})
	if _, err := w.log(pods.LogOptions{}); err == nil || err.Error() != `container "autoscaler" in pod "ca-1" is waiting to start: ContainerCreating` {
		t.Errorf("log of one that waits: %v", err)
	}
}

// A log that has grown is set aside, and whoever writes goes on in the empty file.
func TestLogIsSetAside(t *testing.T) {
	file := filepath.Join(t.TempDir(), "0.log")
	w, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, text := range []string{"before\n", "after\n"} {
		if _, err := w.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := pods.SetAside(file, 6); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{file: "after\n", file + ".1": "before\n"} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v; want %q", name, got, err, want)
		}
	}
}

// Whoever follows a log that is set aside goes on with the new one.
func TestFollowOverTheEdge(t *testing.T) {
	w := newWorld(t)
	w.add(pod("echo a long line; while [ ! -e go ]; do sleep 0.02; done; echo more; exec sleep 0.3"))
	w.says("line")
	r, err := w.run.Log(t.Context(), "kube-system", "ca-1", pods.LogOptions{Follow: true, Tail: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	lines := bufio.NewScanner(r)
	lines.Scan()
	if err := pods.SetAside(filepath.Join(w.folder(), "autoscaler", "0.log"), 1); err != nil {
		t.Fatal(err)
	}
	w.write(w.folder()+"/go", "")
	if lines.Scan(); lines.Text() != "more" {
		t.Errorf("followed %q, want what came after", lines.Text())
	}
}
