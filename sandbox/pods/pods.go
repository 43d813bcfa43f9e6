// Package pods runs chosen pods of the local cloud as real processes: with the container's own command line and environment, the
// pod's own service account token and its Pod Identity credentials. What such a program may do is decided where it is on AWS.
package pods

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"

	"paddock/sandbox/images"
	"paddock/sandbox/parallel"
)

// Config says where a Runner works, and what its pods find in the place of a node's network.
type Config struct {
	Cluster string
	Kube    dynamic.Interface // as the cluster's administrator, with no time limit: it watches
	Dir     string            // logs and volumes: <Dir>/<namespace>_<pod>_<uid>/
	Bin     string            // folder of the programs
	Server  string            // address of the apiserver
	CA      string            // file of its authority

	Images  *images.Store // what is run for images of the account's registry; nil = nothing is
	Proxy   string        // address of the HTTP proxy that leads to Services; empty = nothing does
	Volumes string        // folder of what claims keep: <Volumes>/<volume>/

	Region string
	AWS    string                   // address of the AWS APIs
	Agent  func(node string) string // address of the Pod Identity agent of a node
	Log    *slog.Logger

	Pull Pauses // zero = a kubelet's
}

// Pauses are those of an image that cannot be pulled.
type Pauses struct {
	First time.Duration // before it is asked for again, doubled with each try; 0 = 10 s
	Last  time.Duration // the longest; 0 = 5 min
	Told  time.Duration // part of each, for which the failure is told before the pause is; 0 = 2 s
}

// Runner runs the pods of one cluster.
type Runner struct {
	cfg  Config
	life context.Context
	end  context.CancelFunc
	busy sync.WaitGroup

	mu    sync.Mutex
	pods  map[types.UID]*pod
	spent map[string]time.Duration // of processors, by node, by what has ended
}

var podResource = schema.GroupVersionResource{Version: "v1", Resource: "pods"}

// New makes a runner that does nothing until Start.
func New(cfg Config) *Runner {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	pull := &cfg.Pull
	pull.First, pull.Last = cmp.Or(pull.First, 10*time.Second), cmp.Or(pull.Last, 5*time.Minute)
	pull.Told = cmp.Or(pull.Told, 2*time.Second)
	r := &Runner{cfg: cfg, pods: map[types.UID]*pod{}, spent: map[string]time.Duration{}}
	r.life, r.end = context.WithCancel(context.Background())
	return r
}

// Start watches the cluster's pods and returns once it knows all that are there.
func (r *Runner) Start(ctx context.Context) error {
	factory := dynamicinformer.NewDynamicSharedInformerFactory(r.cfg.Kube, 0)
	informer := factory.ForResource(podResource).Informer()
	if err := informer.SetTransform(slim); err != nil {
		return fmt.Errorf("pods: %w", err)
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    r.see,
		UpdateFunc: func(_, now any) { r.see(now) },
		DeleteFunc: r.gone,
	})
	if err != nil {
		return fmt.Errorf("pods: %w", err)
	}
	left, err := os.ReadDir(r.cfg.Dir) // by an earlier run; there is none before the first
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("pods: what an earlier run has left: %w", err)
	}
	r.busy.Go(func() { informer.RunWithContext(r.life) })
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return fmt.Errorf("pods: list them: %w", context.Cause(ctx))
	}
	r.sweep(left, informer.GetStore().List())
	return nil
}

// sweep removes what an earlier run has left of pods, their logs and tokens, that went while nobody watched.
func (r *Runner) sweep(left []os.DirEntry, pods []any) {
	there := map[string]bool{}
	for _, obj := range pods {
		if u, ok := obj.(*unstructured.Unstructured); ok {
			there[string(u.GetUID())] = true
		}
	}
	for _, entry := range left {
		_, uid, _ := strings.Cut(entry.Name(), "_")
		_, uid, isPod := strings.Cut(uid, "_")
		if !isPod || there[uid] {
			continue
		}
		r.clear(filepath.Join(r.cfg.Dir, entry.Name()))
	}
}

// clear removes a pod's folder, with its logs and tokens.
func (r *Runner) clear(dir string) {
	if err := os.RemoveAll(dir); err != nil {
		r.cfg.Log.Warn("what is left of a pod was not removed", "pod", filepath.Base(dir), "cause", err)
	}
}

// slim keeps of pods that KWOK plays only their names: there may be thousands.
func slim(obj any) (any, error) {
	u, ok := obj.(*unstructured.Unstructured)
	if !ok {
		return obj, nil
	}
	if u.GetAnnotations()[FromImage] != "" {
		return obj, nil
	}
	containers, _, _ := unstructured.NestedSlice(u.Object, "spec", "containers")
	for _, c := range containers {
		if m, ok := c.(map[string]any); ok {
			if image, _ := m["image"].(string); programOf(image) != nil {
				return obj, nil
			}
		}
	}
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{
		"name": u.GetName(), "namespace": u.GetNamespace(), "uid": string(u.GetUID()), "resourceVersion": u.GetResourceVersion(),
	}}}, nil
}

// see takes note of a pod as it is now.
func (r *Runner) see(obj any) {
	now, err := typed(obj)
	if err != nil || now.Spec.NodeName == "" || !Runs(now) {
		return
	}
	over := now.Status.Phase == corev1.PodFailed || now.Status.Phase == corev1.PodSucceeded
	r.mu.Lock()
	defer r.mu.Unlock()
	p, known := r.pods[now.UID]
	if !known {
		if over || r.life.Err() != nil {
			return
		}
		p = newPod(r, now)
		r.pods[now.UID] = p
		r.busy.Go(p.live)
	}
	switch {
	case over: // by a controller, which has given it up
		p.terminate(errGone)
	case now.DeletionTimestamp != nil:
		p.allow(now.DeletionGracePeriodSeconds)
		p.terminate(errDeleted)
	}
}

// gone forgets a pod that is no longer in the cluster. Until then one that has ended stays known, lest it is started again.
func (r *Runner) gone(obj any) {
	if last, ok := obj.(cache.DeletedFinalStateUnknown); ok {
		obj = last.Obj
	}
	u, ok := obj.(*unstructured.Unstructured)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.pods[u.GetUID()]; p != nil {
		p.terminate(errGone)
		delete(r.pods, p.UID)
	}
}

// NodeGone ends what runs on an instance that is terminated; nobody is left there to tell the cluster.
func (r *Runner) NodeGone(node string) {
	for _, p := range r.all() {
		if p.Spec.NodeName == node {
			p.terminate(errGone)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.spent, node)
}

// stopGrace is how long the processes have to end when the whole cloud does: time to let go of a lease.
const stopGrace = 5 * time.Second

// Stop ends every process; the pods stay as they are in the cluster, as on nodes that are switched off.
func (r *Runner) Stop(ctx context.Context) error {
	r.end()
	ctx, cancel := context.WithTimeout(ctx, stopGrace)
	defer cancel()
	err := parallel.Each(r.all(), func(p *pod) error {
		p.terminate(errStopped)
		select {
		case <-p.over:
		case <-ctx.Done():
			p.kill()
			<-p.over
		}
		return nil
	})
	r.busy.Wait()
	return err
}

func typed(obj any) (*corev1.Pod, error) {
	u, ok := obj.(*unstructured.Unstructured)
	if !ok {
		return nil, fmt.Errorf("pods: %T: want a pod", obj)
	}
	var p corev1.Pod
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &p); err != nil {
		return nil, fmt.Errorf("pods: %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	return &p, nil
}

// soon bounds what is asked of the apiserver.
const soon = 10 * time.Second
