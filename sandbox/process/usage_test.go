package process

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	line := "12 (a b) c) R 1 7 7 0 -1 4194304 100 0 0 0 30 12 5 3 20 0 1 0 100 1000000 25 18446744073709551615 1"
	group, used, ok := parseStat([]byte(line))
	if !ok || group != 7 || used.CPU != 500*time.Millisecond || used.RSS != 25*int64(os.Getpagesize()) {
		t.Errorf("group %d, %+v, %v; want 7, half a second, 25 pages", group, used, ok)
	}
	for _, line := range []string{"", "12 (a)", "12 (a) R 1 2 3"} {
		if _, _, ok := parseStat([]byte(line)); ok {
			t.Errorf("%q was understood", line)
		}
	}
}

// A group's usage is that of all in it, whoever leads it.
func TestGroups(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("no /proc here")
	}
	cmd := exec.Command("/bin/sh", "-c", "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; exec sleep 60' & wait")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); _ = cmd.Wait() })
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if u := Groups()[cmd.Process.Pid]; u.CPU >= 50*time.Millisecond && u.RSS > 0 {
			return
		}
	}
	t.Errorf("used %+v, want the child's time", Groups()[cmd.Process.Pid])
}
