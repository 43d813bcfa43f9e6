package aws_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// report is what the child says of a call: that it begins, or that it was answered, with all records there are then.
type report struct {
	Doing   string            `json:",omitempty"`
	Records map[string]string `json:",omitempty"`
	Wrong   string            `json:",omitempty"`
}

const killedAt = "PADDOCK_TEST_KILLED_AT" // folder that a child of TestKill works in

// A process that works on a store is killed at random moments, twenty times in a row on the same store. What it had
// acknowledged is there, nothing is half written, and after Resume everything is in order.
func TestKill(t *testing.T) {
	if at := os.Getenv(killedAt); at != "" {
		work(at)
		return
	}
	times := 20
	if testing.Short() {
		times = 3
	}
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(*seedFlag, 2))
	var was map[string]string
	answers, middles := 0, 0
	for i := range times {
		k := &kill{acknowledged: was}
		if err := k.strike(dir, time.Duration(r.IntN(400))*time.Millisecond); err != nil {
			t.Fatalf("kill %d: %v", i, err)
		}
		answers += k.answers
		if k.doing != "" {
			middles++
		}
		var err error
		if was, err = k.kept(dir, i%4 == 3); err != nil {
			t.Fatalf("kill %d, while %q: %v", i, k.doing, err)
		}
	}
	t.Logf("%d kills, %d of them within an operation; %d operations were acknowledged", times, middles, answers)
}

// work does random steps, for as long as it lives, and reports them.
func work(dir string) {
	out := json.NewEncoder(os.Stdout)
	say := func(r report) { _ = out.Encode(r) }
	w, err := newWorld(dir)
	if err == nil {
		w.says = say
		err = w.cloud.Resume(context.Background())
	}
	seed := uint64(time.Now().UnixNano())
	for round := 0; err == nil; round++ {
		for _, s := range sequence(seed + uint64(round)) {
			switch s.verb {
			case "restart", "kill", "settle", "conditions", "disorder", "resume", "drift":
				continue // this is about the store, and about calls
			}
			s.n += round * 100
			if err = w.do(s); err != nil {
				break
			}
		}
	}
	say(report{Wrong: err.Error()})
}

// kill is one life of the child, and what is known of it.
type kill struct {
	acknowledged map[string]string // records at the last answer
	doing        string            // the call that was under way; empty = none
	answers      int
}

// strike lets a child work and kills it some time after its first word.
func (k *kill) strike(dir string, after time.Duration) error {
	child := exec.Command(os.Args[0], "-test.run=^TestKill$") //nolint:gosec // this very test
	child.Env = append(os.Environ(), killedAt+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	defer func() { _ = child.Wait() }() // that it was killed is no news
	lines := bufio.NewReader(out)
	var timer *time.Timer
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return nil // a line that was cut short says nothing
		}
		if timer == nil {
			timer = time.AfterFunc(after, func() { _ = child.Process.Kill() })
		}
		var r report
		if err := json.Unmarshal(line, &r); err != nil {
			return fmt.Errorf("the child says %q", line)
		}
		switch {
		case r.Wrong != "":
			return fmt.Errorf("the child: %s", r.Wrong)
		case r.Doing != "":
			k.doing = r.Doing
		default:
			k.acknowledged, k.doing = r.Records, ""
			k.answers++
		}
	}
}

// kept opens what the child left and compares it with what it had acknowledged. It answers what is there after Resume.
func (k *kill) kept(dir string, empty bool) (records map[string]string, err error) {
	w, err := newWorld(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.cloud.Close()) }()
	now := w.cloud.Records(nil)
	for name, was := range k.acknowledged {
		if now[name] != was && !k.concerns(name, was) {
			return nil, fmt.Errorf("%s was acknowledged as %s and is %q", name, was, now[name])
		}
	}
	for name, is := range now {
		if _, known := k.acknowledged[name]; !known && k.doing == "" && k.acknowledged != nil {
			return nil, fmt.Errorf("%s: nobody heard of %s", name, is)
		}
	}
	if broken := w.cloud.Broken(); len(broken) > 0 {
		return nil, fmt.Errorf("broken: %s", strings.Join(broken, "; "))
	}
	if err := w.settle(); err != nil {
		return nil, err
	}
	if empty {
		if err := w.takeDown(); err != nil {
			return nil, err
		}
	}
	return w.cloud.Records(nil), nil
}

// concerns says that the call that was under way may have changed a record: it names it, or the record names what it is about.
func (k *kill) concerns(name, record string) bool {
	if k.doing == "" {
		return false
	}
	_, id, _ := strings.Cut(name, " ")
	if about := strings.Fields(k.doing); len(about) > 1 && about[1][0] != '{' {
		parts := strings.Split(about[1], ":") // an access entry's id ends with the principal that its policies name
		if strings.Contains(record, parts[len(parts)-1]) {
			return true
		}
	}
	if strings.Contains(k.doing, id) {
		return true
	}
	return strings.Contains(k.doing, "DefaultSecurityGroup") && strings.HasPrefix(name, tokGroup) // which it adopts
}
