package edge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"

	"paddock/sandbox/events"
)

var ingressResource = schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "ingresses"}

// controller plays the AWS Load Balancer Controller of one cluster, while a pod of it is there.
type controller struct {
	cfg     Config
	cluster string
	own     dynamic.Interface // with the controller's rights
	events  *events.Writer    // of run's goroutine
	watch   cache.SharedIndexInformer

	life context.Context
	end  context.CancelFunc
	busy sync.WaitGroup
	wake chan struct{}

	mu     sync.Mutex
	served []rule // of the load balancers that there are
}

func newController(cfg Config, cluster string, admin, own dynamic.Interface) *controller {
	c := &controller{cfg: cfg, cluster: cluster, own: own, wake: make(chan struct{}, 1)}
	c.events = events.New(own, corev1.EventSource{Component: "ingress"})
	c.life, c.end = context.WithCancel(context.Background())
	c.watch = dynamicinformer.NewDynamicSharedInformerFactory(admin, 0).ForResource(ingressResource).Informer()
	return c
}

func (c *controller) start() {
	_, err := c.watch.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { c.nudge() }, UpdateFunc: func(_, _ any) { c.nudge() }, DeleteFunc: func(any) { c.nudge() },
	})
	if err != nil { // of an informer that is stopped, which this one is not
		c.cfg.Log.Error("ingresses are not watched", "cluster", c.cluster, "cause", err)
		return
	}
	c.busy.Go(func() { c.watch.RunWithContext(c.life) })
	c.busy.Go(c.run)
}

func (c *controller) stop() {
	c.end()
	c.busy.Wait()
}

func (c *controller) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run brings the load balancers in line after each change, and again while something is not as it is to be.
func (c *controller) run() {
	again := time.NewTimer(0)
	defer again.Stop()
	for {
		select {
		case <-c.life.Done():
			return
		case <-c.wake:
		case <-again.C:
		}
		if !c.watch.HasSynced() {
			again.Reset(50 * time.Millisecond)
			continue
		}
		settled := c.reconcile(c.life)
		c.look()
		if !settled {
			again.Reset(c.cfg.Again)
		}
	}
}

// ingresses are all of the cluster, by name.
func (c *controller) ingresses() (list []*networking.Ingress) {
	for _, obj := range c.watch.GetStore().List() {
		u, ok := obj.(*unstructured.Unstructured)
		if !ok {
			continue
		}
		i := &networking.Ingress{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, i); err != nil {
			c.cfg.Log.Warn("an ingress cannot be read", "cluster", c.cluster, "name", u.GetName(), "cause", err)
			continue
		}
		list = append(list, i)
	}
	slices.SortFunc(list, compareNames)
	return list
}

// reconcile says whether nothing is left to be done.
func (c *controller) reconcile(ctx context.Context) (settled bool) {
	all := c.ingresses()
	if !slices.ContainsFunc(all, concerns) {
		return true
	}
	as, err := c.leader(ctx)
	if err != nil { // nobody is there to say so
		c.cfg.Log.Debug("no load balancer controller", "cluster", c.cluster, "cause", err)
		return false
	}
	groups, waits := c.groups(ctx, all)
	settled = !waits
	for _, g := range groups {
		if err := c.settle(ctx, as, g); err != nil {
			settled = false
			c.complain(ctx, g, err)
		}
	}
	return settled
}

// look remembers what the load balancers serve.
func (c *controller) look() {
	var rules []rule
	for _, i := range c.ingresses() {
		dns := hostname(i)
		if dns == "" || !mine(i) {
			continue
		}
		if from := c.cfg.Cloud.Address(dns); from.IsValid() { // otherwise somebody has deleted it
			rules = append(rules, rulesOf(rule{cluster: c.cluster, dns: dns, from: from}, i)...)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.served = rules
}

func (c *controller) rules() []rule {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.served
}

// concerns says that an Ingress is the controller's or may become so.
func concerns(i *networking.Ingress) bool { return i.Spec.IngressClassName != nil || mine(i) }

func compareNames(a, b *networking.Ingress) int { return strings.Compare(fullName(a), fullName(b)) }

func fullName(i *networking.Ingress) string { return fmt.Sprintf("%s/%s", i.Namespace, i.Name) }
