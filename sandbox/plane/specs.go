package plane

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"paddock/sandbox/machine"
	"paddock/sandbox/ports"
	"paddock/sandbox/process"
)

// flags are a program's arguments by name; they are rendered in order, so that two starts are alike.
type flags map[string]string

func (f flags) args() []string {
	var args []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		args = append(args, "--"+name+"="+f[name])
	}
	return args
}

// podBlock is where KWOK takes pod addresses from: the range that EKS offers for pods outside the VPC's own block.
const podBlock = "100.64.0.0/10"

// advertised is the address behind the Service `kubernetes`. Endpoints may not be loopback, so it is one of those kept
// for documentation; whoever runs for real on this machine is told 127.0.0.1.
const advertised = "192.0.2.1"

func (c *cluster) etcd(st state) process.Spec {
	url := serverURL(st.Ports.Etcd)
	f := flags{
		"name":                  "default",
		"data-dir":              c.path("etcd"),
		"listen-client-urls":    url,
		"advertise-client-urls": url,
		"listen-peer-urls":      "http://127.0.0.1:0", // a single member has no peers
		"cert-file":             c.path("pki", "local.crt"),
		"key-file":              c.path("pki", "local.key"),
		"trusted-ca-file":       c.path("pki", "ca.crt"),
		"client-cert-auth":      "true",
		"enable-grpc-gateway":   "false", // it would call etcd with the serving certificate
		// Data then survive the death of any process, though not a power cut; in exchange writes do not wait for the disk.
		"unsafe-no-fsync": "true",
		"log-level":       "warn",
	}
	client, err := tlsClient(c.path("pki", "ca.crt"), c.path("pki", "etcd-client.crt"), c.path("pki", "etcd-client.key"))
	ready := answers(client, url+"/readyz")
	if err != nil {
		ready = func(context.Context) error { return err }
	}
	return process.Spec{Name: "etcd", Path: "etcd", Args: f.args(), Ready: ready, Grace: 5 * time.Second}
}

func (c *cluster) apiserver(want machine.Cluster, st state, k *kube) process.Spec {
	f := flags{
		"bind-address": "127.0.0.1", "advertise-address": advertised, "secure-port": fmt.Sprint(st.Ports.APIServer),
		"etcd-servers":                       serverURL(st.Ports.Etcd),
		"etcd-cafile":                        c.path("pki", "ca.crt"),
		"etcd-certfile":                      c.path("pki", "etcd-client.crt"),
		"etcd-keyfile":                       c.path("pki", "etcd-client.key"),
		"tls-cert-file":                      c.path("pki", "apiserver.crt"),
		"tls-private-key-file":               c.path("pki", "apiserver.key"),
		"client-ca-file":                     c.path("pki", "ca.crt"),
		"service-account-issuer":             "https://oidc.eks." + want.Region + ".amazonaws.com/id/" + want.ID,
		"service-account-key-file":           c.path("pki", "sa.key"),
		"service-account-signing-key-file":   c.path("pki", "sa.key"),
		"service-cluster-ip-range":           want.ServiceBlock,
		"authorization-mode":                 "Node,RBAC",
		"enable-admission-plugins":           "NodeRestriction",
		"authentication-config":              c.path("authentication.yaml"),
		"allow-privileged":                   "true", // the agents of EKS's add-ons are
		"requestheader-client-ca-file":       c.path("pki", "front-proxy-ca.crt"),
		"requestheader-allowed-names":        "front-proxy-client",
		"requestheader-username-headers":     "X-Remote-User",
		"requestheader-group-headers":        "X-Remote-Group",
		"requestheader-extra-headers-prefix": "X-Remote-Extra-",
		"proxy-client-cert-file":             c.path("pki", "front-proxy-client.crt"),
		"proxy-client-key-file":              c.path("pki", "front-proxy-client.key"),
		"kubelet-certificate-authority":      c.path("pki", "ca.crt"),
		"kubelet-client-certificate":         c.path("pki", "kubelet-client.crt"),
		"kubelet-client-key":                 c.path("pki", "kubelet-client.key"),
		"kubelet-preferred-address-types":    kubeletAddress,
		"profiling":                          "false",
	}
	if want.AuthURL != "" {
		f["authentication-token-webhook-config-file"] = c.path("webhook.kubeconfig")
		f["authentication-token-webhook-version"] = "v1"
		// Short, so that a removed access entry soon stops working.
		f["authentication-token-webhook-cache-ttl"] = "5s"
	}
	emulate(f, want.Version)
	return process.Spec{
		Name: "apiserver", Path: "kube-apiserver", Args: f.args(), Ready: k.ready, ReadyWithin: 90 * time.Second, Grace: 12 * time.Second,
	}
}

func (c *cluster) controllers(want machine.Cluster, st state) process.Spec {
	f := flags{
		"kubeconfig":                       c.path("controllers.kubeconfig"),
		"cluster-name":                     want.Name,
		"service-account-private-key-file": c.path("pki", "sa.key"),
		"root-ca-file":                     c.path("pki", "ca.crt"),
		"cluster-signing-cert-file":        c.path("pki", "ca.crt"),
		"cluster-signing-key-file":         c.path("pki", "ca.key"),
		"use-service-account-credentials":  "true",
		"leader-elect":                     "false",
		"kube-api-qps":                     "200",
		"kube-api-burst":                   "300",
		"profiling":                        "false",
	}
	emulate(f, want.Version)
	return c.local("controller-manager", "kube-controller-manager", st.Ports.Controllers, f)
}

func (c *cluster) scheduler(want machine.Cluster, st state) process.Spec {
	f := flags{"config": c.path("scheduler.yaml")}
	emulate(f, want.Version)
	return c.local("scheduler", "kube-scheduler", st.Ports.Scheduler, f)
}

// local completes the spec of a component that serves its health on a port of its own.
func (c *cluster) local(name, program string, port int, f flags) process.Spec {
	maps.Copy(f, flags{
		"bind-address": "127.0.0.1", "secure-port": fmt.Sprint(port),
		"tls-cert-file": c.path("pki", "local.crt"), "tls-private-key-file": c.path("pki", "local.key"),
	})
	return process.Spec{Name: name, Path: program, Args: f.args(), Ready: c.healthy(port, "/healthz"), Grace: 5 * time.Second}
}

func (c *cluster) kwok(st state) process.Spec {
	f := flags{
		"kubeconfig":                            c.path("kwok.kubeconfig"),
		"config":                                c.path("kwok.yaml"),
		"manage-all-nodes":                      "false",
		"manage-nodes-with-annotation-selector": fakeNode + "=fake",
		"server-address":                        ports.Address(st.Ports.KWOK),
		"node-ip":                               "127.0.0.1",
		"node-port":                             fmt.Sprint(st.Ports.Kubelet), // what it writes into nodes that are new to it
		"cidr":                                  podBlock,
		"tls-cert-file":                         c.path("pki", "local.crt"),
		"tls-private-key-file":                  c.path("pki", "local.key"),
		"node-lease-duration-seconds":           "40",
	}
	return process.Spec{Name: "kwok", Path: "kwok", Args: f.args(), Ready: c.healthy(st.Ports.KWOK, "/healthz"), Grace: 5 * time.Second}
}

// emulate makes a component behave as the minor that the cluster is said to have: with its APIs and its features.
func emulate(f flags, minor string) {
	if minor != "" {
		f["emulated-version"] = minor
	}
}

func serverURL(port int) string { return "https://" + ports.Address(port) }

// healthy asks a component that serves with the shared local certificate.
func (c *cluster) healthy(port int, path string) func(context.Context) error {
	client, err := tlsClient(c.path("pki", "ca.crt"), "", "")
	if err != nil {
		return func(context.Context) error { return err }
	}
	return answers(client, serverURL(port)+path)
}

// answers is a readiness check: the URL gives 200.
func answers(client *http.Client, url string) func(context.Context) error {
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", url, resp.Status)
		}
		return nil
	}
}
