// Package rollout waits until a Deployment's newest version is wholly rolled out, and explains in plain words why it is not.
package rollout

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/kubernetes"
)

// Options say how to wait. The zero value waits as long as is usual, says nothing on the way and asks no pod.
type Options struct {
	Version  string        // what the new release is called; unset: the tag of its image
	Replicas int32         // that must serve at least, which an HPA is yet to bring about; unset: as many as the Deployment wants
	Start    time.Duration // the service's own time until it is first ready; unset: none beyond what Patience gives
	Patience Patience      // unset fields: Usual's
	Every    time.Duration // how often to look; unset: a second
	Say      func(string)  // hears of progress, a line at a time and each once; unset: nobody
	// Ask sends a GET request to a pod, to show what a failing probe is answered; unset: only what the kubelet says of it is shown.
	Ask func(ctx context.Context, pod *corev1.Pod, port int32, path string) (status int, body string, err error)
}

// waiter is one wait.
type waiter struct {
	Options
	client          kubernetes.Interface
	namespace, name string
	began           time.Time
	said            string
	since           map[string]time.Time // by state of a cause: when it was first seen, without a break since
	retried         bool                 // the newest ReplicaSet was made to try again
	heard           time.Time            // when the cluster last answered
}

// Wait blocks until the newest version of a Deployment is wholly rolled out and nothing of an older one is left. It returns a
// *Failure as soon as it is clear that this will not happen by itself.
func Wait(ctx context.Context, client kubernetes.Interface, namespace, deployment string, opts Options) error {
	w := &waiter{Options: opts, client: client, namespace: namespace, name: deployment, since: map[string]time.Time{}}
	if w.Every == 0 {
		w.Every = time.Second
	}
	if w.Say == nil {
		w.Say = func(string) {}
	}
	w.Patience = w.Patience.over(Usual)
	w.began, w.heard = time.Now(), time.Now()
	tick := time.NewTicker(w.Every)
	defer tick.Stop()
	for {
		if done, err := w.look(ctx); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s/%s: rollout: %w", namespace, deployment, context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// Final tells whether asking the cluster again cannot help: what is asked for is not there, or not for whoever asks.
func Final(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err)
}

// look sees how far it is. A cluster that does not answer for a moment is no failed rollout.
func (w *waiter) look(ctx context.Context) (done bool, err error) {
	now, err := w.snapshot(ctx)
	if err == nil {
		err = w.addEvents(ctx, now)
	}
	if err == nil {
		err = w.retry(ctx, now)
	}
	switch {
	case Final(err):
		return false, fmt.Errorf("%s/%s: rollout: %w", w.namespace, w.name, err)
	case err != nil:
		if time.Since(w.heard) > w.Patience.Cluster && !errors.Is(err, context.Canceled) {
			return false, fmt.Errorf("%s/%s: rollout: the cluster has not answered for %v: %w", w.namespace, w.name, w.Patience.Cluster, err)
		}
		return false, nil
	}
	w.heard = time.Now()
	if now.done(w.Replicas) {
		w.tell(fmt.Sprintf("%s/%s: version %s is rolled out: it serves with %d of %d pods", w.namespace, w.name, w.version(now),
			now.available(now.fresh), now.wanted()))
		return true, nil
	}
	causes := w.causes(now)
	cause := w.final(causes)
	w.tell(w.progress(now, causes))
	if cause != nil {
		return false, w.failure(ctx, now, cause)
	}
	return false, nil
}

// final is the first cause that has lasted for longer than it may; nil = none.
func (w *waiter) final(causes []*cause) *cause {
	seen := map[string]bool{}
	var over *cause
	for _, c := range causes {
		state := c.state()
		if seen[state] {
			continue
		}
		seen[state] = true
		if _, known := w.since[state]; !known {
			w.since[state] = time.Now()
		}
		if over == nil && time.Since(w.since[state]) >= c.after {
			over = c
		}
	}
	maps.DeleteFunc(w.since, func(state string, _ time.Time) bool { return !seen[state] })
	return over
}

func (w *waiter) tell(line string) {
	if line != w.said {
		w.said = line
		w.Say(line)
	}
}

// progress is what there is to say while all is well.
func (w *waiter) progress(s *snapshot, causes []*cause) string {
	line := fmt.Sprintf("%s/%s: version %s: %d of %d pods are ready", w.namespace, w.name, w.version(s),
		s.available(s.fresh), max(s.wanted(), w.Replicas))
	for _, old := range s.old() {
		if n := s.available(old); n > 0 {
			line += fmt.Sprintf(", %d of %s still serve", n, w.named(s, old))
		}
	}
	if wait := w.waiting(s, causes); wait != "" {
		line += "; " + wait
	}
	return line
}

func (w *waiter) version(s *snapshot) string {
	if w.Version != "" {
		return w.Version
	}
	return versionOf(s.deployment.Spec.Template)
}

// Newest are the pods of a Deployment's newest version that are ready, and what the version is called.
func Newest(ctx context.Context, client kubernetes.Interface, namespace, deployment string) ([]*corev1.Pod, string, error) {
	w := &waiter{client: client, namespace: namespace, name: deployment}
	s, err := w.snapshot(ctx)
	if err != nil {
		return nil, "", err
	}
	var pods []*corev1.Pod
	if s.fresh != nil {
		for _, p := range s.pods[s.fresh.UID] {
			if ready(p) && p.DeletionTimestamp == nil {
				pods = append(pods, p)
			}
		}
	}
	return pods, w.version(s), nil
}
