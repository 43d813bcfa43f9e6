// Package smoke asks a version that has been rolled out whether it works.
package smoke

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"

	"paddock/apps/reach"
	"paddock/apps/rollout"
)

// Check is what a service is asked, and what it must answer.
type Check struct {
	Port     int32
	Path     string
	Status   int           // unset: 200
	Contains string        // must be in the answer; unset: anything will do
	Within   time.Duration // how long it may fail at first; unset: 20 s
	Every    time.Duration // pause between two questions; unset: a second
	Say      func(string)  // hears of success; unset: nobody
	// Rolling tells whether the version is still being rolled out. While it is, a pod that is ready is waited for; unset: it is not.
	Rolling func() bool
}

// Ask sends a GET request to a pod.
type Ask func(ctx context.Context, pod *corev1.Pod, port int32, path string) (status int, body string, err error)

// each bounds one question.
const each = 10 * time.Second

// shown is how much of an answer an explanation quotes, in bytes.
const shown = 300

// Run asks a pod of a Deployment's newest version until it answers as it should, or the time is up: that runs from the first pod that
// is ready. It returns a *rollout.Failure if the version does not work; who serves then is for the caller to say. Another error, such
// as of a cluster that does not answer, says nothing of the version.
func Run(ctx context.Context, client kubernetes.Interface, ask Ask, namespace, deployment string, c Check) error {
	c.defaults()
	where := namespace + "/" + deployment
	var asked *corev1.Pod
	var wrong error
	for start, heard := time.Now(), time.Now(); ; {
		pods, version, lost := rollout.Newest(ctx, client, namespace, deployment)
		switch {
		case lost != nil:
		case len(pods) == 0:
			wrong = errors.New("no pod of it is ready")
			if c.Rolling() {
				start = time.Now() // the rollout knows better what keeps it
			}
		default:
			asked = pods[0]
			if wrong = c.once(ctx, ask, asked); wrong == nil {
				c.Say(fmt.Sprintf("%s: version %s passes its smoke check: GET %s", where, version, c.Path))
				return nil
			}
			if errors.Is(wrong, reach.ErrNoWay) {
				lost = wrong
			}
		}
		switch {
		case lost == nil:
			heard = time.Now()
		case rollout.Final(lost), time.Since(heard) >= rollout.Usual.Cluster:
			return fmt.Errorf("%s: smoke check: its pods cannot be asked: %w", where, lost)
		default:
			start = time.Now() // it says nothing of the version
		}
		if time.Since(start) >= c.Within {
			return c.failure(ctx, client, where, version, asked, wrong)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: smoke check: %w", where, context.Cause(ctx))
		case <-time.After(c.Every):
		}
	}
}

func (c *Check) defaults() {
	if c.Status == 0 {
		c.Status = 200
	}
	if c.Within == 0 {
		c.Within = 20 * time.Second
	}
	if c.Every == 0 {
		c.Every = time.Second
	}
	if c.Say == nil {
		c.Say = func(string) {}
	}
	if c.Rolling == nil {
		c.Rolling = func() bool { return false }
	}
}

func (c *Check) once(ctx context.Context, ask Ask, pod *corev1.Pod) error {
	ctx, cancel := context.WithTimeout(ctx, each)
	defer cancel()
	status, body, err := ask(ctx, pod, c.Port, c.Path)
	switch {
	case err != nil:
		return err
	case status != c.Status:
		return fmt.Errorf("it answers %d, want %d%s", status, c.Status, quoted(body))
	case !strings.Contains(body, c.Contains):
		return fmt.Errorf("it answers %d, without %q%s", status, c.Contains, quoted(body))
	}
	return nil
}

// quoted is the beginning of an answer, in one line.
func quoted(body string) string {
	line := strings.Join(strings.Fields(body), " ")
	switch {
	case line == "":
		return "; the body is empty"
	case len(line) > shown:
		line = strings.ToValidUTF8(line[:shown], "") + " ..."
	}
	return ": " + line
}

func (c *Check) failure(ctx context.Context, client kubernetes.Interface, where, version string, pod *corev1.Pod, wrong error) error {
	f := &rollout.Failure{Service: where, Version: version, Smoke: true,
		What: fmt.Sprintf("GET %s on port %d: %v", c.Path, c.Port, wrong),
		Do:   "mend the service and deploy again; what is asked is smoke in service.yaml",
	}
	if pod != nil {
		f.Facts = []string{"pod " + pod.Name}
		f.Log = rollout.Log(ctx, client, pod, pod.Spec.Containers[0].Name, false)
	}
	return f
}
