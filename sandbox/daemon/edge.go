package daemon

import (
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strconv"

	"k8s.io/apimachinery/pkg/util/intstr"

	"paddock/sandbox/atomicfile"
	"paddock/sandbox/aws"
	"paddock/sandbox/edge"
	"paddock/sandbox/machine"
	"paddock/sandbox/ports"
)

// Edge is the front door in Status: how what Ingresses expose is reached from this machine.
type Edge struct {
	HTTP   int         `json:"http"` // ports of 127.0.0.1
	HTTPS  int         `json:"https"`
	CAFile string      `json:"caFile"` // who trusts it, trusts the door
	Suffix string      `json:"suffix"` // behind a host, makes it this machine's
	Hosts  []edge.Host `json:"hosts"`
}

// front is the door with its listeners.
type front struct {
	*edge.Edge
	authority     *edge.Authority
	plain, secure net.Listener
}

// openFront opens the door's two ports, and readies who makes load balancers.
func (d *daemon) openFront() (err error) {
	f := &front{Edge: edge.New(edge.Config{Cloud: balancing{d}, Pick: d.pick, Log: d.cfg.Log})}
	if f.authority, err = edge.OpenAuthority(d.cfg.Dir); err != nil {
		return err
	}
	if f.plain, err = listenAnew(filepath.Join(d.cfg.Dir, "http-port")); err != nil {
		return err
	}
	if f.secure, err = listenAnew(filepath.Join(d.cfg.Dir, "https-port")); err != nil {
		f.plain.Close()
		return err
	}
	d.front = f
	return nil
}

// listenAnew is listen for a port that nothing has noted down: where another program took it, a free one is as good.
func listenAnew(file string) (net.Listener, error) {
	if l, err := listen(file); err == nil {
		return l, nil
	}
	port, err := ports.Choose()
	if err != nil {
		return nil, err
	}
	if err := atomicfile.Write(file, []byte(strconv.Itoa(port)+"\n"), 0o644); err != nil {
		return nil, err
	}
	return listen(file)
}

// pick is a ready pod of a Service, as the cluster's mesh knows it.
func (d *daemon) pick(from netip.Addr, cluster, namespace, service string, port intstr.IntOrString) (string, error) {
	way, err := d.plane.Mesh(cluster)
	if err != nil {
		return "", err
	}
	return way.Pick(from, namespace, service, port)
}

// balancing is the cloud, which is opened after who asks it.
type balancing struct{ *daemon }

func (b balancing) Balance(as machine.ServiceAccount, want aws.Balancer) (string, error) {
	return b.cloud.Balance(as, want)
}

func (b balancing) Unbalance(as machine.ServiceAccount, cluster, stack string) error {
	return b.cloud.Unbalance(as, cluster, stack)
}

func (b balancing) Address(dns string) netip.Addr { return b.cloud.BalancerAddress(dns) }

func (f *front) serve() error { return f.Serve(f.plain, f.secure, f.authority) }

func (f *front) close() {
	f.plain.Close() // the other follows
}

func (f *front) status() Edge {
	port := func(l net.Listener) int {
		at, _ := l.Addr().(*net.TCPAddr)
		return at.Port
	}
	return Edge{HTTP: port(f.plain), HTTPS: port(f.secure), CAFile: f.authority.File, Suffix: edge.Suffix, Hosts: f.Hosts()}
}

// controlEdge serves where the front door is.
func (d *daemon) controlEdge(mux *http.ServeMux) {
	mux.HandleFunc("GET /edge", func(w http.ResponseWriter, _ *http.Request) { answer(w, d.front.status()) })
}
