package mesh

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// rules are the cluster's NetworkPolicies, and what they may go by.
type rules struct {
	policies   map[string]map[string]*networkingv1.NetworkPolicy // by namespace and name
	namespaces map[string]map[string]string                      // labels, by name
}

type direction = networkingv1.PolicyType

// peer is one end of a connection: a pod, or an address that is no pod's.
type peer struct {
	pod     *corev1.Pod
	address netip.Addr
}

func (p peer) String() string {
	if p.pod == nil {
		return p.address.String()
	}
	return p.pod.Namespace + "/" + p.pod.Name
}

// denied is why there may be no connection to a port of a pod: policies that select the caller must let it out, those that select
// the pod must let it in. Where none selects, all may.
func (r rules) denied(from peer, to *corev1.Pod, port int32) error {
	for _, way := range []direction{networkingv1.PolicyTypeEgress, networkingv1.PolicyTypeIngress} {
		if by := r.closed(from, to, port, way); len(by) > 0 {
			return fmt.Errorf("%s may not call %s on port %d: no %s rule lets it of NetworkPolicy %s: %w", from, peer{pod: to}, port,
				strings.ToLower(string(way)), strings.Join(slices.Sorted(slices.Values(by)), ", "), ErrDenied)
		}
	}
	return nil
}

// closed names the policies of a direction that are in the way; none = it is open.
func (r rules) closed(from peer, to *corev1.Pod, port int32, way direction) (by []string) {
	subject, other := to, from
	if way == networkingv1.PolicyTypeEgress {
		subject, other = from.pod, peer{pod: to}
	}
	if subject == nil {
		return nil
	}
	for _, p := range r.policies[subject.Namespace] {
		if !directs(p, way) || !selects(&p.Spec.PodSelector, subject.Labels) {
			continue
		}
		if r.opens(p, way, other, to, port) {
			return nil
		}
		by = append(by, p.Namespace+"/"+p.Name)
	}
	return by
}

// directs tells whether a policy is about a direction: ingress unless it says otherwise, egress if it says so or has such rules.
func directs(p *networkingv1.NetworkPolicy, way direction) bool {
	for _, t := range p.Spec.PolicyTypes {
		if t == way {
			return true
		}
	}
	return len(p.Spec.PolicyTypes) == 0 && (way == networkingv1.PolicyTypeIngress || len(p.Spec.Egress) > 0)
}

// opens tells whether one of the policy's rules lets the connection.
func (r rules) opens(p *networkingv1.NetworkPolicy, way direction, other peer, to *corev1.Pod, port int32) bool {
	if way == networkingv1.PolicyTypeEgress {
		for _, rule := range p.Spec.Egress {
			if r.among(rule.To, p.Namespace, other) && through(rule.Ports, to, port) {
				return true
			}
		}
		return false
	}
	for _, rule := range p.Spec.Ingress {
		if r.among(rule.From, p.Namespace, other) && through(rule.Ports, to, port) {
			return true
		}
	}
	return false
}

// among tells whether somebody is one of those; none are all. Blocks of addresses are never pods: those that pods have here are not
// AWS's.
func (r rules) among(peers []networkingv1.NetworkPolicyPeer, namespace string, who peer) bool {
	for _, p := range peers {
		if who.pod == nil {
			if p.IPBlock != nil && within(p.IPBlock, who.address) {
				return true
			}
			continue
		}
		there := p.IPBlock == nil && who.pod.Namespace == namespace
		if p.NamespaceSelector != nil {
			there = selects(p.NamespaceSelector, r.namespaces[who.pod.Namespace])
		}
		if there && (p.PodSelector == nil || selects(p.PodSelector, who.pod.Labels)) {
			return true
		}
	}
	return len(peers) == 0
}

// within is false for a block that is not understood: the apiserver lets none in.
func within(b *networkingv1.IPBlock, address netip.Addr) bool {
	holds := func(block string) bool {
		p, err := netip.ParsePrefix(block)
		return err == nil && p.Contains(address)
	}
	return holds(b.CIDR) && !slices.ContainsFunc(b.Except, holds)
}

// through tells whether a port of the pod that is called is one of those; no ports are all.
func through(ports []networkingv1.NetworkPolicyPort, to *corev1.Pod, port int32) bool {
	for _, p := range ports {
		switch {
		case p.Protocol != nil && *p.Protocol != corev1.ProtocolTCP:
		case p.Port == nil:
			return true
		case p.Port.Type == intstr.String:
			if named(to, p.Port.StrVal) == port {
				return true
			}
		case p.EndPort != nil && p.Port.IntVal <= port && port <= *p.EndPort, p.Port.IntVal == port:
			return true
		}
	}
	return len(ports) == 0
}

// named is the port to which a pod gives a name; 0 = none.
func named(pod *corev1.Pod, name string) int32 {
	for _, c := range pod.Spec.Containers {
		for _, p := range c.Ports {
			if p.Name == name {
				return p.ContainerPort
			}
		}
	}
	return 0
}

// selects is false for a selector that is not understood: the apiserver lets none in.
func selects(s *metav1.LabelSelector, of map[string]string) bool {
	selector, err := metav1.LabelSelectorAsSelector(s)
	return err == nil && selector.Matches(labels.Set(of))
}
