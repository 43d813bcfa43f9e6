package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestIngress is a platform that is open to the internet: what an Ingress gets, and how it all goes again.
func TestIngress(t *testing.T) {
	t.Parallel()
	i := &ingress{sandbox: newSandbox(t, "dev")}
	for _, part := range []struct {
		story string
		tell  func(*testing.T)
	}{
		{"it goes up with the way in", i.up},
		{"an Ingress gets a load balancer and a name", i.named},
		{"the front door answers for it", i.answered},
		{"an Ingress outside the teams is refused", i.outside},
		{"a team keeps off another's load balancer", i.foreign},
		{"a team's own Ingress is as a service file makes it", i.own},
		{"nothing changes by it", i.unchanged},
		{"the door is where it was after a restart", i.restarted},
		{"destroy takes the load balancer first, and leaves nothing", i.destroyed},
	} {
		if !t.Run(part.story, part.tell) {
			return
		}
	}
}

type ingress struct {
	*sandbox
	port int // of HTTPS
}

const shopHost = "shop.dev.example.com"

// manifest is an Ingress of the platform's class, as a team would write one by hand.
func manifest(namespace string) string {
	return fmt.Sprintf(`{"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "shop", "namespace": %q, "annotations": {
		"alb.ingress.kubernetes.io/listen-ports": "[{\"HTTP\": 80}, {\"HTTPS\": 443}]", "alb.ingress.kubernetes.io/ssl-redirect": "443"}},
		"spec": {"ingressClassName": "alb", "rules": [{"host": %q, "http": {"paths": [{"path": "/", "pathType": "Prefix",
		"backend": {"service": {"name": "shop", "port": {"number": 80}}}}]}}]}}`, namespace, shopHost)
}

func (i *ingress) expose(t *testing.T, namespace string) {
	t.Helper()
	file := i.dir + "/ingress-" + namespace + ".json"
	must(t, os.WriteFile(file, []byte(manifest(namespace)), 0o644))
	if r := i.kubectl(t, "apply", "-f", file); r.code != 0 {
		t.Fatalf("kubectl apply: %s", r.all())
	}
}

func (i *ingress) up(t *testing.T) {
	config := exposed()
	config["teams"] = object{"frontend": object{"deployers": []string{"role/frontend-deployer"}}}
	i.configure(t, config)
	i.roles(t, "frontend-deployer")
	i.succeed(t, "up")
	var out struct {
		Domain, Class, CertificateArn string
		SourceBlocks                  []string
		Validation                    []struct{ Name, Type, Value string }
	}
	must(t, json.Unmarshal([]byte(i.shell(t, "pulumi stack output ingress --json --stack dev").out), &out))
	if out.Domain != "dev.example.com" || out.Class != "alb" || !strings.Contains(out.CertificateArn, ":certificate/") || len(out.SourceBlocks) != 2 ||
		len(out.Validation) != 1 || out.Validation[0].Type != "CNAME" {
		t.Errorf("export ingress = %+v", out)
	}
}

func (i *ingress) named(t *testing.T) {
	i.expose(t, "frontend")
	var got struct {
		Status struct {
			LoadBalancer struct{ Ingress []struct{ Hostname string } }
		}
	}
	eventually(t, 30*time.Second, "a host name", func() bool {
		i.get(t, &got, "ingress", "shop", "-n", "frontend")
		return len(got.Status.LoadBalancer.Ingress) == 1
	})
	if name := got.Status.LoadBalancer.Ingress[0].Hostname; !strings.HasSuffix(name, ".us-west-2.elb.amazonaws.com") {
		t.Errorf("host name %s", name)
	}
	// It is made by the pod's role, with no more than that role's rights.
	if r := i.cmd(t, "calls", "--principal", "paddock-dev-ingress-role", "--denied"); strings.Contains(r.out, "elasticloadbalancing") {
		t.Errorf("denied:\n%s", r.out)
	}
	if r := i.cmd(t, "calls", "--principal", "paddock-dev-ingress-role"); !strings.Contains(r.out, "elasticloadbalancing:CreateLoadBalancer") {
		t.Errorf("not made by the role:\n%s", r.out)
	}
}

// door is how the sandbox tells where it is.
type door struct {
	HTTP, HTTPS int
	CAFile      string
	Hosts       []struct{ Name, Ingress string }
}

func (i *ingress) door(t *testing.T) door {
	t.Helper()
	var status struct{ Edge door }
	must(t, json.Unmarshal([]byte(i.cmd(t, "status", "--json").out), &status))
	return status.Edge
}

// ask is a request as a browser on this machine would make it, that follows nothing.
func (d door) ask(t *testing.T, url string) (status int, body, location string) {
	t.Helper()
	pem, err := os.ReadFile(d.CAFile)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client := &http.Client{
		Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(address) // not every resolver knows names below localhost
			if err != nil {
				return nil, err
			}
			return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+port)
		}},
	}
	resp, err := client.Get(url)
	must(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp.StatusCode, string(text), resp.Header.Get("Location")
}

func (i *ingress) answered(t *testing.T) {
	d := i.door(t)
	i.port = d.HTTPS
	if len(d.Hosts) != 1 || d.Hosts[0].Name != shopHost || d.Hosts[0].Ingress != "frontend/shop" {
		t.Errorf("hosts %+v", d.Hosts)
	}
	secure := fmt.Sprintf("https://%s.localhost:%d/", shopHost, d.HTTPS)
	if status, body, _ := d.ask(t, secure); status != http.StatusServiceUnavailable || !strings.Contains(body, "shop.frontend") {
		t.Errorf("without a Service: %d %s", status, body)
	}
	if status, _, to := d.ask(t, fmt.Sprintf("http://%s.localhost:%d/", shopHost, d.HTTP)); status != http.StatusMovedPermanently || to != secure {
		t.Errorf("plain: %d to %s, want %s", status, to, secure)
	}
	if status, body, _ := d.ask(t, fmt.Sprintf("https://other.dev.example.com.localhost:%d/", d.HTTPS)); status != http.StatusNotFound {
		t.Errorf("an unknown host: %d %s", status, body)
	}
}

// The finalizer would hold what no destroy of the platform waits for.
func (i *ingress) outside(t *testing.T) {
	i.expose(t, "default")
	eventually(t, 30*time.Second, "an event says why", func() bool {
		return strings.Contains(i.kubectl(t, "get", "events", "-n", "default").out, "namespaceSelector of IngressClassParams alb mismatch")
	})
	if r := i.kubectl(t, "get", "ingress", "shop", "-n", "default", "-o", "jsonpath='{.metadata.finalizers}'"); strings.TrimSpace(r.out) != "" {
		t.Errorf("finalizers %s", r.out)
	}
}

func (i *ingress) foreign(t *testing.T) {
	const group = "alb.ingress.kubernetes.io/group.name="
	r := i.kubectl(t, "annotate", "ingress", "shop", "-n", "frontend", group+"backend")
	if r.code == 0 || !strings.Contains(r.all(), "teams do not share load balancers") {
		t.Errorf("another team's: exit %d %s", r.code, r.all())
	}
	if r := i.kubectl(t, "annotate", "ingress", "shop", "-n", "frontend", group+"frontend"); r.code != 0 {
		t.Errorf("its own: %s", r.all())
	}
	eventually(t, 30*time.Second, "it is on the team's load balancer", func() bool {
		r := i.kubectl(t, "get", "ingress", "shop", "-n", "frontend", "-o", "jsonpath='{.metadata.finalizers}'")
		return strings.Contains(r.out, `["group.ingress.k8s.aws/frontend"]`)
	})
}

func (i *ingress) unchanged(t *testing.T) { i.succeed(t, "up", "--expect-no-changes") }

func (i *ingress) restarted(t *testing.T) {
	if r := i.cmd(t, "down"); r.code != 0 {
		t.Fatalf("sandbox down: %s", r.all())
	}
	i.succeed(t, "preview")
	d := i.door(t)
	if d.HTTPS != i.port {
		t.Errorf("port %d, was %d", d.HTTPS, i.port)
	}
	eventually(t, 30*time.Second, "the door knows the host", func() bool { return len(i.door(t).Hosts) == 1 })
	if status, body, _ := d.ask(t, fmt.Sprintf("https://%s.localhost:%d/", shopHost, d.HTTPS)); status != http.StatusServiceUnavailable {
		t.Errorf("%d %s", status, body)
	}
}

func (i *ingress) destroyed(t *testing.T) {
	list := i.changes(t, "destroy")
	namespace := one(t, list, "kubernetes:core/v1:Namespace", "frontend-frontend")
	for _, later := range []change{
		one(t, list, "kubernetes:apps/v1:Deployment", "paddock-dev-ingress-deployment"),
		one(t, list, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "paddock-dev-ingress-identity"),
		one(t, list, "aws:eks/nodeGroup:NodeGroup", "paddock-dev-cluster-default"),
		one(t, list, "aws:acm/certificate:Certificate", "paddock-dev-ingress-certificate"),
	} {
		if later.begun < namespace.end {
			t.Errorf("%s goes before the namespace has", later)
		}
	}
	if r := i.cmd(t, "calls", "--principal", "paddock-dev-ingress-role"); !strings.Contains(r.out, "elasticloadbalancing:DeleteLoadBalancer") {
		t.Errorf("the controller deleted nothing:\n%s", r.out)
	}
	i.empty(t)
}
