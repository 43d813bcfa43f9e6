// Package edge is how the local cloud is reached from outside: it plays the AWS Load Balancer Controller in each cluster, and the
// load balancers that it makes, all of them on one pair of loopback ports.
package edge

import (
	"cmp"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/dynamic"

	"paddock/sandbox/aws"
	"paddock/sandbox/machine"
)

// Cloud is where load balancers are made, by the rights of a pod's service account.
type Cloud interface {
	Balance(as machine.ServiceAccount, want aws.Balancer) (dns string, err error)
	Unbalance(as machine.ServiceAccount, cluster, stack string) error
	// Address is from where a load balancer asks pods; not valid = there is no such load balancer.
	Address(dns string) netip.Addr
}

// Config says what an Edge works with.
type Config struct {
	Cloud Cloud
	// Pick is the address of one ready pod of a Service, for who asks from an address; mesh.ErrDenied = policies do not let it.
	Pick  func(from netip.Addr, cluster, namespace, service string, port intstr.IntOrString) (address string, err error)
	Log   *slog.Logger  // nil = silent
	Again time.Duration // between tries of what failed; 0 = 2 s
}

// Edge serves all clusters of a local cloud. Its methods may be called from several goroutines.
type Edge struct {
	cfg Config

	mu          sync.Mutex
	controllers map[string]*controller // by cluster
}

// New makes an edge that knows no cluster until Join.
func New(cfg Config) *Edge {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Again == 0 {
		cfg.Again = 2 * time.Second
	}
	return &Edge{cfg: cfg, controllers: map[string]*controller{}}
}

// Join watches a cluster whose control plane has come to serve: admin looks on, and own is the controller's service account, with
// whose rights all is read and written that the controller would. leave ends that; the load balancers stay.
func (e *Edge) Join(cluster string, admin, own dynamic.Interface) (leave func()) {
	c := newController(e.cfg, cluster, admin, own)
	e.mu.Lock()
	e.controllers[cluster] = c
	e.mu.Unlock()
	c.start()
	return func() {
		e.mu.Lock()
		if e.controllers[cluster] == c {
			delete(e.controllers, cluster)
		}
		e.mu.Unlock()
		c.stop()
	}
}

// Host is a name under which something is served.
type Host struct {
	Name    string `json:"name"` // as an Ingress has it
	Cluster string `json:"cluster"`
	Ingress string `json:"ingress"` // namespace/name
}

// Hosts are all names that load balancers answer to, in order.
func (e *Edge) Hosts() []Host {
	hosts := []Host{}
	for _, r := range e.rules() {
		h := Host{Name: r.host, Cluster: r.cluster, Ingress: r.namespace + "/" + r.ingress}
		if h.Name != "" && !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	slices.SortFunc(hosts, func(a, b Host) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Ingress, b.Ingress))
	})
	return hosts
}

// rules are those of all load balancers.
func (e *Edge) rules() (all []rule) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(e.controllers)) {
		all = append(all, e.controllers[name].rules()...)
	}
	return all
}
