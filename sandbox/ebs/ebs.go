// Package ebs plays the controller of the EBS CSI driver: claims get PersistentVolumes, which are folders on this machine.
package ebs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"

	"paddock/sandbox/events"
)

// Driver is the name by which StorageClasses ask for it.
const Driver = "ebs.csi.aws.com"

// ErrAbsent says that no driver runs, so that nobody looks at claims, and nobody tells why.
var ErrAbsent = errors.New("the EBS CSI driver does not run")

// Config says which cluster's claims are looked after, and where their data lie.
type Config struct {
	Kube    dynamic.Interface               // with no time limit: it watches
	Folder  func(volume string) string      // of a PersistentVolume's data
	Allowed func(ctx context.Context) error // why the driver can make no volume now, ErrAbsent = it is not there; nil = it can
	Log     *slog.Logger                    // nil = silent
}

// Controller makes and removes volumes.
type Controller struct {
	cfg    Config
	events *events.Writer
	queue  workqueue.TypedRateLimitingInterface[key]
	life   context.Context
	end    context.CancelFunc
	busy   sync.WaitGroup
}

// key names what is to be looked at.
type key struct {
	of              schema.GroupVersionResource
	namespace, name string
}

var (
	claims  = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumeclaims"}
	volumes = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumes"}
	classes = schema.GroupVersionResource{Group: "storage.k8s.io", Version: "v1", Resource: "storageclasses"}
	nodes   = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
)

// What fails is tried again after these pauses, doubled from the first to the last.
const (
	firstPause = 500 * time.Millisecond
	lastPause  = 15 * time.Second
	soon       = 10 * time.Second // bounds what is asked of the apiserver
)

// New makes a controller that does nothing until Start.
func New(cfg Config) *Controller {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	limit := workqueue.NewTypedItemExponentialFailureRateLimiter[key](firstPause, lastPause)
	c := &Controller{
		cfg: cfg, queue: workqueue.NewTypedRateLimitingQueue(limit), events: events.New(cfg.Kube, corev1.EventSource{Component: Driver}),
	}
	c.life, c.end = context.WithCancel(context.Background())
	return c
}

// Start watches claims and volumes, and returns once it knows all that are there.
func (c *Controller) Start(ctx context.Context) error {
	factory := dynamicinformer.NewDynamicSharedInformerFactory(c.cfg.Kube, 0)
	for _, of := range []schema.GroupVersionResource{claims, volumes} {
		informer := factory.ForResource(of).Informer()
		see := func(obj any) {
			if o, ok := obj.(metav1.Object); ok {
				c.queue.Add(key{of, o.GetNamespace(), o.GetName()})
			}
		}
		handler := cache.ResourceEventHandlerFuncs{AddFunc: see, UpdateFunc: func(_, now any) { see(now) }}
		if _, err := informer.AddEventHandler(handler); err != nil {
			return fmt.Errorf("ebs: %w", err)
		}
		c.busy.Go(func() { informer.RunWithContext(c.life) })
		if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
			return fmt.Errorf("ebs: list %s: %w", of.Resource, context.Cause(ctx))
		}
	}
	c.busy.Go(c.work)
	return nil
}

// Stop ends it; volumes stay. It is safe on a nil controller.
func (c *Controller) Stop() {
	if c == nil {
		return
	}
	c.end()
	c.queue.ShutDown()
	c.busy.Wait()
}

func (c *Controller) work() {
	for {
		k, over := c.queue.Get()
		if over {
			return
		}
		err := c.look(k)
		switch {
		case err == nil:
			c.queue.Forget(k)
		case c.life.Err() == nil:
			c.queue.AddRateLimited(k)
		}
		c.queue.Done(k)
	}
}

// look does what one object asks for.
func (c *Controller) look(k key) error {
	ctx, cancel := context.WithTimeout(c.life, soon)
	defer cancel()
	var err error
	if k.of == claims {
		err = c.lookAtClaim(ctx, k)
	} else {
		err = c.lookAtVolume(ctx, k)
	}
	if err != nil && !errors.Is(err, ErrAbsent) {
		c.cfg.Log.Warn("a volume waits", "name", k.name, "cause", err)
	}
	return err
}

// get reads an object; namespace is empty for kinds that have none.
func (c *Controller) get(ctx context.Context, of schema.GroupVersionResource, namespace, name string, into any) error {
	u, err := c.cfg.Kube.Resource(of).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	return runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, into)
}
