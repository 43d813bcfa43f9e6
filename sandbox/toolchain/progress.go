package toolchain

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// Progress tells what is being built and how much is left: one line that is redrawn on a terminal, a line every
// quarter of a minute elsewhere.
type Progress struct {
	Out      io.Writer
	Terminal bool

	mu           sync.Mutex
	name         string
	step, steps  int
	built, total int
	since        time.Time
}

func (p *Progress) plan(jobs []job) {
	for _, j := range jobs {
		if !j.done {
			p.steps++
		}
	}
	if p.steps > 0 {
		fmt.Fprintf(p.Out, "setting up: %d of %d parts to build (once; later runs find them in the cache)\n", p.steps, len(jobs))
	}
}

func (p *Progress) run(j job) error {
	if j.done {
		if err := j.run(nil); err != nil {
			return err
		}
		return finish(j)
	}
	p.mu.Lock()
	p.step++
	p.name, p.built, p.total, p.since = j.name, 0, 0, time.Now()
	p.mu.Unlock()
	stop := make(chan struct{})
	var shown sync.WaitGroup
	shown.Add(1)
	go func() { defer shown.Done(); p.tick(stop) }()
	err := j.run(p.report)
	close(stop)
	shown.Wait()
	if err != nil {
		return err
	}
	p.line("done", "\n")
	return finish(j)
}

// beside runs a step while others are shown; only its end is told.
func (p *Progress) beside(j job) error {
	if err := j.run(nil); err != nil {
		return err
	}
	if !j.done {
		p.mu.Lock()
		p.step++
		p.mu.Unlock()
		p.print(j.name, "done beside the others", "\n")
	}
	return finish(j)
}

func finish(j job) error {
	if j.link == nil {
		return nil
	}
	return j.link()
}

func (p *Progress) report(built, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.built, p.total = built, total
}

func (p *Progress) tick(stop <-chan struct{}) {
	every, end := 15*time.Second, "\n"
	if p.Terminal {
		every, end = 500*time.Millisecond, ""
	}
	t := time.NewTicker(every)
	defer t.Stop()
	p.line("", end)
	for {
		select {
		case <-stop:
			return
		case <-t.C:
			p.line("", end)
		}
	}
}

func (p *Progress) line(state, end string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if state == "" && p.total > 0 {
		state = fmt.Sprintf("%d of %d packages", p.built, p.total)
	}
	if state == "" {
		state = "working"
	}
	took := time.Since(p.since).Round(time.Second)
	p.printLocked(p.name, fmt.Sprintf("%s, %s", state, took), end)
}

func (p *Progress) print(name, state, end string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.printLocked(name, state, end)
}

func (p *Progress) printLocked(name, state, end string) {
	start := ""
	if p.Terminal {
		start = "\r\x1b[K"
	}
	fmt.Fprintf(p.Out, "%s  [%d/%d] %-20s %s%s", start, p.step, p.steps, name, state, end)
}

// counter follows `go build -v`, which names each package as it is compiled.
type counter struct {
	built, total int
	report       func(built, total int) // nil = nobody watches
}

// newCounter counts what there is to compile, which takes as long as a build that finds all of it done; where nobody watches
// (report is nil) it does not. what names packages, after the flags that choose their files.
func newCounter(dir string, what []string, report func(int, int)) *counter {
	c := &counter{report: report}
	if report == nil {
		return c
	}
	cmd := exec.Command("go", append([]string{"list", "-deps"}, what...)...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err == nil { // only the count is lost; the build itself will say what is wrong
		c.total = bytes.Count(out, []byte("\n"))
	}
	return c
}

// run keeps what is not a package name, to show it if the build fails.
func (c *counter) run(cmd *exec.Cmd) error {
	pipe, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	cmd.Stdout = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	var words bytes.Buffer
	lines := bufio.NewScanner(pipe)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if line := lines.Bytes(); bytes.ContainsAny(line, " :") {
			words.Write(line)
			words.WriteByte('\n')
		} else if c.built++; c.report != nil {
			c.report(min(c.built, c.total), c.total)
		}
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", cmd.Args[1], err, words.String())
	}
	return nil
}
