package pods

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"paddock/sandbox/process"
)

// LogOptions are what `kubectl logs` can ask for.
type LogOptions struct {
	Container string
	Previous  bool
	Follow    bool
	Tail      int64 // lines; negative = all
	Limit     int64 // bytes; 0 = all
}

func (p *pod) logFile(restart int32) string {
	return filepath.Join(p.dir, p.container.Name, fmt.Sprintf("%d.log", restart))
}

// lastLines is what a pod's status tells of the log of a container that has died.
func lastLines(log string) string {
	text := strings.Join(process.LastLines(log, 0, 80), "\n")
	return text[max(0, len(text)-2048):]
}

// openLog opens a log from where it is asked for.
func (p *pod) openLog(ctx context.Context, o LogOptions) (io.ReadCloser, error) {
	file, over, err := p.findLog(o)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("log of container %q in pod %q: %w", p.container.Name, p.Name, err)
	}
	if err := seekTail(f, o.Tail); err != nil {
		f.Close()
		return nil, err
	}
	var r io.Reader = f
	if o.Follow && over != nil {
		r = &follower{ctx: ctx, file: f, over: over}
	}
	if o.Limit > 0 {
		r = io.LimitReader(r, o.Limit)
	}
	return struct {
		io.Reader
		io.Closer
	}{r, f}, nil
}

// findLog chooses the run that is meant, as a kubelet does: one that waits to be started again has the log of the run that
// ended. over is closed when there will be no more of it; nil = there will not.
func (p *pod) findLog(o LogOptions) (file string, over <-chan struct{}, err error) {
	if o.Container != "" && o.Container != p.container.Name {
		return "", nil, fmt.Errorf("container %s is not valid for pod %s", o.Container, p.Name)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case o.Previous && p.lastLog == "":
		return "", nil, fmt.Errorf("previous terminated container %q in pod %q not found", p.container.Name, p.Name)
	case p.log != "" && !o.Previous:
		return p.log, p.process.Done(), nil
	case p.lastLog != "":
		return p.lastLog, nil, nil
	}
	return "", nil, fmt.Errorf("container %q in pod %q is waiting to start: %s", p.container.Name, p.Name, p.waits)
}

// seekTail goes to where the last n lines begin.
func seekTail(f *os.File, n int64) error {
	if n < 0 {
		return nil
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil || n == 0 {
		return err
	}
	buf := make([]byte, 32<<10)
	for at, found := end, int64(0); at > 0; {
		size := min(at, int64(len(buf)))
		at -= size
		if _, err := f.ReadAt(buf[:size], at); err != nil {
			return err
		}
		for i := size; i > 0; {
			i = int64(bytes.LastIndexByte(buf[:i], '\n'))
			if i < 0 {
				break
			}
			if at+i == end-1 { // the last line's own
				continue
			}
			if found++; found == n {
				_, err := f.Seek(at+i+1, io.SeekStart)
				return err
			}
		}
		if at == 0 {
			_, err := f.Seek(0, io.SeekStart)
			return err
		}
	}
	return nil
}

// follower waits at the end of a log for more, until its process has ended or nobody reads.
type follower struct {
	ctx  context.Context
	file *os.File
	over <-chan struct{}
}

func (f *follower) Read(b []byte) (int, error) {
	for {
		ended := false
		select {
		case <-f.over:
			ended = true
		default:
		}
		if err := f.restart(); err != nil {
			return 0, err
		}
		n, err := f.file.Read(b)
		if n > 0 || err != nil && !errors.Is(err, io.EOF) || ended {
			return n, err
		}
		if !sleep(f.ctx, 100*time.Millisecond) {
			return 0, io.EOF
		}
	}
}

// restart goes to the beginning of a log that was set aside meanwhile.
func (f *follower) restart() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	at, err := f.file.Seek(0, io.SeekCurrent)
	if err == nil && at > info.Size() {
		_, err = f.file.Seek(0, io.SeekStart)
	}
	return err
}
