package mesh

import (
	"fmt"
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

// denied is why a pod may not connect to a port of another: policies that select the caller must let it out, those that select the
// other must let it in. Where none selects, all may.
func (r rules) denied(from, to *corev1.Pod, port int32) error {
	for _, direction := range []networkingv1.PolicyType{networkingv1.PolicyTypeEgress, networkingv1.PolicyTypeIngress} {
		if by := r.closed(from, to, port, direction); len(by) > 0 {
			return fmt.Errorf("%s/%s may not call %s/%s on port %d: no %s rule lets it of NetworkPolicy %s: %w", from.Namespace, from.Name,
				to.Namespace, to.Name, port, strings.ToLower(string(direction)), strings.Join(slices.Sorted(slices.Values(by)), ", "), ErrDenied)
		}
	}
	return nil
}

// closed names the policies of a direction that are in the way; none = it is open.
func (r rules) closed(from, to *corev1.Pod, port int32, direction networkingv1.PolicyType) (by []string) {
	subject, other := to, from
	if direction == networkingv1.PolicyTypeEgress {
		subject, other = from, to
	}
	for _, p := range r.policies[subject.Namespace] {
		if !directs(p, direction) || !selects(&p.Spec.PodSelector, subject.Labels) {
			continue
		}
		if r.opens(p, direction, other, to, port) {
			return nil
		}
		by = append(by, p.Namespace+"/"+p.Name)
	}
	return by
}

// directs tells whether a policy is about a direction: ingress unless it says otherwise, egress only if it says so or has such rules.
func directs(p *networkingv1.NetworkPolicy, direction networkingv1.PolicyType) bool {
	for _, t := range p.Spec.PolicyTypes {
		if t == direction {
			return true
		}
	}
	return len(p.Spec.PolicyTypes) == 0 && (direction == networkingv1.PolicyTypeIngress || len(p.Spec.Egress) > 0)
}

// opens tells whether one of the policy's rules lets the connection.
func (r rules) opens(p *networkingv1.NetworkPolicy, direction networkingv1.PolicyType, other, to *corev1.Pod, port int32) bool {
	if direction == networkingv1.PolicyTypeEgress {
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

// among tells whether a pod is one of the peers; no peers are all. Blocks of addresses are never pods: those that pods have here are
// not AWS's.
func (r rules) among(peers []networkingv1.NetworkPolicyPeer, namespace string, pod *corev1.Pod) bool {
	for _, peer := range peers {
		if peer.IPBlock != nil {
			continue
		}
		there := pod.Namespace == namespace
		if peer.NamespaceSelector != nil {
			there = selects(peer.NamespaceSelector, r.namespaces[pod.Namespace])
		}
		if there && (peer.PodSelector == nil || selects(peer.PodSelector, pod.Labels)) {
			return true
		}
	}
	return len(peers) == 0
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
