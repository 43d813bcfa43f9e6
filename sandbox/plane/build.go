package plane

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The add-ons' objects are typed, but most of each is the same; what follows builds that part.

const system = "kube-system"

func typed(apiVersion, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: apiVersion, Kind: kind}
}

// named is the metadata of an object in kube-system.
func named(name string, labels map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: system, Labels: labels}
}

func serviceAccount(name string, labels map[string]string) *corev1.ServiceAccount {
	return &corev1.ServiceAccount{TypeMeta: typed("v1", "ServiceAccount"), ObjectMeta: named(name, labels)}
}

func configMap(name string, labels, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{TypeMeta: typed("v1", "ConfigMap"), ObjectMeta: named(name, labels), Data: data}
}

// rule reads like a line of a policy: these verbs on these resources of this group.
func rule(group string, verbs []string, resources ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{group}, Resources: resources, Verbs: verbs}
}

var (
	read  = []string{"get", "list", "watch"}
	write = []string{"get", "list", "watch", "create", "update", "patch", "delete"}
)

func clusterRole(name string, labels map[string]string, rules ...rbacv1.PolicyRule) *rbacv1.ClusterRole {
	return &rbacv1.ClusterRole{
		TypeMeta: typed(rbacGroup+"/v1", "ClusterRole"), ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}, Rules: rules,
	}
}

// grant binds a cluster role to a service account of kube-system.
func grant(name, role, account string, labels map[string]string) *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{
		TypeMeta: typed(rbacGroup+"/v1", "ClusterRoleBinding"), ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacGroup, Kind: "ClusterRole", Name: role},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: account, Namespace: system}},
	}
}

// oneAtATime lets a drain take away one of the selected pods at a time.
func oneAtATime(name string, labels, selector map[string]string) *policyv1.PodDisruptionBudget {
	one := intstr.FromInt32(1)
	return &policyv1.PodDisruptionBudget{
		TypeMeta: typed("policy/v1", "PodDisruptionBudget"), ObjectMeta: named(name, labels),
		Spec: policyv1.PodDisruptionBudgetSpec{MaxUnavailable: &one, Selector: &metav1.LabelSelector{MatchLabels: selector}},
	}
}

// need is what a container requests and may use at most, as "100m"; empty means not stated.
type need struct{ cpu, memory, maxMemory string }

func (n need) requirements() corev1.ResourceRequirements {
	var r corev1.ResourceRequirements
	set := func(list *corev1.ResourceList, name corev1.ResourceName, value string) {
		if value == "" {
			return
		}
		if *list == nil {
			*list = corev1.ResourceList{}
		}
		(*list)[name] = resource.MustParse(value)
	}
	set(&r.Requests, corev1.ResourceCPU, n.cpu)
	set(&r.Requests, corev1.ResourceMemory, n.memory)
	set(&r.Limits, corev1.ResourceMemory, n.maxMemory)
	return r
}

// given tells whether a configuration states resources of its own.
func given(r corev1.ResourceRequirements) bool { return len(r.Requests)+len(r.Limits) > 0 }

// everywhere tolerates whatever a node is tainted with, as agents must.
var everywhere = []corev1.Toleration{{Operator: corev1.TolerationOpExists}}

// daemon is a DaemonSet of critical agents.
func daemon(name string, labels, selector map[string]string, pod corev1.PodSpec) *appsv1.DaemonSet {
	tenth := intstr.FromString("10%")
	if pod.PriorityClassName == "" {
		pod.PriorityClassName = "system-node-critical"
	}
	pod.Tolerations = everywhere
	return &appsv1.DaemonSet{
		TypeMeta: typed("apps/v1", "DaemonSet"), ObjectMeta: named(name, labels),
		Spec: appsv1.DaemonSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: selector},
			Template: template(labels, selector, pod),
			UpdateStrategy: appsv1.DaemonSetUpdateStrategy{
				Type: appsv1.RollingUpdateDaemonSetStrategyType, RollingUpdate: &appsv1.RollingUpdateDaemonSet{MaxUnavailable: &tenth},
			},
		},
	}
}

// deployment is a Deployment of critical pods that may run anywhere and are spread over nodes where that is possible.
func deployment(name string, replicas int32, labels, selector map[string]string, pod corev1.PodSpec) *appsv1.Deployment {
	if pod.PriorityClassName == "" {
		pod.PriorityClassName = "system-cluster-critical"
	}
	pod.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{
		PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{
			Weight: 100,
			PodAffinityTerm: corev1.PodAffinityTerm{
				TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{MatchLabels: selector},
			},
		}},
	}}
	return &appsv1.Deployment{
		TypeMeta: typed("apps/v1", "Deployment"), ObjectMeta: named(name, labels),
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: selector},
			Template: template(labels, selector, pod),
		},
	}
}

func template(labels, selector map[string]string, pod corev1.PodSpec) corev1.PodTemplateSpec {
	all := map[string]string{}
	for _, m := range []map[string]string{labels, selector} {
		for k, v := range m {
			all[k] = v
		}
	}
	return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: all}, Spec: pod}
}

// probe is an HTTP check of a container's health.
func probe(path string, port int32) *corev1.Probe {
	return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(port)}}}
}

func ptr[T any](v T) *T { return &v }
