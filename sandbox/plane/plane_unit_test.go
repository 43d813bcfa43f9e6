package plane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"paddock/sandbox/machine"
)

func TestNewNamesEveryMissingProgram(t *testing.T) {
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "etcd"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "kwok"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := New(Config{Dir: t.TempDir(), Bin: bin})
	for _, want := range []string{"program kube-apiserver:", "program kube-controller-manager:", "program kube-scheduler:", "program metrics-server:", "kwok cannot be executed"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "program etcd") {
		t.Errorf("error %v names etcd, which is there", err)
	}
}

func TestPKI(t *testing.T) {
	dir := t.TempDir()
	first, err := ensurePKI(dir, netip.MustParsePrefix("172.20.0.0/16"))
	if err != nil {
		t.Fatal(err)
	}
	key, _ := os.ReadFile(filepath.Join(dir, "sa.key"))
	second, err := ensurePKI(dir, netip.MustParsePrefix("172.20.0.0/16"))
	if err != nil {
		t.Fatal(err)
	}
	if !first.ca.Cert.Equal(second.ca.Cert) || !first.frontProxy.Cert.Equal(second.frontProxy.Cert) {
		t.Error("an authority was made anew")
	}
	if again, _ := os.ReadFile(filepath.Join(dir, "sa.key")); string(again) != string(key) || len(key) == 0 {
		t.Error("the service accounts' key was made anew")
	}
	serving, err := tls.LoadX509KeyPair(filepath.Join(dir, "apiserver.crt"), filepath.Join(dir, "apiserver.key"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(second.ca.Cert)
	for _, name := range []string{"127.0.0.1", "localhost", "172.20.0.1", "kubernetes.default.svc"} {
		if _, err := serving.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("apiserver's certificate for %s: %v", name, err)
		}
	}
	client, err := tls.LoadX509KeyPair(filepath.Join(dir, "front-proxy-client.crt"), filepath.Join(dir, "front-proxy-client.key"))
	if err != nil {
		t.Fatal(err)
	}
	usage := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := client.Leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: usage}); err == nil {
		t.Error("the cluster's own authority vouches for the front proxy: any client could then name users in headers")
	}
	for _, file := range []string{"ca.key", "sa.key", "apiserver.key"} {
		if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", file, info.Mode(), err)
		}
	}
}

func TestDNSAddress(t *testing.T) {
	for block, want := range map[string]string{"172.20.0.0/16": "172.20.0.10", "10.100.3.0/24": "10.100.3.10"} {
		if got, err := dnsAddress(block); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", block, got, err, want)
		}
	}
}

func TestArchitecture(t *testing.T) {
	for arch, want := range map[string][2]string{"": {"amd64", "x86_64"}, "amd64": {"amd64", "x86_64"}, "arm64": {"arm64", "aarch64"}} {
		n := nodeObject(machine.Node{Name: "n", Arch: arch}, 1)
		info := n.Status.NodeInfo
		if info.Architecture != want[0] || n.Labels[corev1.LabelArchStable] != want[0] || !strings.HasSuffix(info.KernelVersion, want[1]) {
			t.Errorf("%q: %+v, label %s; want %v", arch, info, n.Labels[corev1.LabelArchStable], want)
		}
	}
}

func TestMergedKeepsWhatOthersSet(t *testing.T) {
	old := nodeObject(machine.Node{
		Name: "n", Labels: map[string]string{"tier": "web", "gone": "x"}, Taints: []machine.Taint{{Key: "old", Effect: "NoSchedule"}},
	}, 1)
	old.Spec.Taints = append(old.Spec.Taints, corev1.Taint{Key: "by-hand", Effect: corev1.TaintEffectNoExecute})
	next := nodeObject(machine.Node{
		Name: "n", Labels: map[string]string{"tier": "batch"}, Taints: []machine.Taint{{Key: "new", Value: "1", Effect: "NoSchedule"}},
	}, 1)
	raw, err := json.Marshal(merged(old, next))
	if err != nil {
		t.Fatal(err)
	}
	var patch struct {
		Metadata struct{ Labels map[string]*string }
		Spec     corev1.NodeSpec
	}
	if err := json.Unmarshal(raw, &patch); err != nil {
		t.Fatal(err)
	}
	if gone, ok := patch.Metadata.Labels["gone"]; !ok || gone != nil || *patch.Metadata.Labels["tier"] != "batch" {
		t.Errorf("labels = %s", raw)
	}
	if len(patch.Spec.Taints) != 2 || patch.Spec.Taints[0].Key != "new" || patch.Spec.Taints[1].Key != "by-hand" {
		t.Errorf("taints = %+v", patch.Spec.Taints)
	}
}

func TestKWOKConfigIsWhole(t *testing.T) {
	kinds := map[string]int{}
	for _, doc := range strings.Split(kwokConfig(), "\n---\n") {
		var o metav1.TypeMeta
		if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		kinds[o.Kind]++
	}
	for kind, want := range map[string]int{"Stage": 5, "Metric": 1, "ClusterResourceUsage": 1} {
		if kinds[kind] != want {
			t.Errorf("%d of kind %s, want %d", kinds[kind], kind, want)
		}
	}
}

func TestAddonsAreThoseOfTheSeam(t *testing.T) {
	if got := slices.Sorted(maps.Keys(addons)); !slices.Equal(got, machine.Addons) {
		t.Errorf("rendered are %v, machine.Addons has %v", got, machine.Addons)
	}
}

// Every add-on renders to objects that the client handles, with its version in every image, critical pods, and one
// object per kind and name, so that deleting it deletes all.
func TestAddons(t *testing.T) {
	for name, render := range addons {
		t.Run(name, func(t *testing.T) {
			in := install{Addon: machine.Addon{Name: name, Version: "v1.2.3-eksbuild.4"}, Cluster: "dev", Region: "eu-west-1", DNS: "172.20.0.10"}
			objects, err := render(in)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, obj := range objects {
				u, err := generic(obj)
				if err != nil {
					t.Fatal(err)
				}
				key := u.GetKind() + " " + u.GetName()
				if seen[key] || u.GetName() == "" {
					t.Errorf("%s is there twice or has no name", key)
				}
				seen[key] = true
				for _, c := range podSpec(obj).Containers {
					if !strings.HasSuffix(c.Image, ":v1.2.3-eksbuild.4") || !strings.Contains(c.Image, ".eu-west-1.") {
						t.Errorf("%s: image %s", key, c.Image)
					}
				}
			}
		})
	}
}

func podSpec(obj any) corev1.PodSpec {
	switch o := obj.(type) {
	case *appsv1.Deployment:
		return o.Spec.Template.Spec
	case *appsv1.DaemonSet:
		return o.Spec.Template.Spec
	}
	return corev1.PodSpec{}
}

// Status must not hang while a cluster is being started or upgraded.
func TestNodesDoNotWait(t *testing.T) {
	c := newCluster("dev", t.TempDir(), Config{})
	p := &Plane{clusters: map[string]*cluster{"dev": c}}
	c.op.Lock() // a start is under way
	defer c.op.Unlock()
	answered := make(chan error, 1)
	go func() {
		_, err := p.Nodes(t.Context(), "dev")
		answered <- err
	}()
	select {
	case err := <-answered:
		if err == nil || !strings.Contains(err.Error(), "not running") {
			t.Errorf("error = %v", err)
		}
	case <-time.After(2 * time.Second):
		t.Error("no answer while the cluster is being started")
	}
}

// What is wrong is told, not that time is up.
func TestUntilTellsTheLastComplaint(t *testing.T) {
	err := until(t.Context(), 300*time.Millisecond, func(ctx context.Context) error {
		if end, ok := ctx.Deadline(); ok && time.Until(end) < time.Second { // as client-go's rate limiter does
			return errors.New("would exceed context deadline")
		}
		return errors.New("0 of 2 replicas")
	})
	if err == nil || err.Error() != "gave up after 300ms: 0 of 2 replicas" {
		t.Errorf("error = %v", err)
	}
	hung := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("the user gave up"))
	defer cancel()
	if err := until(ctx, time.Minute, hung); err == nil || !strings.Contains(err.Error(), "the user gave up") {
		t.Errorf("error = %v, want the context's cause", err)
	}
}
