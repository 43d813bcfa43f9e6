package pods

import (
	"context"
	"errors"
	"io"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"paddock/sandbox/process"
)

// Processes tells what runs, by pod.
func (r *Runner) Processes() []process.Info {
	var infos []process.Info
	for _, p := range r.all() {
		if info, ok := p.info(); ok {
			infos = append(infos, info)
		}
	}
	return infos
}

// ErrOther says that a pod is not run here.
var ErrOther = errors.New("not run as a process")

// Endpoint is where a pod's process listens; false = it is none of ours, or has not come so far.
func (r *Runner) Endpoint(uid types.UID) (address string, ok bool) {
	r.mu.Lock()
	p := r.pods[uid]
	r.mu.Unlock()
	if p == nil {
		return "", false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.address, p.address != ""
}

// Pod is a pod that is run as a process, as it was when it came to its node; nil = it is none of ours.
func (r *Runner) Pod(uid types.UID) *corev1.Pod {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.pods[uid]; p != nil {
		return p.Pod
	}
	return nil
}

// Log opens the log of a container: of its present run, or of the one before. ErrOther = KWOK plays the pod.
func (r *Runner) Log(ctx context.Context, namespace, name string, o LogOptions) (io.ReadCloser, error) {
	if p := r.named(namespace, name); p != nil {
		return p.openLog(ctx, o)
	}
	return nil, ErrOther
}

func (r *Runner) all() []*pod {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*pod
	for _, p := range r.pods {
		all = append(all, p)
	}
	return all
}

// named finds a pod; of two of one name, as a StatefulSet's may be for a moment, the one that lives.
func (r *Runner) named(namespace, name string) (found *pod) {
	for _, p := range r.all() {
		if p.Namespace == namespace && p.Name == name && (found == nil || p.life.Err() == nil) {
			found = p
		}
	}
	return found
}
