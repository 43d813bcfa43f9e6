package workload

import (
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Names of what is made. The namespace is grade's own: whatever is in it goes with it.
const (
	Namespace     = "paddock-grade"
	App           = "workload"
	Headroom      = "headroom"
	PriorityClass = "paddock-grade-headroom"
	AppLabel      = "app.kubernetes.io/name"
	managedBy     = "app.kubernetes.io/managed-by"
	manager       = "paddock-grade"
)

// Paths of the API.
const (
	namespaces  = "/api/v1/namespaces"
	Pods        = namespaces + "/" + Namespace + "/pods"
	Services    = namespaces + "/" + Namespace + "/services"
	Events      = namespaces + "/" + Namespace + "/events"
	Deployments = "/apis/apps/v1/namespaces/" + Namespace + "/deployments"
	HPAs        = "/apis/autoscaling/v2/namespaces/" + Namespace + "/horizontalpodautoscalers"
	Metrics     = "/apis/metrics.k8s.io/v1beta1/namespaces/" + Namespace + "/pods"
	priorities  = "/apis/scheduling.k8s.io/v1/priorityclasses"
)

// headroomPriority is the lowest for which the autoscaler still makes nodes.
const headroomPriority = -10

// pause holds room and does nothing.
const pause = "registry.k8s.io/pause:3.10"

// Server says what the pods run. In the local cloud nothing runs in pods and the zero value will do.
type Server struct {
	Image string   // "" = pause
	Args  []string // of the image's entry point
	Port  int32    // 0 = none
	Ready string   // path that answers when the pod serves; "" = ready at once
}

func labels(app string) map[string]string {
	return map[string]string{AppLabel: app, managedBy: manager}
}

func meta(name, app string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: Namespace, Labels: labels(app)}
}

func namespace() *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace, Labels: map[string]string{
		managedBy: manager, "pod-security.kubernetes.io/enforce": "restricted",
	}}}
}

// deployment is the workload with a given number of pods.
func deployment(s Setting, server Server, pods int32) *appsv1.Deployment {
	c := container(server)
	c.Resources = resources(s.RequestMilli, s.LimitMilli(), s.RequestMi)
	return deploy(App, pods, corev1.PodSpec{Containers: []corev1.Container{c}, TopologySpreadConstraints: spread()})
}

// spread keeps the pods apart where that is possible. All on one node, they could use no more than it has, however high their
// limits: the HPA would not see a rise in full.
func spread() []corev1.TopologySpreadConstraint {
	var list []corev1.TopologySpreadConstraint
	for _, key := range []string{corev1.LabelHostname, corev1.LabelTopologyZone} {
		list = append(list, corev1.TopologySpreadConstraint{
			MaxSkew: 1, TopologyKey: key, WhenUnsatisfiable: corev1.ScheduleAnyway,
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{AppLabel: App}},
		})
	}
	return list
}

// headroom is pods of the size of the workload's, enough for so many nodes, that leave at once when something else wants in.
func headroom(s Setting, pods int32) (*schedulingv1.PriorityClass, *appsv1.Deployment) {
	class := &schedulingv1.PriorityClass{
		ObjectMeta:  metav1.ObjectMeta{Name: PriorityClass, Labels: labels(Headroom)},
		Value:       headroomPriority,
		Description: "room that a graded run holds in reserve",
	}
	c := container(Server{})
	c.Resources = resources(s.RequestMilli, s.RequestMilli, s.RequestMi)
	return class, deploy(Headroom, pods, corev1.PodSpec{Containers: []corev1.Container{c}, PriorityClassName: PriorityClass})
}

// resources asks for CPU and memory; a CPU limit of 0 is none.
func resources(request, limit, memory int64) corev1.ResourceRequirements {
	r := corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: milli(request), corev1.ResourceMemory: mebi(memory)},
		Limits:   corev1.ResourceList{corev1.ResourceMemory: mebi(memory)},
	}
	if limit > 0 {
		r.Limits[corev1.ResourceCPU] = milli(limit)
	}
	return r
}

func deploy(app string, pods int32, spec corev1.PodSpec) *appsv1.Deployment {
	now, no, yes, user := int64(0), false, true, int64(65532)
	spec.TerminationGracePeriodSeconds = &now
	spec.AutomountServiceAccountToken = &no
	spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: &yes, RunAsUser: &user, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}}
	return &appsv1.Deployment{ObjectMeta: meta(app, app), Spec: appsv1.DeploymentSpec{
		Replicas: &pods,
		Selector: &metav1.LabelSelector{MatchLabels: map[string]string{AppLabel: app}},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels(app)}, Spec: spec},
	}}
}

func container(server Server) corev1.Container {
	no := false
	c := corev1.Container{Name: App, Image: server.Image, Args: server.Args, SecurityContext: &corev1.SecurityContext{
		AllowPrivilegeEscalation: &no, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}}
	if c.Image == "" {
		c.Image = pause
	}
	if server.Port != 0 {
		c.Ports = []corev1.ContainerPort{{ContainerPort: server.Port}}
	}
	if server.Ready != "" {
		get := &corev1.HTTPGetAction{Path: server.Ready, Port: intstr.FromInt32(server.Port)}
		c.ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: get}, PeriodSeconds: 1}
	}
	return c
}

func hpa(s Setting) *autoscalingv2.HorizontalPodAutoscaler {
	least, target := int32(s.HPA.MinReplicas), int32(s.HPA.TargetPercent)
	return &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: meta(App, App), Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
		ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: App},
		MinReplicas:    &least,
		MaxReplicas:    s.MaxPods,
		Behavior:       s.behavior(),
		Metrics: []autoscalingv2.MetricSpec{{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
			Name:   corev1.ResourceCPU,
			Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &target},
		}}},
	}}
}
