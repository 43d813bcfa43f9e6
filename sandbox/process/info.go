package process

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// Info is one process as `sandbox status` shows it.
type Info struct {
	Name     string        `json:"name"`
	PID      int           `json:"pid"`      // 0 when nothing runs
	RSS      int64         `json:"rss"`      // resident memory, bytes; 0 where /proc is missing
	Uptime   time.Duration `json:"uptime"`   // of the present run
	State    State         `json:"state"`    //
	Restarts int           `json:"restarts"` // since Start
	Log      string        `json:"log"`
}

// Info reports the process as it is now.
func (p *Process) Info() Info {
	p.mu.Lock()
	defer p.mu.Unlock()
	info := Info{Name: p.spec.Name, State: p.state, Restarts: p.restarts, Log: p.spec.Log}
	select {
	case <-p.child.done:
	default:
		info.PID = p.child.cmd.Process.Pid
		info.RSS = rss(info.PID)
		info.Uptime = time.Since(p.child.started)
	}
	return info
}

// Alive tells whether the process runs and is ready.
func (p *Process) Alive() bool {
	info := p.Info()
	return info.State == Running && info.PID != 0
}

// rss reads the second field of /proc/<pid>/statm, in pages.
func rss(pid int) int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// LastLines returns the last n lines that a file holds behind the offset from, reading at most 32 KiB.
func LastLines(path string, from int64, n int) []string {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		from = max(from, info.Size()-32<<10)
	}
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return nil
	}
	raw, err := io.ReadAll(f)
	if err != nil {
		return nil
	}
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return nil
	}
	lines := strings.Split(string(raw), "\n")
	return lines[max(0, len(lines)-n):]
}

// started is when this program began.
var started = time.Now()

// Self is the program that asks, as one more process.
func Self(name string) Info {
	return Info{Name: name, PID: os.Getpid(), RSS: rss(os.Getpid()), Uptime: time.Since(started), State: Running}
}
