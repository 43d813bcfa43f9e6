package team

import (
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/labels"
)

// Names of the policies. Policies only ever add up, so a service opens one more door with a
// policy of its own and never edits these; the Guard sees to it.
const (
	denyName  = "default-deny"
	dnsName   = "allow-dns"
	innerName = "allow-same-namespace"
)

// everyPod selects all pods of a namespace.
var everyPod = metav1.LabelSelectorArgs{}

// network closes the namespace in both directions, then opens what every service needs.
func (f *fence) network(ctx *pulumi.Context) error {
	if !f.NetworkPolicy {
		return nil
	}
	for _, p := range []struct {
		name string
		spec networkingv1.NetworkPolicySpecArgs
	}{
		{denyName, denySpec()},
		{dnsName, dnsSpec()},
		{innerName, innerSpec()},
	} {
		_, err := networkingv1.NewNetworkPolicy(ctx, f.prefix+"-"+p.name, &networkingv1.NetworkPolicyArgs{
			Metadata: f.metadata(p.name),
			Spec:     p.spec,
		}, f.opts...)
		if err != nil {
			return err
		}
	}
	return nil
}

func denySpec() networkingv1.NetworkPolicySpecArgs {
	return networkingv1.NetworkPolicySpecArgs{
		PodSelector: everyPod,
		PolicyTypes: pulumi.ToStringArray([]string{"Ingress", "Egress"}),
	}
}

// dnsSpec lets pods ask the cluster's own DNS, by the labels that CoreDNS carries as an EKS add-on.
func dnsSpec() networkingv1.NetworkPolicySpecArgs {
	dns := networkingv1.NetworkPolicyPeerArgs{
		NamespaceSelector: labelled(labels.Namespace, "kube-system"),
		PodSelector:       labelled("k8s-app", "kube-dns"),
	}
	return networkingv1.NetworkPolicySpecArgs{
		PodSelector: everyPod,
		PolicyTypes: pulumi.ToStringArray([]string{"Egress"}),
		Egress: networkingv1.NetworkPolicyEgressRuleArray{networkingv1.NetworkPolicyEgressRuleArgs{
			To: networkingv1.NetworkPolicyPeerArray{dns},
			Ports: networkingv1.NetworkPolicyPortArray{
				networkingv1.NetworkPolicyPortArgs{Protocol: pulumi.String("UDP"), Port: pulumi.Int(53)},
				networkingv1.NetworkPolicyPortArgs{Protocol: pulumi.String("TCP"), Port: pulumi.Int(53)},
			},
		}},
	}
}

// innerSpec lets the namespace's pods talk to each other.
func innerSpec() networkingv1.NetworkPolicySpecArgs {
	inside := networkingv1.NetworkPolicyPeerArray{networkingv1.NetworkPolicyPeerArgs{PodSelector: everyPod}}
	return networkingv1.NetworkPolicySpecArgs{
		PodSelector: everyPod,
		PolicyTypes: pulumi.ToStringArray([]string{"Ingress", "Egress"}),
		Ingress:     networkingv1.NetworkPolicyIngressRuleArray{networkingv1.NetworkPolicyIngressRuleArgs{From: inside}},
		Egress:      networkingv1.NetworkPolicyEgressRuleArray{networkingv1.NetworkPolicyEgressRuleArgs{To: inside}},
	}
}

func labelled(key, value string) metav1.LabelSelectorArgs {
	return metav1.LabelSelectorArgs{MatchLabels: pulumi.StringMap{key: pulumi.String(value)}}
}
