package plane_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	authv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/sandbox/machine"
	"paddock/sandbox/plane"
)

// webhook answers TokenReviews as the daemon will: the token is the name of an access policy.
func webhook(t *testing.T) (url string, ca []byte) {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var review authv1.TokenReview
		if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if policy := review.Spec.Token; strings.HasPrefix(policy, "AmazonEKS") {
			review.Status.Authenticated = true
			review.Status.User = authv1.UserInfo{Username: "arn:aws:iam::1:role/x", Groups: []string{machine.AccessPolicyGroup + policy}}
		}
		if err := json.NewEncoder(w).Encode(review); err != nil {
			t.Errorf("webhook: %v", err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

// checkCallers asks without credentials and with tokens that the webhook knows: access policies decide.
func checkCallers(t *testing.T, end machine.Endpoint) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(end.CA)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	const maps = "/api/v1/namespaces/default/configmaps"
	cases := map[string]struct {
		token, path, body string
		want              int
	}{
		"health needs no name":     {path: "/readyz", want: 200},
		"version needs one":        {path: "/version", want: 401},
		"the API needs one":        {path: maps, want: 401},
		"unknown token":            {token: "nobody", path: maps, want: 401},
		"viewer reads":             {token: "AmazonEKSViewPolicy", path: maps, want: 200},
		"viewer does not write":    {token: "AmazonEKSViewPolicy", path: maps, body: `{"metadata":{"name":"viewer"}}`, want: 403},
		"editor writes":            {token: "AmazonEKSEditPolicy", path: maps, body: `{"metadata":{"name":"editor"}}`, want: 201},
		"editor sees no nodes":     {token: "AmazonEKSEditPolicy", path: "/api/v1/nodes", want: 403},
		"cluster admin sees nodes": {token: "AmazonEKSClusterAdminPolicy", path: "/api/v1/nodes", want: 200},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			method, body := http.MethodGet, bytes.NewReader(nil)
			if c.body != "" {
				method, body = http.MethodPost, bytes.NewReader([]byte(c.body))
			}
			req, err := http.NewRequestWithContext(t.Context(), method, end.URL+c.path, body)
			must(t, "request", err)
			req.Header.Set("Content-Type", "application/json")
			if c.token != "" {
				req.Header.Set("Authorization", "Bearer "+c.token)
			}
			resp, err := client.Do(req)
			must(t, "call", err)
			resp.Body.Close()
			if resp.StatusCode != c.want {
				t.Errorf("%s %s: %d, want %d", method, c.path, resp.StatusCode, c.want)
			}
		})
	}
}

// checkDegraded: without nodes a Deployment cannot run, and the error says so in EKS's words. A DaemonSet wants no pods.
func checkDegraded(t *testing.T, p *plane.Plane) {
	must(t, "vpc-cni", p.EnsureAddon(t.Context(), dev.Name, allAddons[0]))
	err := p.EnsureAddon(t.Context(), dev.Name, machine.Addon{Name: "coredns", Version: "v1.12.4-eksbuild.1"})
	for _, want := range []string{"cluster dev: add-on coredns: DEGRADED: InsufficientNumberOfReplicas", "0 of 2 replicas", "no nodes available"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
	// Once it is there, an unchanged cluster without nodes comes back without a complaint.
	must(t, "again", p.EnsureAddon(t.Context(), dev.Name, machine.Addon{Name: "coredns", Version: "v1.12.4-eksbuild.1"}))
}

// checkRefused goes through what the plane says no to, and how.
func checkRefused(t *testing.T, p *plane.Plane) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, "listen", err)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	start := func(c machine.Cluster) func() error {
		return func() error { _, err := p.EnsureCluster(t.Context(), c); return err }
	}
	addon := func(a machine.Addon) func() error {
		return func() error { return p.EnsureAddon(t.Context(), dev.Name, a) }
	}
	cases := map[string]struct {
		do   func() error
		want string
	}{
		"port in use":             {start(machine.Cluster{Name: "other", Port: port}), "cluster other: apiserver: port " + strconv.Itoa(port) + " is in use"},
		"name that is a path":     {start(machine.Cluster{Name: "../dev"}), `cluster "../dev": illegal name`},
		"service block too small": {start(machine.Cluster{Name: "other", ServiceBlock: "172.20.0.0/28"}), `service block "172.20.0.0/28"`},
		"unknown version":         {start(machine.Cluster{Name: "other", Version: "1.12"}), "other/apiserver: exited before it was ready"},
		"unknown add-on":          {addon(machine.Addon{Name: "calico"}), "add-on calico: not modelled; known are aws-ebs-csi-driver, coredns"},
		"unknown setting":         {addon(machine.Addon{Name: "coredns", Configuration: `{"replicas":2}`}), `unknown field "replicas"`},
		"wrong setting":           {addon(machine.Addon{Name: "vpc-cni", Configuration: `{"enableNetworkPolicy":"yes"}`}), `want "true" or "false", got "yes"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if err := c.do(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error = %v, want %q in it", err, c.want)
			}
		})
	}
	must(t, "delete", p.DeleteCluster(t.Context(), "other"))
	for _, i := range p.Processes() {
		if strings.HasPrefix(i.Name, "other/") {
			t.Errorf("%s runs although its cluster failed to start", i.Name)
		}
	}
}

// checkUpgrade raises the minor: same endpoint, same data, and the apiserver behaves as the new minor.
func checkUpgrade(t *testing.T, p *plane.Plane, spec machine.Cluster, first machine.Endpoint) {
	spec.Version = "1.35"
	end, err := p.EnsureCluster(t.Context(), spec)
	must(t, "upgrade", err)
	if end.URL != first.URL {
		t.Errorf("endpoint moved from %s to %s", first.URL, end.URL)
	}
	checkRollout(t, p)
	checkRunning(t, p)
	// metrics-server is back without being asked for: nobody updates an add-on whose version stays.
	gvr := schema.GroupVersionResource{Group: "metrics.k8s.io", Version: "v1beta1", Resource: "nodes"}
	eventually(t, 30*time.Second, "metrics API", func() error {
		_, err := client(t, p).Resource(gvr).List(t.Context(), metav1.ListOptions{})
		return err
	})
	raw, err := os.ReadFile(p.AdminKubeconfig(dev.Name))
	must(t, "kubeconfig", err)
	if info, err := os.Stat(p.AdminKubeconfig(dev.Name)); err != nil || info.Mode().Perm() != 0o600 || !bytes.Contains(raw, []byte(end.URL)) {
		t.Errorf("admin kubeconfig: %v, %v", info.Mode(), err)
	}
}

// TestIntegrationStopDuringStart: whoever stops the cloud does not wait for a start, and nothing stays behind.
func TestIntegrationStopDuringStart(t *testing.T) {
	p := newPlane(t, t.TempDir())
	started := make(chan error, 1)
	go func() {
		_, err := p.EnsureCluster(t.Context(), dev)
		started <- err
	}()
	eventually(t, 20*time.Second, "etcd", func() error {
		if len(p.Processes()) == 0 {
			return errors.New("nothing runs yet")
		}
		return nil
	})
	procs := p.Processes()
	must(t, "stop", p.Stop(t.Context()))
	if err := <-started; err == nil || !strings.Contains(err.Error(), "the local cloud is stopping") {
		t.Errorf("error of the start = %v", err)
	}
	checkGone(t, procs)
}
