package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// child is one run of the program.
type child struct {
	cmd     *exec.Cmd
	started time.Time
	log     string
	from    int64 // where this run's part of the log begins
	done    chan struct{}
	err     error // set before done is closed
}

// maxLog is the size above which a log is set aside, as <log>.1, before a start. A program that runs on is left alone:
// its log grows past this until it is started again.
const maxLog = 16 << 20

func start(spec Spec) (*child, error) {
	if err := os.MkdirAll(filepath.Dir(spec.Log), 0o755); err != nil {
		return nil, fmt.Errorf("%s: log folder: %w", spec.Name, err)
	}
	if info, err := os.Stat(spec.Log); err == nil && info.Size() > maxLog {
		if err := os.Rename(spec.Log, spec.Log+".1"); err != nil {
			return nil, fmt.Errorf("%s: setting the log aside: %w", spec.Name, err)
		}
	}
	out, err := os.OpenFile(spec.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("%s: log: %w", spec.Name, err)
	}
	defer out.Close() // the child holds its own descriptor
	info, err := out.Stat()
	if err != nil {
		return nil, fmt.Errorf("%s: log: %w", spec.Name, err)
	}
	cmd := exec.Command(spec.Path, spec.Args...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = spec.Env, spec.Dir, out, out
	if cmd.Env == nil {
		cmd.Env = []string{}
	}
	cmd.SysProcAttr = attributes()
	c := &child{cmd: cmd, log: spec.Log, from: info.Size(), done: make(chan struct{})}
	if err := spawn(cmd); err != nil {
		return nil, fmt.Errorf("%s: starting: %w", spec.Name, err)
	}
	c.started = time.Now()
	if spec.Whole {
		if err := hold(cmd.Process.Pid); err != nil {
			c.kill()
			return nil, errors.Join(fmt.Errorf("%s: %w", spec.Name, err), cmd.Wait())
		}
	}
	go c.wait(spec.Whole)
	return c, nil
}

// wait takes note of the child's end.
func (c *child) wait(whole bool) {
	defer close(c.done)
	if !whole {
		c.err = c.cmd.Wait()
		return
	}
	defer release(c.cmd.Process.Pid)
	c.err = waitGroup(c.cmd)
}

// exit says how the child ended; call it after done is closed.
func (c *child) exit() error {
	if c.err == nil {
		return errors.New("exit status 0")
	}
	return c.err
}

// tail is the end of this run's log, ready to be put behind an error.
func (c *child) tail() string {
	lines := LastLines(c.log, c.from, 15)
	if len(lines) == 0 {
		return "\n  (its log " + c.log + " is empty)"
	}
	return "\n  " + strings.Join(lines, "\n  ") + "\n  (log: " + c.log + ")"
}
