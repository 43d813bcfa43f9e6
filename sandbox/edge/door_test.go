package edge_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"

	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"paddock/sandbox/edge"
	"paddock/sandbox/mesh"
)

// entrance is a world with an open door and a pod behind its Services, that says who asked it for what.
type entrance struct {
	*world
	plain, secure net.Listener
	ca            *edge.Authority
	client        *http.Client
}

func open(t *testing.T) *entrance {
	t.Helper()
	e := &entrance{world: newWorld(t)}
	pod := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s for=%s proto=%s port=%s", r.Host, r.URL, r.Header.Get("X-Forwarded-For"), r.Header.Get("X-Forwarded-Proto"), r.Header.Get("X-Forwarded-Port"))
	}))
	t.Cleanup(pod.Close)
	e.pick = func(from netip.Addr, _, service string, _ intstr.IntOrString) (string, error) {
		switch service {
		case "empty":
			return "", errors.New("no pod is ready")
		case "closed":
			return "", fmt.Errorf("%s may not call it: %w", from, mesh.ErrDenied)
		}
		return pod.Listener.Addr().String(), nil
	}
	var err error
	if e.ca, err = edge.OpenAuthority(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	e.plain, e.secure = listen(t), listen(t)
	done := make(chan error, 1)
	go func() { done <- e.edge.Serve(e.plain, e.secure, e.ca) }()
	t.Cleanup(func() {
		e.plain.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	e.client = e.trusting(t)
	e.ready(true)
	return e
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// trusting is a client that trusts the authority's file, finds every name here, and follows nothing.
func (e *entrance) trusting(t *testing.T) *http.Client {
	t.Helper()
	raw, err := os.ReadFile(e.ca.File)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(raw)
	dial := func(_ context.Context, network, _ string) (net.Conn, error) {
		return net.Dial(network, e.plain.Addr().String())
	}
	return &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots}, DialContext: dial,
			DialTLSContext: func(_ context.Context, network, addr string) (net.Conn, error) {
				name, _, _ := net.SplitHostPort(addr)
				return tls.Dial(network, e.secure.Addr().String(), &tls.Config{RootCAs: roots, ServerName: name})
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ask answers status and body of a request.
func (e *entrance) ask(url string, headers ...string) (int, string, http.Header) {
	e.t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		e.t.Fatal(err)
	}
	for _, h := range headers {
		if key, value, ok := strings.Cut(h, ": "); ok {
			req.Header.Set(key, value)
		}
	}
	resp, err := e.client.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Header
}

func (e *entrance) opened(i *networking.Ingress) {
	e.t.Helper()
	e.expose(i)
	e.served(i.Namespace, i.Name)
	e.eventually("the door knows it", func() bool {
		for _, h := range e.edge.Hosts() {
			if h.Ingress == i.Namespace+"/"+i.Name {
				return true
			}
		}
		return false
	})
}

func TestDoor(t *testing.T) {
	e := open(t)
	both := annotated("listen-ports", `[{"HTTP": 80}, {"HTTPS": 443}]`)
	e.opened(ingress("web", "shop", shop, both, annotated("ssl-redirect", "443")))
	e.opened(ingress("web", "both", "both.dev.example.com", both))
	e.opened(ingress("web", "empty", "empty.dev.example.com"))
	e.opened(ingress("web", "closed", "closed.dev.example.com"))
	_, port, _ := net.SplitHostPort(e.secure.Addr().String())
	for name, tc := range map[string]struct {
		url, header string
		status      int
		says        string // in the body, or where it leads
	}{
		"a pod":             {"https://" + shop + "/cart?a=b", "", 200, shop + " /cart?a=b for=127.0.0.1 proto=https port=443"},
		"as a browser asks": {"https://" + shop + ".localhost:" + port + "/", "", 200, shop + " / for=127.0.0.1"},
		"behind a proxy":    {"https://" + shop + "/", "X-Forwarded-For: 203.0.113.9", 200, "for=203.0.113.9, 127.0.0.1"},
		"no trust in proto": {"https://" + shop + "/", "X-Forwarded-Proto: gopher", 200, "proto=https"},
		"plain":             {"http://both.dev.example.com/", "", 200, "proto=http port=80"},
		"plain, redirected": {"http://" + shop + ".localhost/a%2Fb?c", "", 301, "https://" + shop + ".localhost:" + port + "/a%2Fb?c"},
		"plain, not served": {"http://empty.dev.example.com/", "", 404, "does not listen here"},
		"an unknown host":   {"https://other.dev.example.com/", "", 404, "no load balancer has a rule for other.dev.example.com/"},
		"no pod":            {"https://empty.dev.example.com/", "", 503, "no pod is ready"},
		"a policy's pod":    {"https://closed.dev.example.com/", "", 504, "10.0.0.7 may not call it: on AWS the connection would time"},
	} {
		t.Run(name, func(t *testing.T) {
			status, body, header := e.ask(tc.url, tc.header)
			if status != tc.status || !strings.Contains(body+header.Get("Location"), tc.says) {
				t.Errorf("%d %s%s\nwant %d %s", status, body, header.Get("Location"), tc.status, tc.says)
			}
		})
	}
}

// What is gone is not answered for.
func TestDoorCloses(t *testing.T) {
	e := open(t)
	e.opened(ingress("web", "shop", shop))
	e.remove("web", "shop")
	e.eventually("it is not served any more", func() bool { return len(e.edge.Hosts()) == 0 })
	if status, _, _ := e.ask("https://" + shop + "/"); status != 404 {
		t.Errorf("status %d", status)
	}
}

// A load balancer that somebody has deleted answers nobody.
func TestDoorOfNoLoadBalancer(t *testing.T) {
	e := open(t)
	e.opened(ingress("web", "shop", shop))
	e.cloud.refuse(errors.New("it is not made anew"))
	e.cloud.lose()
	e.expose(e.get("web", "shop")) // the controller looks again
	e.eventually("it is not served any more", func() bool { return len(e.edge.Hosts()) == 0 })
}

// The load balancer's rules are looked at in the order that their Ingresses say: here, those that say most of the path come first.
func TestRules(t *testing.T) {
	e := open(t)
	var backends []string
	for _, r := range []struct {
		host, path string
		kind       networking.PathType
	}{
		{shop, "/", networking.PathTypePrefix}, {shop, "/cart", networking.PathTypePrefix}, {shop, "/cart", networking.PathTypeExact},
		{"*.dev.example.com", "/", networking.PathTypePrefix}, {"", "/only", networking.PathTypePrefix},
		{shop, "/img/*", networking.PathTypeImplementationSpecific}, // one with a host comes last, so that Hosts tells when all are known
	} {
		name := fmt.Sprintf("r%d", len(backends))
		backends = append(backends, name)
		e.expose(ingress("web", name, r.host, annotated("group.name", "g"), func(i *networking.Ingress) {
			order := -2 * len(r.path)
			if r.kind == networking.PathTypeExact {
				order--
			}
			i.Annotations["alb.ingress.kubernetes.io/group.order"] = fmt.Sprint(order)
			p := &i.Spec.Rules[0].HTTP.Paths[0]
			p.Path, p.PathType = r.path, &r.kind
		}))
		e.served("web", name)
	}
	picked := ""
	inner := e.pick
	e.pick = func(from netip.Addr, namespace, service string, port intstr.IntOrString) (string, error) {
		picked = service
		return inner(from, namespace, service, port)
	}
	dns := e.get("web", "r0").Status.LoadBalancer.Ingress[0].Hostname
	e.eventually("the door knows all hosts", func() bool { return len(e.edge.Hosts()) == len(backends)-1 })
	for url, want := range map[string]string{
		shop + "/": "r0", shop + "/cart": "r2", shop + "/cart/1": "r1", shop + "/cartoon": "r0", shop + "/img/a.png": "r5",
		"other.dev.example.com/": "r3", "a.b.dev.example.com/": "", dns + "/only/this": "r4", dns + "/": "",
	} {
		picked = ""
		if e.ask("https://" + url); picked != want {
			t.Errorf("%s: went to %q, want %q", url, picked, want)
		}
	}
}

// One authority for the life of a folder; TLS from 1.2 on.
func TestAuthority(t *testing.T) {
	dir := t.TempDir()
	one, err := edge.OpenAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(one.File)
	if _, err := edge.OpenAuthority(dir); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(one.File); string(after) != string(before) {
		t.Error("another authority after a restart")
	}
	if err := os.Remove(one.File); err != nil {
		t.Fatal(err)
	}
	if _, err := edge.OpenAuthority(dir); err != nil {
		t.Errorf("without its certificate: %v", err)
	}
	e := open(t)
	old := &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10, InsecureSkipVerify: true} //nolint:gosec // that it is refused is the test
	if c, err := tls.Dial("tcp", e.secure.Addr().String(), old); err == nil {
		c.Close()
		t.Error("TLS 1.1 is taken")
	}
}
