package verify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// world is an API server that answers what a test says. It is well until a test breaks it.
type world struct {
	mu         sync.Mutex
	nodes      corev1.NodeList
	status     string // of the autoscaler; "" = no ConfigMap
	deployment *appsv1.Deployment
	pods       corev1.PodList
	quotas     corev1.ResourceQuotaList
	ranges     corev1.LimitRangeList
	policies   networkingv1.NetworkPolicyList
	guards     []string        // what becomes of a policy that the guard judges badly; nil = there is no guard
	metrics    int             // how many nodes and pods have figures
	available  string          // of the metrics API
	open       map[string]bool // fences that let everything in: security, limits, quota
	rights     func(authorizationv1.SubjectAccessReviewSpec) bool
	broken     map[string]int // path to status
	asked      map[string]int
}

// now is when the world is looked at.
var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func ago(d time.Duration) metav1.Time { return metav1.NewTime(now.Add(-d)) }

func newWorld() *world {
	two := int32(2)
	w := &world{
		status:    healthy(now, "Healthy"),
		metrics:   2,
		available: "True",
		guards:    []string{"Deny"},
		open:      map[string]bool{}, broken: map[string]int{}, asked: map[string]int{},
		rights: rights,
		deployment: &appsv1.Deployment{
			Spec:   appsv1.DeploymentSpec{Replicas: &two, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "ca"}}},
			Status: appsv1.DeploymentStatus{Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 2},
		},
		policies: networkingv1.NetworkPolicyList{Items: []networkingv1.NetworkPolicy{{
			ObjectMeta: metav1.ObjectMeta{Name: "default-deny"},
			Spec:       networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{"Ingress", "Egress"}},
		}}},
		ranges: corev1.LimitRangeList{Items: []corev1.LimitRange{{Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{
			{Type: corev1.LimitTypeContainer, Max: corev1.ResourceList{"cpu": resource.MustParse("2"),
				"memory": resource.MustParse("4Gi")}}}}}}},
		quotas: corev1.ResourceQuotaList{Items: []corev1.ResourceQuota{
			{Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"pods": resource.MustParse("0")},
				ScopeSelector: &corev1.ScopeSelector{}}},
			{ObjectMeta: metav1.ObjectMeta{Name: "team-quota"},
				Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"requests.cpu": resource.MustParse("4")}}},
		}},
	}
	for i := range 2 {
		w.nodes.Items = append(w.nodes.Items, node(fmt.Sprintf("n%d", i), corev1.ConditionTrue, time.Hour))
		w.pods.Items = append(w.pods.Items, corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("ca-%d", i)},
			Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "ca"}}}})
	}
	return w
}

func node(name string, ready corev1.ConditionStatus, since time.Duration) corev1.Node {
	return corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: ago(since)},
		Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{
			{Type: corev1.NodeReady, Status: ready, Reason: "KubeletNotReady", Message: "container runtime network not ready",
				LastTransitionTime: ago(since)}}}}
}

func healthy(written time.Time, health string) string {
	return fmt.Sprintf("time: %s\nautoscalerStatus: Running\nclusterWide:\n  health:\n    status: %s\nnodeGroups:\n- name: "+
		"eks-default\n  health:\n    status: Healthy\n    minSize: 2\n",
		written.Format(statusFormat), health)
}

// rights are those that the platform gives.
func rights(s authorizationv1.SubjectAccessReviewSpec) bool {
	a, own := s.ResourceAttributes, ""
	fmt.Sscanf(strings.ReplaceAll(s.Groups[0], ":", " "), "paddock %s", &own)
	if a.Namespace != own {
		return false
	}
	if strings.HasSuffix(s.Groups[0], ":viewer") {
		return a.Resource != "secrets" && (a.Verb == "get" || a.Verb == "list")
	}
	return a.Resource == "deployments" || a.Resource == "secrets"
}

var twoTeams = &Stack{Teams: map[string]Team{
	"red":  {Namespaces: []string{"red"}, ViewerGroup: "paddock:red:viewer", DeployerGroup: "paddock:red:deployer"},
	"blue": {Namespaces: []string{"blue"}, ViewerGroup: "paddock:blue:viewer", DeployerGroup: "paddock:blue:deployer"},
}}

func (w *world) api(t *testing.T) *api {
	t.Helper()
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	a, err := fromConfig(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (w *world) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[r.URL.Path]++
	if code, broken := w.broken[r.URL.Path]; broken {
		refuse(out, code, "broken")
		return
	}
	path, ns := r.URL.Path, ""
	if rest, namespaced := strings.CutPrefix(path, "/api/v1/namespaces/"); namespaced && !strings.Contains(path, "kube-system") {
		ns, path, _ = strings.Cut(rest, "/")
	}
	switch {
	case path == "/version":
		give(out, map[string]string{"gitVersion": "v1.34.2"})
	case path == "/api/v1/nodes":
		give(out, w.nodes)
	case path == statusPath && w.status != "":
		give(out, corev1.ConfigMap{Data: map[string]string{"status": w.status}})
	case strings.HasSuffix(path, "/apiservices/v1beta1.metrics.k8s.io"):
		give(out, map[string]any{"status": map[string]any{"conditions": []any{map[string]any{"type": "Available", "status": w.available,
			"reason": "FailedDiscoveryCheck"}}}})
	case strings.HasPrefix(path, metricsAPI):
		items := []any{}
		for i := range w.metrics {
			items = append(items, map[string]any{"metadata": map[string]any{"name": fmt.Sprintf("n%d", i)},
				"usage": map[string]any{"cpu": "1"}})
		}
		give(out, map[string]any{"items": items})
	case path == deployment && w.deployment != nil:
		give(out, w.deployment)
	case path == systemPods:
		give(out, w.pods)
	case strings.HasSuffix(path, "/log"):
		out.Write([]byte("I0102 all was well\nF0102 cannot reach AWS\n"))
	case ns != "" && path == "resourcequotas":
		give(out, w.quotas)
	case ns != "" && path == "limitranges":
		give(out, w.ranges)
	case strings.HasSuffix(path, "/networkpolicies"):
		give(out, w.policies)
	case path == guard && w.guards != nil:
		give(out, map[string]any{"spec": map[string]any{"validationActions": w.guards}})
	case ns != "" && path == "pods" && r.URL.Query().Get("dryRun") == "All":
		w.admit(out, r)
	case strings.HasSuffix(path, "/subjectaccessreviews"):
		var review authorizationv1.SubjectAccessReview
		json.NewDecoder(r.Body).Decode(&review)
		review.Status.Allowed = w.rights(review.Spec)
		give(out, review)
	default:
		refuse(out, 404, "not found")
	}
}

// admit judges a pod as the fences would.
func (w *world) admit(out http.ResponseWriter, r *http.Request) {
	var p corev1.Pod
	json.NewDecoder(r.Body).Decode(&p)
	cpu := resource.Quantity{}
	for _, c := range p.Spec.Containers {
		cpu.Add(c.Resources.Requests["cpu"])
		if !w.open["limits"] && len(w.ranges.Items) > 0 && c.Resources.Limits.Cpu().CmpInt64(2) > 0 {
			refuse(out, 403, "maximum cpu usage per Container is 2")
			return
		}
		if s := c.SecurityContext; !w.open["security"] && s != nil && s.Privileged != nil && *s.Privileged {
			refuse(out, 403, `violates PodSecurity "restricted:latest"`)
			return
		}
	}
	if !w.open["quota"] && cpu.CmpInt64(4) > 0 {
		refuse(out, 403, "exceeded quota: team-quota")
		return
	}
	give(out, p)
}

func give(out http.ResponseWriter, v any) {
	out.Header().Set("Content-Type", "application/json")
	json.NewEncoder(out).Encode(v)
}

func refuse(out http.ResponseWriter, code int, message string) {
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(code)
	reason := map[int]metav1.StatusReason{403: metav1.StatusReasonForbidden, 404: metav1.StatusReasonNotFound,
		401: metav1.StatusReasonUnauthorized}[code]
	json.NewEncoder(out).Encode(metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure",
		Code: int32(code), Reason: reason, Message: message})
}
