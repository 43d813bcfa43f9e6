package plane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"paddock/sandbox/machine"
)

const (
	fakeNode = "kwok.x-k8s.io/node" // KWOK plays the kubelet of nodes with this annotation
	// ours remembers which labels and taints came from machine.Node, so that the next update can take them back and
	// leave those of others alone.
	ours = "sandbox.paddock/managed"
	// kubeletAddress is the type of the node address under which apiserver and metrics-server reach KWOK. The usual
	// InternalIP is the instance's address in its subnet, which leads nowhere here.
	kubeletAddress = "ExternalDNS"

	nodeReadyWithin = time.Minute
)

// managed is the content of the annotation.
type managed struct {
	Labels []string        `json:"labels"`
	Taints []machine.Taint `json:"taints"`
}

// EnsureNode implements machine.Machine: it returns when the node is Ready and pods may be scheduled to it.
func (p *Plane) EnsureNode(ctx context.Context, name string, n machine.Node) error {
	c, k, err := p.running(name)
	if err != nil {
		return err
	}
	c.mu.Lock()
	port := c.state.Ports.Kubelet
	c.mu.Unlock()
	ctx, done := p.bound(ctx)
	defer done()
	want := nodeObject(n, port)
	if err := ensureNode(ctx, k, want); err != nil {
		return fmt.Errorf("cluster %s: node %s: %w", name, n.Name, err)
	}
	if err := awaitNode(ctx, k, n.Name); err != nil {
		return fmt.Errorf("cluster %s: node %s: %w", name, n.Name, err)
	}
	return nil
}

// DeleteNode implements machine.Machine; an unknown cluster or node is no error.
func (p *Plane) DeleteNode(ctx context.Context, name, node string) error {
	c, k, err := p.running(name)
	if err != nil {
		if p.known(name) {
			return err
		}
		return nil // nodes live and die with their cluster
	}
	if run := c.runner(); run != nil {
		run.NodeGone(node)
	}
	if err := k.remove(ctx, "Node", "", node); err != nil {
		return fmt.Errorf("cluster %s: %w", name, err)
	}
	return nil
}

// ensureNode creates the node; of one that is there it updates what the instance and its group decide.
func ensureNode(ctx context.Context, k *kube, want *corev1.Node) error {
	u, err := generic(want)
	if err != nil {
		return err
	}
	status, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&want.Status)
	if err != nil {
		return err
	}
	u.Object["status"] = status // a kubelet, too, registers its node with a status
	_, err = k.of("Node", "").Create(ctx, u, metav1.CreateOptions{FieldManager: manager})
	if err == nil || !apierrors.IsAlreadyExists(err) {
		return err
	}
	for range 5 { // the patch is refused when somebody, such as a controller, was faster
		var have corev1.Node
		found, err := k.get(ctx, "Node", "", want.Name, &have)
		if err != nil {
			return err
		}
		if !found {
			return errors.New("vanished while it was updated")
		}
		err = k.patch(ctx, "Node", want.Name, merged(&have, want))
		if err == nil {
			break
		}
		if !apierrors.IsConflict(err) {
			return err
		}
	}
	delete(status, "conditions") // KWOK's
	return k.patch(ctx, "Node", want.Name, object{"status": status}, "status")
}

// merged is the patch that brings labels, annotations and taints in line and keeps those that others have set.
func merged(have, want *corev1.Node) object {
	var before managed
	_ = json.Unmarshal([]byte(have.Annotations[ours]), &before) // unreadable means nothing to take back
	labels := object{}
	for _, key := range before.Labels {
		labels[key] = nil
	}
	for key, value := range want.Labels {
		labels[key] = value
	}
	taints := slices.Clone(want.Spec.Taints)
	for _, t := range have.Spec.Taints {
		mine := slices.ContainsFunc(before.Taints, func(b machine.Taint) bool { return b.Key == t.Key && b.Effect == string(t.Effect) })
		again := slices.ContainsFunc(taints, func(w corev1.Taint) bool { return w.MatchTaint(&t) })
		if !mine && !again {
			taints = append(taints, t)
		}
	}
	return object{
		"metadata": object{"labels": labels, "annotations": want.Annotations, "resourceVersion": have.ResourceVersion},
		"spec":     object{"taints": taints},
	}
}

// awaitNode waits for the node to be Ready and for the controllers to have taken their own taints off it.
func awaitNode(ctx context.Context, k *kube, name string) error {
	return until(ctx, nodeReadyWithin, func(ctx context.Context) error {
		var n corev1.Node
		found, err := k.get(ctx, "Node", "", name, &n)
		if err != nil {
			return err
		}
		if !found {
			return errors.New("deleted")
		}
		if !nodeReady(&n) {
			return errors.New("not Ready")
		}
		for _, t := range n.Spec.Taints {
			if t.Key == corev1.TaintNodeNotReady || t.Key == corev1.TaintNodeUnreachable {
				return fmt.Errorf("still has the taint %s", t.Key)
			}
		}
		return nil
	})
}

func nodeReady(n *corev1.Node) bool {
	return slices.ContainsFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
	})
}

// lastAnswer is how long a question that was asked in time may take beyond it: cut off at once, it would only complain
// about the time.
const lastAnswer = 5 * time.Second

// until asks again and again until f has no complaint, and gives back its last one when time is up.
func until(ctx context.Context, within time.Duration, f func(context.Context) error) error {
	asking, end := context.WithTimeout(ctx, within+lastAnswer)
	defer end()
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("gave up after %s", within))
	defer cancel()
	tick := time.NewTicker(150 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		err := f(asking)
		if err == nil {
			return nil
		}
		if last == nil || ctx.Err() == nil { // otherwise err may only repeat that time is up
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), last)
		case <-tick.C:
		}
	}
}
