package verify

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
)

// see looks at a world until nothing more is to be waited for.
func see(t *testing.T, w *world, stack *Stack, timeout time.Duration, progress *bytes.Buffer) map[string]Result {
	t.Helper()
	list := checksAt(w.api(t), stack, func() time.Time { return now })
	o := Options{Timeout: timeout, Every: 10 * time.Millisecond}
	if progress != nil {
		o.Progress = progress
	}
	results, err := run(context.Background(), o, list)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]Result{}
	for _, r := range results {
		out[r.Name] = r
	}
	return out
}

// seeBriefly is see that also tells whether all of the time was waited. What is to wait gets little of it; what is not gets so much
// that a slow machine is not taken for it.
func seeBriefly(t *testing.T, w *world, waits bool) (map[string]Result, bool) {
	t.Helper()
	timeout := 20 * time.Second
	if waits {
		timeout = 150 * time.Millisecond
	}
	begun := time.Now()
	got := see(t, w, twoTeams, timeout, nil)
	return got, time.Since(begun) >= timeout*2/3
}

func TestAllIsWell(t *testing.T) {
	got := see(t, newWorld(), twoTeams, time.Second, nil)
	if len(got) != 17 {
		t.Errorf("%d checks", len(got))
	}
	for name, r := range got {
		if r.State != OK || r.Reason == "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// Each thing that is broken fails its check, with a reason that says so, and no other.
func TestBroken(t *testing.T) {
	const red = "team red, namespace red: "
	for name, tc := range map[string]struct {
		breaks  func(*world)
		check   string
		want    string
		waits   bool // it may mend itself
		fewer   bool // other checks are skipped
		inBlue  bool // the other team's check fails likewise
		reasons []string
	}{
		"a node that is not ready": {breaks: func(w *world) {
			w.nodes.Items = append(w.nodes.Items, node("n2", corev1.ConditionFalse, 2*time.Minute))
		},
			check: "nodes", want: "n2: not Ready for 2m0s: KubeletNotReady: container runtime network not ready", waits: true},
		"a node too few": {breaks: func(w *world) { w.nodes.Items = w.nodes.Items[:1] }, check: "nodes",
			want: "1 nodes are Ready, want at least 2", waits: true},
		"metrics out of reach": {breaks: func(w *world) { w.available = "False" }, check: "metrics API",
			want: "not Available: FailedDiscoveryCheck", waits: true},
		"no figures of a node": {breaks: func(w *world) { w.metrics = 1 }, check: "metrics of nodes",
			want: "no figures of node n1", waits: true},
		"no autoscaler": {breaks: func(w *world) { w.deployment = nil }, check: "autoscaler",
			want: "there is no Deployment", fewer: true},
		"an autoscaler scaled away": {breaks: func(w *world) { *w.deployment.Spec.Replicas = 0 }, check: "autoscaler",
			want: "scaled the Deployment cluster-autoscaler to 0", fewer: true},
		"an autoscaler that crashes": {breaks: crash, check: "autoscaler", want: "ca-0 waits: CrashLoopBackOff", waits: true,
			reasons: []string{"cannot reach AWS"}},
		"a status that is old": {breaks: func(w *world) { w.status = healthy(now.Add(-5*time.Minute), "Healthy") },
			check: "autoscaler status", want: "5m0s old", waits: true},
		"a status that is bad": {breaks: func(w *world) { w.status = healthy(now, "Unhealthy") }, check: "autoscaler status",
			want: `calls the cluster "Unhealthy"`, waits: true},
		"no status": {breaks: func(w *world) { w.status = "" }, check: "autoscaler status",
			want: "has not finished a scan", waits: true},
		"Pod Security off": {breaks: func(w *world) { w.open["security"] = true }, check: red + "pod security",
			want: "a privileged pod is let in", inBlue: true},
		"limits off": {breaks: func(w *world) { w.open["limits"], w.open["quota"] = true, true },
			check: red + "limits", want: "is let in", inBlue: true, fewer: true},
		"no limits, of which the quota refuses a breach": {breaks: func(w *world) { w.ranges.Items = nil }, check: red + "limits",
			want: "no LimitRange says", inBlue: true},
		"no quota": {breaks: func(w *world) { w.quotas.Items = w.quotas.Items[:1] }, check: red + "quota",
			want: "no ResourceQuota caps", inBlue: true},
		"a quota that counts nothing": {breaks: func(w *world) { w.open["quota"] = true }, check: red + "quota",
			want: "a pod over requests.cpu of quota team-quota is let in", inBlue: true},
		"no default deny": {breaks: func(w *world) { w.policies.Items = nil }, check: red + "network",
			want: "no NetworkPolicy denies", inBlue: true},
		"a deny for one direction only": {breaks: func(w *world) { w.policies.Items[0].Spec.PolicyTypes = w.policies.Items[0].Spec.PolicyTypes[:1] }, check: red + "network", want: "no NetworkPolicy denies", inBlue: true},
		"no guard": {breaks: func(w *world) { w.guards = nil }, check: red + "network",
			want: "paddock-fence is gone: deployers may drop the fence's policies", inBlue: true},
		"a guard that only warns": {breaks: func(w *world) { w.guards = []string{"Warn"} }, check: red + "network",
			want: "paddock-fence denies nothing", inBlue: true},
		"a right too many": {breaks: func(w *world) {
			w.rights = func(s authorizationv1.SubjectAccessReviewSpec) bool {
				return rights(s) || s.Groups[0] == "paddock:red:deployer" && s.ResourceAttributes.Namespace == "kube-system"
			}
		}, check: red + "access", want: "paddock:red:deployer: create deployments in kube-system (may, and must not)"},
		"a right too few": {breaks: func(w *world) {
			w.rights = func(s authorizationv1.SubjectAccessReviewSpec) bool {
				return rights(s) && (s.Groups[0] != "paddock:red:viewer" || s.ResourceAttributes.Resource != "pods")
			}
		}, check: red + "access", want: "paddock:red:viewer: list pods in red (may not, and must)"},
		"rights that one lacks oneself": {breaks: func(w *world) { w.broken["/api/v1/nodes"] = 403 }, check: "nodes",
			want: "who runs this needs the right", fewer: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			tc.breaks(w)
			got, waited := seeBriefly(t, w, tc.waits)
			r := got[tc.check]
			if r.State != Failed || !strings.Contains(r.Reason, tc.want) {
				t.Errorf("%s: %+v, want %q", tc.check, r, tc.want)
			}
			for _, want := range tc.reasons {
				if !strings.Contains(r.Reason, want) {
					t.Errorf("reason lacks %q: %s", want, r.Reason)
				}
			}
			if waited != tc.waits {
				t.Errorf("waited %v, want %v", waited, tc.waits)
			}
			for other, r := range got {
				likewise := tc.inBlue && other == strings.ReplaceAll(tc.check, "red", "blue")
				if other != tc.check && !likewise && !tc.fewer && r.State != OK {
					t.Errorf("%s: %+v", other, r)
				}
			}
		})
	}
}

func crash(w *world) {
	w.pods.Items[0].Status.ContainerStatuses[0] = corev1.ContainerStatus{RestartCount: 4,
		State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}}
}

// What comes by itself is waited for, and that is told.
func TestWaits(t *testing.T) {
	w := newWorld()
	w.nodes.Items = w.nodes.Items[:1]
	time.AfterFunc(60*time.Millisecond, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.nodes.Items = append(w.nodes.Items, node("n1", corev1.ConditionTrue, time.Second))
	})
	var progress bytes.Buffer
	got := see(t, w, twoTeams, 10*time.Second, &progress)
	if got["nodes"].State != OK {
		t.Errorf("%+v", got["nodes"])
	}
	for _, want := range []string{"waiting nodes: 1 nodes are Ready", "ok      nodes: 2 Ready"} {
		if !strings.Contains(progress.String(), want) {
			t.Errorf("progress lacks %q:\n%s", want, progress.String())
		}
	}
	if n := w.asked["/apis/authorization.k8s.io/v1/subjectaccessreviews"]; n != 2*19 {
		t.Errorf("%d access reviews: what has ended is not looked at again", n)
	}
}

func TestAPIServerIsAway(t *testing.T) {
	for code, waits := range map[int]bool{503: true, 401: true, 403: false} {
		w := newWorld()
		w.broken["/version"] = code
		got, waited := seeBriefly(t, w, waits)
		if got["api server"].State != Failed || got["nodes"].State != Skipped || got["nodes"].Reason != "the API server does not answer" {
			t.Errorf("%d: %+v", code, got)
		}
		if waited != waits {
			t.Errorf("%d: waited %v", code, waited)
		}
	}
}

// A booting node, one that is leaving, and a container that crashed long ago are no faults.
func TestNoFaults(t *testing.T) {
	w := newWorld()
	leaver := node("old", corev1.ConditionUnknown, time.Hour)
	leaver.Spec.Taints = []corev1.Taint{{Key: "ToBeDeletedByClusterAutoscaler"}}
	w.nodes.Items = append(w.nodes.Items, node("new", corev1.ConditionFalse, 20*time.Second), leaver)
	w.pods.Items[0].Status.ContainerStatuses[0] = corev1.ContainerStatus{RestartCount: 1, LastTerminationState: corev1.ContainerState{
		Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, FinishedAt: ago(time.Hour)}}}
	for name, r := range see(t, w, twoTeams, time.Second, nil) {
		if r.State != OK {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// A fence that the stack's config opens is not asked about.
func TestOpenFences(t *testing.T) {
	stack := &Stack{Teams: map[string]Team{"red": {Namespaces: []string{"red"}, ViewerGroup: "paddock:red:viewer",
		DeployerGroup: "paddock:red:deployer",
		Fences:        &Fences{PodSecurity: "privileged", NetworkPolicy: false, Quota: false, Limits: true}}}}
	got := see(t, newWorld(), stack, time.Second, nil)
	for fence, want := range map[string]State{"pod security": Skipped, "network": Skipped, "quota": Skipped, "limits": OK,
		"access": OK} {
		if r := got["team red, namespace red: "+fence]; r.State != want {
			t.Errorf("%s: %+v, want %s", fence, r, want)
		}
	}
	if r := see(t, newWorld(), nil, time.Second, nil)["team fences"]; r.State != Skipped || !strings.Contains(r.Reason,
		"--stack-output") {
		t.Errorf("without a stack: %+v", r)
	}
}

func TestReadStack(t *testing.T) {
	for text, want := range map[string]string{
		`{"kubeconfig": "[secret]"}`: "--show-secrets",
		`error: no stack`:            "want what `pulumi stack output --json` prints",
	} {
		if _, err := ReadStack(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	s, err := ReadStack(strings.NewReader(`{"clusterName": "c", "vpcId": "x", "teams": {"a": {"namespaces": ["n"], "viewers": []}}}`))
	if err != nil || s.Teams["a"].Namespaces[0] != "n" {
		t.Errorf("%+v, %v", s, err)
	}
}
