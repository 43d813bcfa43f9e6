package release_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"paddock/apps/release"
	"paddock/components/testkit"
)

const platform = "organization/paddock/dev"

// exports are those of a platform with two teams; more is laid over.
func exports(more map[string]any) resource.PropertyMap {
	team := func(name string) map[string]any {
		return map[string]any{
			"namespaces": []any{name}, "fences": map[string]any{"networkPolicy": true},
			"repositories": map[string]any{name: "111122223333.dkr.ecr.us-west-2.amazonaws.com/paddock-dev/" + name + "/" + name},
			"quota":        map[string]any{"limits.cpu": "8", "pods": "40", "requests.cpu": "4", "requests.memory": "8Gi", "limits.memory": "16Gi"},
			"limits":       map[string]any{"maxCpu": "2", "maxMemory": "4Gi"},
		}
	}
	all := map[string]any{
		"region": "us-west-2", "clusterName": "paddock-dev", "kubeconfig": `{"clusters":[]}`,
		"teams":      map[string]any{"frontend": team("frontend"), "backend": team("backend")},
		"ingress":    map[string]any{"domain": "dev.example.com", "class": "alb", "certificateArn": "arn:aws:acm:us-west-2:111122223333:certificate/x", "sourceBlocks": []any{"10.10.0.0/20"}},
		"nodeGroups": map[string]any{"default": map[string]any{"instanceTypes": []any{"m5.large"}, "min": 2, "max": 6, "tainted": false, "spot": false, "diskGiB": 50}},
		"headroom":   map[string]any{"nodes": 0, "share": 0},
	}
	for key, value := range more {
		if value == nil {
			delete(all, key)
		} else {
			all[key] = value
		}
	}
	return resource.NewPropertyMapFromMap(all)
}

// shop is a sound service file.
const shop = `name: frontend
team: frontend
port: 8080
health: {ready: /healthz}
cpu: {request: 100m, limit: 400m}
memory: {request: 64Mi, limit: 64Mi}
replicas: {min: 2, max: 4}
expose: {host: shop}
smoke: {path: /smoke, contains: ok}
`

// run runs the program over service files, by folder, against a cluster.
func run(t *testing.T, cfg release.Config, files map[string]string, cluster *release.Cluster, opts ...testkit.Option) (testkit.Record, error) {
	t.Helper()
	dir := t.TempDir()
	for folder, text := range files {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, folder, "service.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := release.Program{Dir: dir, Smoke: time.Millisecond, Connect: func(string) (*release.Cluster, error) { return cluster, nil }}
	return testkit.RunErr(t, func(ctx *pulumi.Context) error { return p.Up(ctx, cfg) },
		append([]testkit.Option{testkit.WithExports(platform, exports(nil))}, opts...)...)
}

func frontend() release.Config {
	return release.Config{Platform: platform, Team: "frontend", Services: []string{"shop"}, Tags: map[string]string{"frontend": "v2"}}
}

// rolled is a cluster in which v2 is rolled out; broken tells what its one container waits for.
func rolled(broken string, answer string) *release.Cluster {
	yes, two := true, int32(2)
	labels := map[string]string{"app": "frontend"}
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "frontend", Image: "x/frontend:v2"}}}}
	owned := func(kind, name, uid string) []metav1.OwnerReference {
		return []metav1.OwnerReference{{Kind: kind, Name: name, UID: "d", Controller: &yes}}
	}
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "frontend", Namespace: "frontend", UID: "d"},
		Spec:   appsv1.DeploymentSpec{Replicas: &two, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: template},
		Status: appsv1.DeploymentStatus{Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 2}}
	set := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "frontend-1", Namespace: "frontend", UID: "s", Labels: labels,
		OwnerReferences: owned("Deployment", "frontend", "d")}, Spec: appsv1.ReplicaSetSpec{Template: template}}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "frontend-1-a", Namespace: "frontend", UID: "p", Labels: labels,
		OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "frontend-1", UID: "s", Controller: &yes}}}, Spec: template.Spec,
		Status: corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}}
	if broken != "" {
		d.Status.AvailableReplicas = 0
		pod.Spec.NodeName, pod.Status = "node-1", corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "frontend",
			State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: broken}}}}}
	}
	ingress := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Name: "frontend", Namespace: "frontend"}}
	ingress.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{Hostname: "k8s-frontend.elb.amazonaws.com"}}
	taken := &corev1.Event{ObjectMeta: metav1.ObjectMeta{Name: "taken", Namespace: "frontend"}, Type: "Normal", Reason: "SuccessfullyReconciled",
		InvolvedObject: corev1.ObjectReference{Kind: "Ingress", Name: "frontend"}, LastTimestamp: metav1.NewTime(time.Now().Add(time.Minute))}
	return &release.Cluster{Client: fake.NewClientset(d, set, pod, ingress, taken), Ask: func(_ context.Context, _ *corev1.Pod, port int32, path string) (int, string, error) {
		if port != 8080 || path != "/smoke" {
			return 404, path, nil
		}
		return 200, answer, nil
	}}
}

func TestUp(t *testing.T) {
	got, err := run(t, frontend(), map[string]string{"shop": shop}, rolled("", "ok"))
	if err != nil {
		t.Fatal(err)
	}
	d := got.Get(t, "kubernetes:apps/v1:Deployment frontend-deployment")
	containers, _ := d.Input("spec.template.spec.containers").([]any)
	if image := containers[0].(map[string]any)["image"]; image != "111122223333.dkr.ecr.us-west-2.amazonaws.com/paddock-dev/frontend/frontend:v2" {
		t.Errorf("image = %v", image)
	}
	rules, _ := got.Get(t, "kubernetes:networking.k8s.io/v1:Ingress frontend-ingress").Input("spec.rules").([]any)
	if host := rules[0].(map[string]any)["host"]; host != "shop.dev.example.com" {
		t.Errorf("host = %v", host)
	}
	for _, r := range got {
		if r.Custom && strings.HasPrefix(r.Type, "kubernetes:") && r.Provider == "" {
			t.Errorf("%s: no provider of the program's own", r.Key())
		}
	}
}

// A role is the platform's to give, of the service that it gave it to: the deploy makes nothing in AWS, and needs no right there.
func TestRole(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/shop"
	file := map[string]string{"shop": shop + "calls: [\"internet:443\"]\nrole: " + role + "\n"}
	for name, tc := range map[string]struct {
		given map[string]any
		want  string // "" = no error
	}{
		"given":          {map[string]any{"frontend": role}, ""},
		"another's":      {map[string]any{"till": role}, "podRoles.frontend: none"},
		"another role":   {map[string]any{"frontend": role + "s"}, "podRoles.frontend: " + role + "s"},
		"none of a list": {nil, "want the role that the platform gives the service in paddock:teams.frontend.podRoles.frontend: none"},
	} {
		teams, _ := exports(nil).Mappable()["teams"].(map[string]any)
		teams["frontend"].(map[string]any)["podRoles"] = tc.given
		got, err := run(t, frontend(), file, rolled("", "ok"), testkit.WithExports(platform, exports(map[string]any{"teams": teams})))
		if tc.want != "" {
			if err == nil || !strings.Contains(err.Error(), "shop/service.yaml:11: role: "+role+": ") || !strings.Contains(err.Error(), tc.want) || len(got.OfType("kubernetes:apps/v1:Deployment")) > 0 {
				t.Errorf("%s: %v\n%v", name, err, got.Keys())
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for key, r := range got {
			if r.Custom && strings.HasPrefix(r.Type, "aws:") || r.Type == "pulumi:providers:aws" {
				t.Errorf("%s: %s", name, key)
			}
		}
	}
}

// At preview there is nothing to wait for.
func TestPreview(t *testing.T) {
	got, err := run(t, frontend(), map[string]string{"shop": shop}, nil, testkit.WithPreview())
	if err != nil {
		t.Fatal(err)
	}
	got.Get(t, "kubernetes:apps/v1:Deployment frontend-deployment")
}

// What does not come up fails the deploy, in the words of the explanation.
func TestFails(t *testing.T) {
	for _, c := range []struct {
		name, broken, answer string
		want                 []string
	}{
		{"rollout", "InvalidImageName", "ok", []string{"frontend/frontend: version v2 did not roll out: that is no name of an image", "what to do: "}},
		{"no load balancer", "", "ok", []string{`nobody outside of the cluster reaches them: ingresses.networking.k8s.io "frontend" not found`}},
		{"smoke", "", "no", []string{`frontend/frontend: version v2 starts, but fails its smoke check: GET /smoke on port 8080: it answers 200, without "ok": no`,
			"version v2 serves all the same: there is no version before to put back"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cluster := rolled(c.broken, c.answer)
			if c.name == "no load balancer" {
				if err := cluster.Client.NetworkingV1().Ingresses("frontend").Delete(t.Context(), "frontend", metav1.DeleteOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			_, err := run(t, frontend(), map[string]string{"shop": shop}, cluster)
			if !release.Told(err) {
				t.Errorf("%v: the engine is not told", err)
			}
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v\nwant %s", err, want)
				}
			}
		})
	}
}

// A version that fails its smoke check is taken back, and the one before serves again.
func TestTakenBack(t *testing.T) {
	cluster := rolled("", "no")
	old, err := cluster.Client.AppsV1().ReplicaSets("frontend").Get(t.Context(), "frontend-1", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	old.Name, old.UID, old.Spec.Template.Spec.Containers[0].Image = "frontend-0", "s0", "x/frontend:v1"
	if _, err := cluster.Client.AppsV1().ReplicaSets("frontend").Create(t.Context(), old, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err = run(t, frontend(), map[string]string{"shop": shop}, cluster)
	if want := "version v1 is put back, and serves again"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v\nwant %s", err, want)
	}
	d, err := cluster.Client.AppsV1().Deployments("frontend").Get(t.Context(), "frontend", metav1.GetOptions{})
	if err != nil || d.Spec.Template.Spec.Containers[0].Image != "x/frontend:v1" {
		t.Errorf("%v, %v", d.Spec.Template.Spec.Containers, err)
	}
}

// Services whose names run together with their namespaces' are two all the same.
func TestNamesApart(t *testing.T) {
	more := exports(nil).Mappable()
	team := more["teams"].(map[string]any)["frontend"].(map[string]any)
	team["namespaces"] = []any{"frontend", "a"}
	quiet := strings.Replace(shop, "expose: {host: shop}\n", "", 1)
	named := func(name string) string {
		return strings.Replace(quiet, "name: frontend", "name: "+name+"\nimage: x/y:v1", 1)
	}
	cfg := frontend()
	cfg.Services, cfg.Tags = []string{"one", "two"}, nil
	got, err := run(t, cfg, map[string]string{"one": named("a-b"), "two": named("b") + "namespace: a\n"}, nil,
		testkit.WithPreview(), testkit.WithExports(platform, exports(map[string]any{"teams": more["teams"]})))
	if err != nil {
		t.Fatal(err)
	}
	got.Get(t, "kubernetes:apps/v1:Deployment a-b-deployment")
	got.Get(t, "kubernetes:apps/v1:Deployment a.b-deployment")
}

// A service that does not come up hides no other's explanation.
func TestAllAreTold(t *testing.T) {
	cfg := frontend()
	cfg.Services = []string{"absent", "shop"}
	absent := strings.NewReplacer("name: frontend", "name: absent\nimage: x/absent:v1", "expose: {host: shop}", "expose: {host: absent}").Replace(shop)
	_, err := run(t, cfg, map[string]string{"absent": absent, "shop": shop}, rolled("InvalidImageName", "ok"))
	for _, want := range []string{`frontend/absent: rollout: deployments.apps "absent" not found`, "frontend/frontend: version v2 did not roll out"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got:\n%v\nwant:\n%s", err, want)
		}
	}
}
