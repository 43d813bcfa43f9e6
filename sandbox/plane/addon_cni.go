package plane

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// vpcCNI is the agent that gives pods their addresses and enforces network policies on each node.
func vpcCNI(in install) ([]any, error) {
	var set struct {
		Env                 map[string]string           `json:"env"`
		EnableNetworkPolicy string                      `json:"enableNetworkPolicy"` // "true" or "false": a string in EKS's schema
		EnableWindowsIpam   string                      `json:"enableWindowsIpam"`
		Resources           corev1.ResourceRequirements `json:"resources"`
		NodeAgent           map[string]any              `json:"nodeAgent"` // accepted: it changes nothing that can be seen here
	}
	if err := configure(in, &set); err != nil {
		return nil, err
	}
	if p := set.EnableNetworkPolicy; p != "" && p != "true" && p != "false" {
		return nil, fmt.Errorf(`configuration values: enableNetworkPolicy: want "true" or "false", got %q`, p)
	}
	const name = "aws-node"
	labels := map[string]string{"app.kubernetes.io/name": name, "app.kubernetes.io/instance": "aws-vpc-cni", "k8s-app": name}
	node := privileged(name, in.image("amazon-k8s-cni"))
	node.Env = cniEnv(in.Cluster, set.Env)
	node.SecurityContext = &corev1.SecurityContext{Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"NET_ADMIN", "NET_RAW"}}}
	if given(set.Resources) {
		node.Resources = set.Resources
	}
	policies := orElse(set.EnableNetworkPolicy, "false")
	return []any{
		serviceAccount(name, labels),
		clusterRole(name, labels,
			rule("", read, "namespaces", "nodes"),
			rule("", append([]string{"patch"}, read...), "pods"),
			rule("events.k8s.io", []string{"create", "patch", "list"}, "events"),
			rule("networking.k8s.aws", read, "policyendpoints"),
		),
		grant(name, name, name, labels),
		configMap("amazon-vpc-cni", labels, map[string]string{
			"enable-network-policy-controller": policies,
			"enable-windows-ipam":              orElse(set.EnableWindowsIpam, "false"),
		}),
		daemon(name, labels, map[string]string{"k8s-app": name}, corev1.PodSpec{
			ServiceAccountName: name, HostNetwork: true,
			InitContainers: []corev1.Container{privileged("aws-vpc-cni-init", in.image("amazon-k8s-cni-init"))},
			Containers: []corev1.Container{node, privileged("aws-eks-nodeagent", in.image("amazon/aws-network-policy-agent"),
				"--enable-network-policy="+policies, "--metrics-bind-addr=:8162", "--health-probe-bind-addr=:8163")},
		}),
	}, nil
}

// privileged is a small container that changes the node itself.
func privileged(name, image string, args ...string) corev1.Container {
	return corev1.Container{
		Name: name, Image: image, Args: args,
		Resources: need{cpu: "25m"}.requirements(), SecurityContext: &corev1.SecurityContext{Privileged: ptr(true)},
	}
}

// cniEnv lays the operator's variables over the add-on's own, in order.
func cniEnv(cluster string, set map[string]string) []corev1.EnvVar {
	all := map[string]string{"CLUSTER_NAME": cluster, "ENABLE_PREFIX_DELEGATION": "false", "WARM_ENI_TARGET": "1", "WARM_PREFIX_TARGET": "1"}
	maps.Copy(all, set)
	var env []corev1.EnvVar
	for _, name := range slices.Sorted(maps.Keys(all)) {
		env = append(env, corev1.EnvVar{Name: name, Value: all[name]})
	}
	return env
}

func orElse(v, otherwise string) string {
	if v == "" {
		return otherwise
	}
	return v
}
