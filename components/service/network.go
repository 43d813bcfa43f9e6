package service

import (
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/labels"
	"paddock/servicefile"
)

// identityAgent is where pods get their role's credentials, on their own node.
const identityAgent = "169.254.170.23/32"

// policy opens what the file lists, in both directions, and nothing else. DNS and the namespace itself are open by the team's
// fence; policies add up.
func (b *builder) policy(ctx *pulumi.Context) error {
	made, err := networkingv1.NewNetworkPolicy(ctx, b.name+"-network", &networkingv1.NetworkPolicyArgs{
		Metadata: b.metadata(nil),
		Spec: networkingv1.NetworkPolicySpecArgs{
			PodSelector: metav1.LabelSelectorArgs{MatchLabels: b.selector()},
			PolicyTypes: pulumi.ToStringArray([]string{"Ingress", "Egress"}),
			Ingress:     b.callers(),
			Egress:      b.callees(),
		},
	}, b.opts...)
	b.before = append(b.before, made)
	return err
}

// callers are whoever may call. They may at any port: by number, the version that still serves would be closed by a release that
// changes the port; by name, EKS's controller would look for the number in the caller's pod
// (aws/amazon-network-policy-controller-k8s#81).
func (b *builder) callers() networkingv1.NetworkPolicyIngressRuleArray {
	var from networkingv1.NetworkPolicyPeerArray
	for _, p := range b.File.Allowed() {
		from = append(from, pods(p))
	}
	if b.File.Exposed() {
		for _, source := range b.Ingress.SourceBlocks {
			from = append(from, block(source, nil))
		}
	}
	if len(from) == 0 {
		return nil // a rule without a peer would let in everybody
	}
	return networkingv1.NetworkPolicyIngressRuleArray{networkingv1.NetworkPolicyIngressRuleArgs{From: from}}
}

// callees are whoever may be called. A service may at any port: EKS judges what leaves before the Service's port becomes the
// container's, which only the callee knows; and the callee's own policy has it.
func (b *builder) callees() networkingv1.NetworkPolicyEgressRuleArray {
	var rules networkingv1.NetworkPolicyEgressRuleArray
	for _, p := range b.File.Callees() {
		if p.Service != "" {
			rules = append(rules, networkingv1.NetworkPolicyEgressRuleArgs{To: networkingv1.NetworkPolicyPeerArray{pods(p)}})
			continue
		}
		rules = append(rules, addresses(p))
	}
	if b.File.Role != "" {
		rules = append(rules, networkingv1.NetworkPolicyEgressRuleArgs{
			To:    networkingv1.NetworkPolicyPeerArray{block(identityAgent, nil)},
			Ports: tcp(80),
		})
	}
	return rules
}

func addresses(p servicefile.Peer) networkingv1.NetworkPolicyEgressRuleArgs {
	var except pulumi.StringArray
	for _, b := range p.Except {
		except = append(except, pulumi.String(b.String()))
	}
	var to networkingv1.NetworkPolicyPeerArray
	for _, b := range p.Blocks {
		to = append(to, block(b.String(), except))
	}
	return networkingv1.NetworkPolicyEgressRuleArgs{To: to, Ports: tcp(p.Port)}
}

func block(addresses string, except pulumi.StringArray) networkingv1.NetworkPolicyPeerArgs {
	return networkingv1.NetworkPolicyPeerArgs{IpBlock: networkingv1.IPBlockArgs{Cidr: pulumi.String(addresses), Except: except}}
}

// pods are a service's: both selectors in one peer, so that both must fit.
func pods(p servicefile.Peer) networkingv1.NetworkPolicyPeerArgs {
	return networkingv1.NetworkPolicyPeerArgs{
		NamespaceSelector: metav1.LabelSelectorArgs{MatchLabels: pulumi.StringMap{labels.Namespace: pulumi.String(p.Namespace)}},
		PodSelector:       metav1.LabelSelectorArgs{MatchLabels: pulumi.StringMap{labels.Name: pulumi.String(p.Service)}},
	}
}

func tcp(port int) networkingv1.NetworkPolicyPortArray {
	return networkingv1.NetworkPolicyPortArray{
		networkingv1.NetworkPolicyPortArgs{Protocol: pulumi.String("TCP"), Port: pulumi.Int(port)},
	}
}
