package run

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"paddock/grade/trace"
	"paddock/grade/workload"
)

// API is what a run asks of the cluster besides its watches.
type API interface {
	workload.API
	Merge(ctx context.Context, path string, in any) error
}

// Survey is the cluster without the workload: what a node offers, and what the cluster needs for itself.
type Survey struct {
	Node     trace.Node
	Headroom room              // held by pods that give way
	Loads    map[string]int    // pods by node that neither belong to every node nor give way
	Instance map[string]string // by node

	marked map[string][]corev1.Taint // nodes that the autoscaler thought of ending, and their other taints
}

// candidate is the taint by which the autoscaler asks the scheduler to prefer other nodes. It stays for as long as the autoscaler
// rests after it has added nodes.
const candidate = "DeletionCandidateOfClusterAutoscaler"

// room is an amount of CPU, memory and pods.
type room struct{ Milli, Mi, Pods int64 }

func (r *room) add(p corev1.Pod) {
	r.Pods++
	for _, c := range p.Spec.Containers {
		r.Milli += c.Resources.Requests.Cpu().MilliValue()
		r.Mi += c.Resources.Requests.Memory().Value() >> 20
	}
}

// Look surveys the cluster. The workload's pods are none of its base: grade's own, and those of a service that is graded.
func Look(ctx context.Context, api API, of *Service) (Survey, error) {
	var nodes struct{ Items []corev1.Node }
	var pods struct{ Items []corev1.Pod }
	if err := api.Get(ctx, "/api/v1/nodes", &nodes); err != nil {
		return Survey{}, fmt.Errorf("survey: %w", err)
	}
	if err := api.Get(ctx, "/api/v1/pods", &pods); err != nil {
		return Survey{}, fmt.Errorf("survey: %w", err)
	}
	return survey(nodes.Items, slices.DeleteFunc(pods.Items, of.Has))
}

func survey(nodes []corev1.Node, pods []corev1.Pod) (Survey, error) {
	s := Survey{Loads: map[string]int{}, Instance: map[string]string{}, marked: map[string][]corev1.Taint{}}
	system, base := map[string]*room{}, room{}
	for _, n := range nodes {
		if !slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool { return t.Effect == corev1.TaintEffectNoSchedule }) {
			system[n.Name] = &room{}
		}
		isMark := func(t corev1.Taint) bool { return t.Key == candidate }
		if slices.ContainsFunc(n.Spec.Taints, isMark) {
			s.marked[n.Name] = slices.DeleteFunc(slices.Clone(n.Spec.Taints), isMark)
		}
		s.Instance[n.Name] = n.Spec.ProviderID[strings.LastIndex(n.Spec.ProviderID, "/")+1:]
	}
	for _, p := range pods {
		switch {
		case p.Namespace == workload.Namespace || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed:
		case everywhere(p):
			if r := system[p.Spec.NodeName]; r != nil {
				r.add(p)
			}
		case gives(p):
			s.Headroom.add(p)
		default:
			base.add(p)
			s.Loads[p.Spec.NodeName]++
		}
	}
	var err error
	s.Node, err = smallest(nodes, system)
	s.Node.BaseMilli, s.Node.BaseMi, s.Node.BasePods = base.Milli, base.Mi, int(base.Pods)
	return s, err
}

// smallest is what the node offers that has the least CPU to spare beside what every node has; system are the nodes that take pods
// without a toleration.
func smallest(nodes []corev1.Node, system map[string]*room) (trace.Node, error) {
	least := trace.Node{CPUMilli: math.MaxInt64}
	for _, n := range nodes {
		r := system[n.Name]
		if r == nil {
			continue
		}
		if cpu := n.Status.Allocatable.Cpu().MilliValue() - r.Milli; cpu < least.CPUMilli {
			least = trace.Node{
				CPUMilli: cpu, MemoryMi: n.Status.Allocatable.Memory().Value()>>20 - r.Mi,
				Pods: int(n.Status.Allocatable.Pods().Value() - r.Pods), Type: n.Labels[corev1.LabelInstanceTypeStable],
			}
		}
	}
	if least.CPUMilli == math.MaxInt64 {
		return least, fmt.Errorf("survey: none of %d nodes takes pods without a toleration", len(nodes))
	}
	least.Dollars = prices[least.Type]
	return least, nil
}

// everywhere tells whether a pod is one of those that every node has.
func everywhere(p corev1.Pod) bool {
	for _, o := range p.OwnerReferences {
		if o.Kind == "DaemonSet" || o.Kind == "Node" {
			return true
		}
	}
	return false
}

// gives tells whether a pod gives way to any other: it holds room in reserve.
func gives(p corev1.Pod) bool { return p.Spec.Priority != nil && *p.Spec.Priority < 0 }

// Fits is how many pods of a size an empty node takes.
func (s Survey) Fits(milli, mi int64) int {
	return int(min(s.Node.CPUMilli/max(milli, 1), s.Node.MemoryMi/max(mi, 1), int64(s.Node.Pods)))
}

// prices are list prices of an hour in us-west-2, in dollars; a type that is not here is graded without money.
var prices = map[string]float64{
	"m5.large": 0.096, "m5.xlarge": 0.192, "m5.2xlarge": 0.384, "m6i.large": 0.096, "m6i.xlarge": 0.192,
}
