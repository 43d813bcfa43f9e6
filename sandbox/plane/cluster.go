package plane

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"paddock/sandbox/ebs"
	"paddock/sandbox/machine"
	"paddock/sandbox/mesh"
	"paddock/sandbox/parallel"
	"paddock/sandbox/pods"
	"paddock/sandbox/process"
)

// cluster is one control plane and its data.
type cluster struct {
	name, dir string
	cfg       Config

	op sync.Mutex // held through start, halt and remove, so that one at a time happens

	addonOp sync.Mutex // held while metrics-server is started or stopped

	mu         sync.Mutex // guards what follows; never held across I/O
	spec       machine.Cluster
	state      state
	ca         []byte
	kube       *kube // nil = not serving
	procs      map[string]*process.Process
	endRenewal context.CancelFunc // of metrics-server's token; nil = none runs
	pods       *pods.Runner       // of pods that are run as processes; nil = not serving
	kubelet    *kubelet
	mesh       *mesh.Mesh      // the way to Services; nil = not serving
	volumes    *ebs.Controller // of claims' volumes; nil = not serving
	leave      func()          // of who has joined; nil = not serving
}

func newCluster(name, dir string, cfg Config) *cluster {
	return &cluster{name: name, dir: dir, cfg: cfg, procs: map[string]*process.Process{}}
}

// ensure returns at once when the wanted control plane already serves.
func (c *cluster) ensure(ctx context.Context, want machine.Cluster) (machine.Endpoint, error) {
	c.op.Lock()
	defer c.op.Unlock()
	if want.ServiceBlock == "" {
		want.ServiceBlock = "172.20.0.0/16"
	}
	if c.serves(ctx, want) {
		return c.endpoint(), nil
	}
	if err := c.clear(ctx); err != nil {
		return machine.Endpoint{}, err
	}
	begin := time.Now()
	if err := c.start(ctx, want); err != nil {
		// A half-started plane helps nobody and would hold its ports. ctx may be over: stopping must not depend on it.
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
		defer cancel()
		return machine.Endpoint{}, errors.Join(err, c.haltLocked(stop))
	}
	c.cfg.Log.Info("control plane ready", "cluster", c.name, "port", c.endpoint().Port, "took", time.Since(begin).Round(time.Millisecond))
	return c.endpoint(), nil
}

// clear ends what is left of a control plane that died, or that ran to another spec. Without etcd an apiserver uses up
// every grace it is given, so a short one must do: what counts is in etcd's files.
func (c *cluster) clear(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return c.haltLocked(ctx)
}

// answerWithin is how long a control plane that runs may take to answer, or to come back from the death of a process,
// before it counts as sick. A machine that is busy compiling makes an apiserver slow.
const answerWithin = 15 * time.Second

// serves tells whether a healthy control plane runs that was started to the same spec. A process that was given up, the
// metrics server's among them, makes the whole sick: it is started anew with all others, which costs some seconds.
func (c *cluster) serves(ctx context.Context, want machine.Cluster) bool {
	c.mu.Lock()
	k, spec := c.kube, c.spec
	c.mu.Unlock()
	if k == nil || !sameSpec(spec, want) {
		return false
	}
	for _, p := range c.processes() {
		if s := p.Info().State; s == process.Failed || s == process.Stopped {
			return false
		}
	}
	return until(ctx, answerWithin, k.ready) == nil
}

// sameSpec compares what the processes were started with. Port 0 means any.
func sameSpec(a, b machine.Cluster) bool {
	if b.Port == 0 {
		b.Port = a.Port
	}
	return a.Name == b.Name && a.Region == b.Region && a.Version == b.Version && a.ID == b.ID && a.Port == b.Port &&
		a.ServiceBlock == b.ServiceBlock && a.AuthURL == b.AuthURL && string(a.AuthCA) == string(b.AuthCA)
}

// start is the recipe: files first, then etcd, the apiserver, and everything that talks to it at once.
func (c *cluster) start(ctx context.Context, want machine.Cluster) error {
	k, err := c.prepare(ctx, want)
	if err != nil {
		return err
	}
	want, st, ca := c.spec, c.state, c.ca
	for _, s := range []process.Spec{c.etcd(st), c.apiserver(want, st, k)} {
		if err := c.run(ctx, s); err != nil {
			return err
		}
	}
	if err := freeNodes(ctx, k); err != nil {
		return err
	}
	run, way, err := c.openNodes(st)
	if err != nil {
		return err
	}
	clients := []process.Spec{c.controllers(want, st), c.scheduler(want, st), c.kwok(st)}
	if err := parallel.Each(clients, func(s process.Spec) error { return c.run(ctx, s) }); err != nil {
		return err
	}
	if err := bootstrap(ctx, k, c.identityWebhook(st.Ports.Kubelet, ca)); err != nil {
		return err
	}
	if err := repointNodes(ctx, k, st.Ports.Kubelet); err != nil {
		return err
	}
	if err := errors.Join(way.Start(ctx), run.Start(ctx), c.openVolumes(ctx, k), c.join()); err != nil {
		return err
	}
	c.mu.Lock()
	c.kube = k
	c.mu.Unlock()
	return c.resumeMetrics(ctx, k)
}

// prepare writes what the processes read, and notes what the cluster is to be. The client that it gives is for an apiserver to come.
func (c *cluster) prepare(ctx context.Context, want machine.Cluster) (*kube, error) {
	block, err := netip.ParsePrefix(want.ServiceBlock)
	if err != nil || !block.Addr().Is4() || block.Bits() > 24 || block != block.Masked() {
		return nil, fmt.Errorf("service block %q: want an IPv4 network of /24 or larger", want.ServiceBlock)
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	st, err := c.plan(ctx, want)
	if err != nil {
		return nil, err
	}
	want.Port = st.Ports.APIServer
	ca, err := c.writeFiles(want, st, block)
	if err != nil {
		return nil, err
	}
	k, err := newKube(c.path("admin.kubeconfig"))
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spec, c.state, c.ca = want, st, ca
	return k, nil
}

func (c *cluster) runner() *pods.Runner {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pods
}

// writeFiles renders what the processes read and returns the cluster's CA.
func (c *cluster) writeFiles(want machine.Cluster, st state, block netip.Prefix) ([]byte, error) {
	pki, err := ensurePKI(c.path("pki"), block)
	if err != nil {
		return nil, err
	}
	if err := c.writeKubeconfigs(pki, st.Ports.APIServer); err != nil {
		return nil, err
	}
	if err := c.writeConfigs(want); err != nil {
		return nil, err
	}
	return pki.ca.CertPEM, saveState(c.path("state.json"), st)
}

// run starts one process and remembers it.
func (c *cluster) run(ctx context.Context, s process.Spec) error {
	s.Path = filepath.Join(c.cfg.Bin, s.Path)
	s.Log = c.path("logs", s.Name+".log")
	s.Dir = c.dir
	s.Name = c.name + "/" + s.Name
	s.Env = append([]string{"PATH=/usr/bin:/bin", "HOME=" + c.dir}, s.Env...)
	s.Restart = true
	s.Logger = c.cfg.Log
	p, err := process.Start(ctx, s)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.procs[s.Name] = p
	return nil
}

func (c *cluster) endpoint() machine.Endpoint {
	c.mu.Lock()
	defer c.mu.Unlock()
	port := c.state.Ports.APIServer
	return machine.Endpoint{URL: serverURL(port), Port: port, CA: c.ca}
}

func (c *cluster) client() *kube {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kube
}

func (c *cluster) path(parts ...string) string {
	return filepath.Join(append([]string{c.dir}, parts...)...)
}
