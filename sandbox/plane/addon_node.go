package plane

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// kubeProxy routes the addresses of Services on each node.
func kubeProxy(in install) ([]any, error) {
	var set struct {
		Mode      string                      `json:"mode"` // iptables (default) or ipvs
		Resources corev1.ResourceRequirements `json:"resources"`
	}
	if err := configure(in, &set); err != nil {
		return nil, err
	}
	const name = "kube-proxy"
	labels := map[string]string{"eks.amazonaws.com/component": name, "k8s-app": name}
	resources := need{cpu: "100m"}.requirements()
	if given(set.Resources) {
		resources = set.Resources
	}
	return []any{
		serviceAccount(name, labels),
		grant("eks:kube-proxy", "system:node-proxier", name, labels),
		configMap("kube-proxy-config", labels, map[string]string{
			"config": "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: " + orElse(set.Mode, "iptables") + "\n",
		}),
		daemon(name, labels, map[string]string{"k8s-app": name}, corev1.PodSpec{
			ServiceAccountName: name, HostNetwork: true,
			Containers: []corev1.Container{{
				Name: name, Image: in.image("eks/kube-proxy"), Resources: resources,
				Command:         []string{"kube-proxy", "--v=2", "--config=/var/lib/kube-proxy-config/config", "--hostname-override=$(NODE_NAME)"},
				Env:             []corev1.EnvVar{{Name: "NODE_NAME", ValueFrom: ofPod("spec.nodeName")}},
				SecurityContext: &corev1.SecurityContext{Privileged: ptr(true)},
			}},
		}),
	}, nil
}

// podIdentityAgent hands a pod the credentials of its Pod Identity association.
func podIdentityAgent(in install) ([]any, error) {
	var set struct {
		Resources corev1.ResourceRequirements `json:"resources"`
	}
	if err := configure(in, &set); err != nil {
		return nil, err
	}
	const name = agentName
	labels := map[string]string{"app.kubernetes.io/name": name, "app.kubernetes.io/instance": name}
	port := corev1.ContainerPort{Name: "proxy", ContainerPort: 80, Protocol: corev1.ProtocolTCP}
	return []any{
		daemon(name, labels, labels, corev1.PodSpec{
			HostNetwork: true,
			Containers: []corev1.Container{{
				Name: name, Image: in.image("eks/eks-pod-identity-agent"), Resources: set.Resources, Ports: []corev1.ContainerPort{port},
				Command:         []string{"/go-runner", "/eks-pod-identity-agent", "server"},
				Args:            []string{"--port", "80", "--cluster-name", in.Cluster, "--probe-port", "2703"},
				Env:             []corev1.EnvVar{{Name: "AWS_REGION", Value: in.Region}},
				LivenessProbe:   probe("/healthz", 2703),
				ReadinessProbe:  probe("/readyz", 2703),
				SecurityContext: &corev1.SecurityContext{Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"CAP_NET_BIND_SERVICE"}}},
			}},
		}),
	}, nil
}

const agentName = "eks-pod-identity-agent"

// Agent is nil where a ready pod of the Pod Identity agent is on a node.
func (p *Plane) Agent(ctx context.Context, name, node string) error {
	_, k, err := p.serving(name)
	if err != nil {
		return err
	}
	list, err := k.of("Pod", system).List(ctx, metav1.ListOptions{
		LabelSelector: "app.kubernetes.io/name=" + agentName, FieldSelector: "spec.nodeName=" + node,
	})
	if err != nil {
		return fmt.Errorf("cluster %s: %w", name, err)
	}
	for _, item := range list.Items {
		var pod corev1.Pod
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &pod); err != nil {
			return fmt.Errorf("cluster %s: %w", name, err)
		}
		for _, c := range pod.Status.Conditions {
			if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
				return nil
			}
		}
	}
	return fmt.Errorf("cluster %s: no ready pod of %s on node %s", name, agentName, node)
}

// ofPod takes a variable's value from the pod itself.
func ofPod(path string) *corev1.EnvVarSource {
	return &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: path}}
}
