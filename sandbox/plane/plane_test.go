package plane_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"paddock/sandbox/machine"
	"paddock/sandbox/plane"
	"paddock/sandbox/process"
)

const toolsVariable = "PADDOCK_TOOLS"

// newPlane needs the real programs: without them the test says so and is skipped, with an incomplete set it fails.
func newPlane(t *testing.T, dir string) *plane.Plane {
	t.Helper()
	bin := os.Getenv(toolsVariable)
	if bin == "" {
		t.Skip(toolsVariable + " does not name the folder of the built tools; `make test` sets it")
	}
	p, err := plane.New(plane.Config{
		Dir: dir, Bin: bin, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), AddonWait: 15 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return p
}

var dev = machine.Cluster{
	Name: "dev", Region: "us-west-2", Version: "1.34", ID: "0123456789ABCDEF0123456789ABCDEF", ServiceBlock: "172.20.0.0/16",
}

func m5large(i int) machine.Node {
	return machine.Node{
		Name: fmt.Sprintf("ip-10-0-%d-10.us-west-2.compute.internal", i), InstanceID: fmt.Sprintf("i-0%016x", i), InstanceType: "m5.large",
		Zone: "us-west-2" + string(rune('a'+i)), Region: "us-west-2", Cluster: "dev", NodeGroup: "general",
		InternalIP: fmt.Sprintf("10.0.%d.10", i), AMI: "ami-0123456789abcdef0", CapacityType: "ON_DEMAND", KubeletVersion: "v1.34.2-eks-ecaa3a6",
		Labels: map[string]string{"team": "any"}, CPUMilli: 2000, MemoryMi: 7934, EphemeralGi: 20, Pods: 29, AllocCPUMilli: 1930, AllocMemoryMi: 6903,
	}
}

var allAddons = []machine.Addon{
	{Name: "vpc-cni", Version: "v1.20.4-eksbuild.1", Configuration: `{"enableNetworkPolicy":"true","env":{"ENABLE_PREFIX_DELEGATION":"true"}}`},
	{Name: "kube-proxy", Version: "v1.34.1-eksbuild.2"},
	{Name: "eks-pod-identity-agent", Version: "v1.3.9-eksbuild.3"},
	{Name: "coredns", Version: "v1.12.4-eksbuild.1"},
	{Name: "aws-ebs-csi-driver", Version: "v1.51.1-eksbuild.1"},
	{Name: "metrics-server", Version: "v0.8.0-eksbuild.3"},
}

// cloud is a client of a test cluster's.
type cloud struct {
	t *testing.T
	dynamic.Interface
}

func client(t *testing.T, p *plane.Plane) cloud {
	t.Helper()
	cfg, err := clientcmd.BuildConfigFromFlags("", p.AdminKubeconfig(dev.Name))
	if err != nil {
		t.Fatal(err)
	}
	dyn, err := dynamic.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return cloud{t, dyn}
}

func (c cloud) get(group, version, resource, namespace, name string, into any) error {
	gvr := schema.GroupVersionResource{Group: group, Version: version, Resource: resource}
	u, err := c.Resource(gvr).Namespace(namespace).Get(c.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	return runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, into)
}

func eventually(t *testing.T, within time.Duration, what string, f func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(250 * time.Millisecond) {
		if err = f(); err == nil {
			return
		}
	}
	t.Fatalf("%s: not within %s: %v", what, within, err)
}

func must(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// TestIntegrationPlane lives through a cluster's life on the real programs.
func TestIntegrationPlane(t *testing.T) {
	dir := t.TempDir()
	p := newPlane(t, dir)
	spec := dev
	spec.AuthURL, spec.AuthCA = webhook(t)
	begin := time.Now()
	first, err := p.EnsureCluster(t.Context(), spec)
	must(t, "start", err)
	t.Logf("control plane ready after %s", since(begin))
	t.Run("add-on without nodes", func(t *testing.T) { checkDegraded(t, p) })
	bring(t, p)
	c := client(t, p)
	t.Run("nodes", func(t *testing.T) { checkNodes(t, p, c) })
	t.Run("bootstrap", func(t *testing.T) { checkBootstrap(t, c) })
	t.Run("callers", func(t *testing.T) { checkCallers(t, first) })
	t.Run("update of a node", func(t *testing.T) { checkNodeUpdate(t, p, c) })
	t.Run("add-on over a patch", func(t *testing.T) { checkPatchSurvives(t, p, c) })
	t.Run("refused", func(t *testing.T) { checkRefused(t, p) })
	t.Run("service account tokens", func(t *testing.T) { checkTokens(t, p, c) })
	t.Run("top", func(t *testing.T) { checkTop(t, c) })
	t.Run("memory", func(t *testing.T) { checkMemory(t, p) })
	t.Run("killed", func(t *testing.T) { checkKilled(t, p, spec) })
	t.Run("given up", func(t *testing.T) { checkGivenUp(t, p, spec) })
	t.Run("failed upgrade", func(t *testing.T) { checkFailedUpgrade(t, p, spec, first) })
	t.Run("upgrade", func(t *testing.T) { checkUpgrade(t, p, spec, first) })
	spec.Version = "1.35"
	p = checkRestart(t, p, dir, spec, first)
	checkDelete(t, p, dir)
}

// bring makes the nodes and add-ons that every step counts on.
func bring(t *testing.T, p *plane.Plane) {
	t.Helper()
	begin := time.Now()
	for i := range 2 {
		must(t, "node", p.EnsureNode(t.Context(), dev.Name, m5large(i)))
	}
	t.Logf("nodes ready after %s", since(begin))
	for _, a := range allAddons {
		must(t, "add-on", p.EnsureAddon(t.Context(), dev.Name, a))
	}
	t.Logf("add-ons installed after %s", since(begin))
}

func since(begin time.Time) time.Duration { return time.Since(begin).Round(10 * time.Millisecond) }

func checkRestart(t *testing.T, p *plane.Plane, dir string, spec machine.Cluster, first machine.Endpoint) *plane.Plane {
	var before, after corev1.Namespace
	must(t, "read", client(t, p).get("", "v1", "namespaces", "", "kube-system", &before))
	pids := p.Processes()
	begin := time.Now()
	must(t, "stop", p.Stop(t.Context()))
	t.Logf("stopped in %s", since(begin))
	checkGone(t, pids)
	if _, err := p.EnsureCluster(t.Context(), spec); err == nil {
		t.Error("a stopped plane started a cluster")
	}
	p = newPlane(t, dir)
	begin = time.Now()
	spec.Port = first.Port
	second, err := p.EnsureCluster(t.Context(), spec)
	must(t, "start again", err)
	t.Logf("started again in %s", since(begin))
	if second.URL != first.URL || string(second.CA) != string(first.CA) {
		t.Errorf("endpoint %s, want the same %s and authority", second.URL, first.URL)
	}
	bring(t, p)
	must(t, "read again", client(t, p).get("", "v1", "namespaces", "", "kube-system", &after))
	if before.UID != after.UID {
		t.Errorf("kube-system is another one after the restart")
	}
	return p
}

func checkDelete(t *testing.T, p *plane.Plane, dir string) {
	pids := p.Processes()
	must(t, "delete add-on", p.DeleteAddon(t.Context(), dev.Name, "metrics-server"))
	must(t, "delete node", p.DeleteNode(t.Context(), dev.Name, m5large(0).Name))
	for range 2 { // deleting twice is no error
		must(t, "delete", p.DeleteCluster(t.Context(), dev.Name))
	}
	checkGone(t, pids)
	if _, err := os.Stat(filepath.Join(dir, "clusters", dev.Name)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("data are left: %v", err)
	}
	if left := p.Processes(); len(left) != 0 {
		t.Errorf("processes are left: %+v", left)
	}
	if err := p.EnsureNode(t.Context(), dev.Name, m5large(0)); err == nil || !strings.Contains(err.Error(), "not running") {
		t.Errorf("a node for a deleted cluster: %v", err)
	}
}

func checkGone(t *testing.T, procs []process.Info) {
	t.Helper()
	for _, i := range procs {
		if !errors.Is(syscall.Kill(i.PID, 0), syscall.ESRCH) {
			t.Errorf("%s (pid %d) survived", i.Name, i.PID)
		}
	}
}

// checkKilled kills all processes at once: each comes back, and so does the API.
func checkKilled(t *testing.T, p *plane.Plane, spec machine.Cluster) {
	for _, i := range p.Processes() {
		must(t, i.Name, syscall.Kill(i.PID, syscall.SIGKILL))
	}
	eventually(t, 60*time.Second, "all processes again", func() error {
		for _, i := range p.Processes() {
			if i.State != process.Running || i.Restarts == 0 {
				return fmt.Errorf("%s: %s after %d restarts", i.Name, i.State, i.Restarts)
			}
		}
		return nil
	})
	before := p.Processes()
	_, err := p.EnsureCluster(t.Context(), spec)
	must(t, "ensure", err)
	for i, now := range p.Processes() {
		if now.PID != before[i].PID {
			t.Errorf("%s was started anew although it ran", now.Name)
		}
	}
}
