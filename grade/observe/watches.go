package observe

import (
	"context"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"paddock/grade/kube"
	"paddock/grade/ledger"
)

// pod and node are what is kept of a pod and a node.
type pod struct {
	ready, refused bool
	node           string
}

type node struct {
	ready    bool
	instance string
}

func podOf(p corev1.Pod) pod {
	going := p.DeletionTimestamp != nil
	return pod{
		ready: !going && condition(p.Status.Conditions, corev1.PodReady) == corev1.ConditionTrue,
		// A pod for which others are being pushed away has its place already.
		refused: !going && p.Status.NominatedNodeName == "" && refused(p.Status.Conditions),
		node:    p.Spec.NodeName,
	}
}

func condition(list []corev1.PodCondition, kind corev1.PodConditionType) corev1.ConditionStatus {
	for _, c := range list {
		if c.Type == kind {
			return c.Status
		}
	}
	return corev1.ConditionUnknown
}

func refused(list []corev1.PodCondition) bool {
	for _, c := range list {
		if c.Type == corev1.PodScheduled {
			return c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable
		}
	}
	return false
}

func nodeOf(n corev1.Node) node {
	out := node{instance: n.Spec.ProviderID[strings.LastIndex(n.Spec.ProviderID, "/")+1:]}
	for _, c := range n.Status.Conditions {
		out.ready = out.ready || c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
	}
	return out
}

// watchPods follows the workload's pods.
func (o *Observer) watchPods(ctx context.Context) {
	kube.Follow(ctx, o.api, o.subject.path("/api/v1", "pods"), o.subject.pods(), kube.Handler[corev1.Pod]{
		Replace: func(items []corev1.Pod) {
			there := map[string]bool{}
			for _, p := range items {
				there[p.Name] = true
				o.setPod(p.Name, podOf(p), false)
			}
			for _, name := range o.podNames() {
				if !there[name] {
					o.setPod(name, pod{}, true)
				}
			}
		},
		Change: func(p corev1.Pod, deleted bool) { o.setPod(p.Name, podOf(p), deleted) },
		Failed: func(err error) { o.answers(sourcePods, err) },
	})
}

func (o *Observer) podNames() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []string
	for name := range o.pods {
		out = append(out, name)
	}
	return out
}

func (o *Observer) setPod(name string, now pod, deleted bool) {
	o.mu.Lock()
	before, at := o.pods[name], time.Now()
	if deleted {
		now = pod{node: before.node}
		delete(o.pods, name)
	} else {
		o.pods[name] = now
	}
	if now.refused && !before.refused {
		o.note(at, ledger.Event{Kind: ledger.Unschedulable, Name: name})
	}
	if now.ready != before.ready {
		e := ledger.Event{Kind: ledger.Ready, Value: float64(o.readyLocked())}
		if now.ready {
			e.On = now.node
		}
		o.note(at, e)
	}
	o.mu.Unlock()
	if now.ready != before.ready {
		select {
		case o.changed <- struct{}{}:
		default:
		}
	}
}

func (o *Observer) readyLocked() int {
	n := 0
	for _, p := range o.pods {
		if p.ready {
			n++
		}
	}
	return n
}

// watchNodes follows all nodes.
func (o *Observer) watchNodes(ctx context.Context) {
	set := func(n corev1.Node, deleted bool) {
		o.mu.Lock()
		defer o.mu.Unlock()
		before, now := o.nodes[n.Name], nodeOf(n)
		if deleted {
			delete(o.nodes, n.Name)
			return
		}
		o.nodes[n.Name] = now
		if now.ready && !before.ready {
			o.note(time.Now(), ledger.Event{Kind: ledger.NodeUp, Name: n.Name, On: now.instance})
		}
	}
	kube.Follow(ctx, o.api, "/api/v1/nodes", "", kube.Handler[corev1.Node]{
		Replace: func(items []corev1.Node) {
			there := map[string]bool{}
			for _, n := range items {
				there[n.Name] = true
				set(n, false)
			}
			o.mu.Lock()
			defer o.mu.Unlock()
			for name := range o.nodes {
				if !there[name] {
					delete(o.nodes, name)
				}
			}
		},
		Change: set,
		Failed: func(err error) { o.answers(sourceNodes, err) },
	})
}

// watchDeployment follows how many pods are wanted: the HPA writes it.
func (o *Observer) watchDeployment(ctx context.Context) {
	set := func(d appsv1.Deployment, deleted bool) {
		if d.Name != o.subject.Name || d.Spec.Replicas == nil || deleted {
			return
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		if n := int(*d.Spec.Replicas); n != o.desired {
			o.desired = n
			o.note(time.Now(), ledger.Event{Kind: ledger.Desired, Value: float64(n)})
		}
	}
	kube.Follow(ctx, o.api, o.subject.path("/apis/apps/v1", "deployments"), "fieldSelector=metadata.name%3D"+o.subject.Name, kube.Handler[appsv1.Deployment]{
		Replace: func(items []appsv1.Deployment) {
			for _, d := range items {
				set(d, false)
			}
		},
		Change: set,
		Failed: func(err error) { o.answers(sourceDeployment, err) },
	})
}

// watchEvents follows what the autoscaler tells of pods: where the audit of the local cloud is not to be had, that is when it
// asked for nodes.
func (o *Observer) watchEvents(ctx context.Context) {
	kube.Follow(ctx, o.api, o.subject.path("/api/v1", "events"), "fieldSelector=reason%3DTriggeredScaleUp", kube.Handler[corev1.Event]{
		Replace: func([]corev1.Event) {},
		Change: func(e corev1.Event, deleted bool) {
			if deleted || e.Reason != "TriggeredScaleUp" {
				return
			}
			o.mu.Lock()
			defer o.mu.Unlock()
			o.note(time.Now(), ledger.Event{Kind: ledger.Call, Name: "event " + e.InvolvedObject.Name})
		},
		Failed: func(err error) { o.answers(sourceEvents, err) },
	})
}
