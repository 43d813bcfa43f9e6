package plane

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// existing names the Deployments among the objects that are in the cluster already.
func existing(ctx context.Context, k *kube, objects []any) (map[string]bool, error) {
	found := map[string]bool{}
	for _, obj := range objects {
		d, ok := obj.(*appsv1.Deployment)
		if !ok {
			continue
		}
		var have appsv1.Deployment
		is, err := k.get(ctx, "Deployment", d.Namespace, d.Name, &have)
		if err != nil {
			return nil, err
		}
		found[d.Name] = is
	}
	return found, nil
}

// awaitWorkloads waits until the pods of an add-on run. A Deployment that was there before is not waited for while the
// cluster has no nodes: to bring a cluster back whose groups are scaled to zero must not fail.
func awaitWorkloads(ctx context.Context, k *kube, objects []any, before map[string]bool, within time.Duration) error {
	nodes, err := listNodes(ctx, k)
	if err != nil {
		return err
	}
	for _, obj := range objects {
		switch o := obj.(type) {
		case *appsv1.DaemonSet:
			err = until(ctx, within, func(ctx context.Context) error { return daemonsRun(ctx, k, o) })
		case *appsv1.Deployment:
			if len(nodes) == 0 && before[o.Name] {
				continue
			}
			err = until(ctx, within, func(ctx context.Context) error { return replicasRun(ctx, k, o) })
		default:
			continue
		}
		if err != nil {
			return fmt.Errorf("DEGRADED: InsufficientNumberOfReplicas: The add-on is unhealthy because "+
				"it doesn't have the desired number of replicas: %w", err)
		}
	}
	return nil
}

func replicasRun(ctx context.Context, k *kube, want *appsv1.Deployment) error {
	var d appsv1.Deployment
	if found, err := k.get(ctx, "Deployment", want.Namespace, want.Name, &d); err != nil || !found {
		return fmt.Errorf("deployment %s: found %v: %w", want.Name, found, err)
	}
	replicas := int32(1)
	if d.Spec.Replicas != nil {
		replicas = *d.Spec.Replicas
	}
	s := d.Status
	rolled := s.UpdatedReplicas == replicas && s.Replicas == replicas && s.AvailableReplicas == replicas
	if rolled && s.ObservedGeneration >= d.Generation {
		return nil
	}
	why := whyPending(ctx, k, want.Namespace, d.Spec.Selector)
	return fmt.Errorf("deployment %s: %d of %d replicas are available%s", want.Name, s.AvailableReplicas, replicas, why)
}

func daemonsRun(ctx context.Context, k *kube, want *appsv1.DaemonSet) error {
	var d appsv1.DaemonSet
	if found, err := k.get(ctx, "DaemonSet", want.Namespace, want.Name, &d); err != nil || !found {
		return fmt.Errorf("daemon set %s: found %v: %w", want.Name, found, err)
	}
	s := d.Status
	rolled := s.UpdatedNumberScheduled == s.DesiredNumberScheduled && s.NumberAvailable == s.DesiredNumberScheduled
	if rolled && s.ObservedGeneration >= d.Generation {
		return nil
	}
	why := whyPending(ctx, k, want.Namespace, d.Spec.Selector)
	return fmt.Errorf("daemon set %s: %d of %d pods are available%s", want.Name, s.NumberAvailable, s.DesiredNumberScheduled, why)
}

// whyPending quotes the scheduler on one of the pods that it could not place; empty when there is none.
func whyPending(ctx context.Context, k *kube, namespace string, selector *metav1.LabelSelector) string {
	list, err := k.of("Pod", namespace).List(ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(selector)})
	if err != nil {
		return ""
	}
	for _, item := range list.Items {
		var pod corev1.Pod
		if runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &pod) != nil {
			continue
		}
		for _, cond := range pod.Status.Conditions {
			if cond.Type == corev1.PodScheduled && cond.Status == corev1.ConditionFalse {
				return ": " + cond.Message
			}
		}
	}
	return ""
}
