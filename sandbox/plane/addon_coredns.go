package plane

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const corefile = `.:53 {
    errors
    health {
        lameduck 5s
      }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
`

// coreDNS answers names inside the cluster, behind the Service kube-dns.
func coreDNS(in install) ([]any, error) {
	set := struct {
		ReplicaCount int32                       `json:"replicaCount"`
		Corefile     string                      `json:"corefile"`
		Resources    corev1.ResourceRequirements `json:"resources"`
		Tolerations  []corev1.Toleration         `json:"tolerations"`
		NodeSelector map[string]string           `json:"nodeSelector"`
		AutoScaling  map[string]any              `json:"autoScaling"` // accepted: EKS does that outside the cluster
	}{ReplicaCount: 2, Corefile: corefile, Resources: need{cpu: "100m", memory: "70Mi", maxMemory: "170Mi"}.requirements()}
	set.Tolerations = []corev1.Toleration{
		{Key: "node-role.kubernetes.io/control-plane", Effect: corev1.TaintEffectNoSchedule},
		{Key: "CriticalAddonsOnly", Operator: corev1.TolerationOpExists},
	}
	if err := configure(in, &set); err != nil {
		return nil, err
	}
	const name = "coredns"
	labels := map[string]string{"eks.amazonaws.com/component": name, "k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS"}
	selector := map[string]string{"eks.amazonaws.com/component": name, "k8s-app": "kube-dns"}
	deploy := deployment(name, set.ReplicaCount, labels, selector, corev1.PodSpec{
		ServiceAccountName: name, DNSPolicy: corev1.DNSDefault,
		Tolerations: set.Tolerations, NodeSelector: set.NodeSelector,
		Containers: []corev1.Container{{
			Name: name, Image: in.image("eks/coredns"), Args: []string{"-conf", "/etc/coredns/Corefile"}, Resources: set.Resources,
			Ports:          []corev1.ContainerPort{dnsPort("dns", corev1.ProtocolUDP), dnsPort("dns-tcp", corev1.ProtocolTCP)},
			LivenessProbe:  probe("/health", 8080),
			ReadinessProbe: probe("/ready", 8181),
		}},
	})
	return []any{
		serviceAccount(name, labels),
		clusterRole("system:coredns", labels,
			rule("", []string{"list", "watch"}, "endpoints", "services", "pods", "namespaces"),
			rule("discovery.k8s.io", []string{"list", "watch"}, "endpointslices"),
		),
		grant("system:coredns", "system:coredns", name, labels),
		configMap(name, labels, map[string]string{"Corefile": set.Corefile}),
		deploy,
		dnsService(in.DNS, labels, selector),
		oneAtATime(name, labels, selector),
	}, nil
}

func dnsPort(name string, protocol corev1.Protocol) corev1.ContainerPort {
	return corev1.ContainerPort{Name: name, ContainerPort: 53, Protocol: protocol}
}

func dnsService(address string, labels, selector map[string]string) *corev1.Service {
	port := func(name string, number int32, protocol corev1.Protocol) corev1.ServicePort {
		return corev1.ServicePort{Name: name, Port: number, Protocol: protocol, TargetPort: intstr.FromInt32(number)}
	}
	return &corev1.Service{
		TypeMeta: typed("v1", "Service"), ObjectMeta: named("kube-dns", labels),
		Spec: corev1.ServiceSpec{
			ClusterIP: address, Selector: selector,
			Ports: []corev1.ServicePort{
				port("dns", 53, corev1.ProtocolUDP), port("dns-tcp", 53, corev1.ProtocolTCP), port("metrics", 9153, corev1.ProtocolTCP),
			},
		},
	}
}
