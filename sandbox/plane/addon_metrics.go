package plane

import (
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	metricsService  = "metrics-server" // the add-on, its Deployment, its Service and its service account
	metricsAPI      = "v1beta1.metrics.k8s.io"
	metricsInterval = "15s" // between two looks at each node
)

// apiService is the part of kube-aggregator's type that is set here; its module is not worth its weight.
type apiService struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              apiServiceSpec `json:"spec"`
	Status            struct {
		Conditions []metav1.Condition `json:"conditions,omitempty"`
	} `json:"status"`
}

type apiServiceSpec struct {
	Service struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
		Port      int32  `json:"port"`
	} `json:"service"`
	Group                string `json:"group"`
	Version              string `json:"version"`
	CABundle             []byte `json:"caBundle"`
	GroupPriorityMinimum int32  `json:"groupPriorityMinimum"`
	VersionPriority      int32  `json:"versionPriority"`
}

// metricsServer holds the objects of the add-on. Its pods are played by KWOK; the program that answers is a process of
// the sandbox (metrics.go), which the Service leads to.
func metricsServer(in install) ([]any, error) {
	set := struct {
		Replicas    int32                       `json:"replicas"`
		Resources   corev1.ResourceRequirements `json:"resources"`
		Tolerations []corev1.Toleration         `json:"tolerations"`
	}{Replicas: 2, Resources: need{cpu: "100m", memory: "200Mi", maxMemory: "400Mi"}.requirements()}
	set.Tolerations = []corev1.Toleration{{Key: "CriticalAddonsOnly", Operator: corev1.TolerationOpExists}}
	if err := configure(in, &set); err != nil {
		return nil, err
	}
	labels := map[string]string{"app.kubernetes.io/name": metricsService, "app.kubernetes.io/instance": metricsService}
	return append(metricsAccess(labels),
		deployment(metricsService, set.Replicas, labels, labels, corev1.PodSpec{
			ServiceAccountName: metricsService, Tolerations: set.Tolerations,
			Containers: []corev1.Container{metricsContainer(in, set.Resources)},
		}),
		oneAtATime(metricsService, labels, labels),
		// Endpoints may not be loopback addresses, but a name that leads to one is allowed.
		&corev1.Service{
			TypeMeta: typed("v1", "Service"), ObjectMeta: named(metricsService, labels),
			Spec: corev1.ServiceSpec{
				Type: corev1.ServiceTypeExternalName, ExternalName: "localhost",
				Ports: []corev1.ServicePort{{Name: "https", Port: int32(in.MetricsPort), Protocol: corev1.ProtocolTCP}},
			},
		},
		metricsAPIService(in, labels),
	), nil
}

func metricsContainer(in install, resources corev1.ResourceRequirements) corev1.Container {
	return corev1.Container{
		Name: metricsService, Image: in.image("eks/metrics-server"), Resources: resources,
		Args: []string{
			"--secure-port=10251", "--cert-dir=/tmp", "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
			"--kubelet-use-node-status-port", "--metric-resolution=" + metricsInterval,
		},
		Ports: []corev1.ContainerPort{{Name: "https", ContainerPort: 10251, Protocol: corev1.ProtocolTCP}},
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: ptr(false), ReadOnlyRootFilesystem: ptr(true), RunAsNonRoot: ptr(true), RunAsUser: ptr(int64(1000)),
			Capabilities:   &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
	}
}

// metricsAccess is metrics-server's own RBAC, as upstream: it decides what the process may do.
func metricsAccess(labels map[string]string) []any {
	aggregated := map[string]string{
		"rbac.authorization.k8s.io/aggregate-to-admin": "true",
		"rbac.authorization.k8s.io/aggregate-to-edit":  "true",
		"rbac.authorization.k8s.io/aggregate-to-view":  "true",
	}
	return []any{
		serviceAccount(metricsService, labels),
		clusterRole("system:metrics-server-aggregated-reader", aggregated, rule("metrics.k8s.io", read, "pods", "nodes")),
		clusterRole("system:metrics-server", labels,
			rule("", []string{"get"}, "nodes/metrics"), rule("", read, "pods", "nodes", "namespaces", "configmaps")),
		grant("system:metrics-server", "system:metrics-server", metricsService, labels),
		grant("metrics-server:system:auth-delegator", "system:auth-delegator", metricsService, labels),
		&rbacv1.RoleBinding{
			TypeMeta: typed(rbacGroup+"/v1", "RoleBinding"), ObjectMeta: named("metrics-server-auth-reader", labels),
			RoleRef:  rbacv1.RoleRef{APIGroup: rbacGroup, Kind: "Role", Name: "extension-apiserver-authentication-reader"},
			Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: metricsService, Namespace: system}},
		},
	}
}

func metricsAPIService(in install, labels map[string]string) any {
	api := &apiService{
		TypeMeta: typed("apiregistration.k8s.io/v1", "APIService"), ObjectMeta: metav1.ObjectMeta{Name: metricsAPI, Labels: labels},
		Spec: apiServiceSpec{Group: "metrics.k8s.io", Version: "v1beta1", CABundle: in.CA, GroupPriorityMinimum: 100, VersionPriority: 100},
	}
	api.Spec.Service.Name, api.Spec.Service.Namespace, api.Spec.Service.Port = metricsService, system, int32(in.MetricsPort)
	return api
}
