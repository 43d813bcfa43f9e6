package pods_test

import (
	"os"
	"testing"
	"time"
)

// What a container uses is told from the same start on, never falls, and is not forgotten when it ends: metrics-server drops figures
// that go back.
func TestUsage(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("no /proc here")
	}
	w := newWorld(t)
	w.add(service("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; exec sleep 60"))
	w.says("done")
	first, _ := w.run.Usage("node-1")
	time.Sleep(20 * time.Millisecond)
	second, spent := w.run.Usage("node-1")
	if len(first) != 1 || len(second) != 1 || spent != 0 {
		t.Fatalf("usage %+v and %+v, spent %s; want one container's", first, second, spent)
	}
	a, b := first[0], second[0]
	if a.Namespace != "kube-system" || a.Pod != "ca-1" || a.Container != "backend" || a.Memory == 0 || a.CPU < 10*time.Millisecond || b.CPU < a.CPU || !a.Started.Equal(b.Started) {
		t.Errorf("usage %+v and then %+v", a, b)
	}
	if other, _ := w.run.Usage("node-2"); len(other) != 0 {
		t.Errorf("on another node %+v", other)
	}
	w.change(deleted)
	w.eventually("no pod", func() bool { return !w.exists() })
	if left, spent := w.run.Usage("node-1"); len(left) != 0 || spent != b.CPU {
		t.Errorf("afterwards %+v, spent %s; want what it had used, %s", left, spent, b.CPU)
	}
}
