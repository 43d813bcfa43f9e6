package verify

import (
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	systemPods = "/api/v1/namespaces/kube-system/pods"
	deployment = "/apis/apps/v1/namespaces/kube-system/deployments/cluster-autoscaler"

	// calm is how long a container must have run since it last crashed.
	calm = time.Minute
)

// autoscaler wants all its pods to run, and not to have crashed just now.
func (c *cluster) autoscaler(ctx context.Context) outcome {
	var d appsv1.Deployment
	err := c.get(ctx, deployment, &d)
	if apierrors.IsNotFound(err) {
		return failed("there is no Deployment cluster-autoscaler in kube-system: no node will come or go; `pulumi up` makes it")
	}
	if err != nil {
		return trouble(err, "Deployment cluster-autoscaler")
	}
	want := int32(1)
	if d.Spec.Replicas != nil {
		want = *d.Spec.Replicas
	}
	if want == 0 {
		return failed("somebody scaled the Deployment cluster-autoscaler to 0: no node will come or go; `pulumi up` sets it back")
	}
	pods, err := c.podsOf(ctx, &d)
	if err != nil {
		return trouble(err, "pods of cluster-autoscaler")
	}
	o := c.running(&d, want, pods)
	o.more = func(ctx context.Context) string { return c.lastWords(ctx, pods) }
	return o
}

// idle says that nothing will write a status: the check of the Deployment tells why.
func (c *cluster) idle(ctx context.Context) bool {
	var d appsv1.Deployment
	err := c.get(ctx, deployment, &d)
	return apierrors.IsNotFound(err) || err == nil && d.Spec.Replicas != nil && *d.Spec.Replicas == 0
}

func (c *cluster) running(d *appsv1.Deployment, want int32, pods []corev1.Pod) outcome {
	restarts := int32(0)
	var crashed []string
	for _, pod := range pods {
		for _, s := range pod.Status.ContainerStatuses {
			restarts += s.RestartCount
			last := s.LastTerminationState.Terminated
			switch {
			case s.State.Waiting != nil:
				crashed = append(crashed, fmt.Sprintf("%s waits: %s: %s", pod.Name, s.State.Waiting.Reason, s.State.Waiting.Message))
			case last != nil && last.ExitCode != 0 && c.now().Sub(last.FinishedAt.Time) < calm:
				crashed = append(crashed, fmt.Sprintf("%s ended with code %d %s ago", pod.Name, last.ExitCode,
					c.now().Sub(last.FinishedAt.Time).Round(time.Second)))
			}
		}
	}
	switch {
	case d.Status.ObservedGeneration < d.Generation:
		return wait("its last change has not begun to roll out")
	case d.Status.UpdatedReplicas < want || d.Status.AvailableReplicas < want || d.Status.Replicas > want:
		return wait("%d of %d pods are available, %d of the new version%s", d.Status.AvailableReplicas, want, d.Status.UpdatedReplicas,
			conditions(d, crashed))
	case len(crashed) > 0:
		return wait("%s", strings.Join(crashed, "; "))
	}
	return ok("%d of %d pods available, %d restarts", d.Status.AvailableReplicas, want, restarts)
}

// conditions says what the Deployment and its pods complain of.
func conditions(d *appsv1.Deployment, crashed []string) string {
	var said []string
	for _, cond := range d.Status.Conditions {
		bad := cond.Type == appsv1.DeploymentReplicaFailure && cond.Status == corev1.ConditionTrue ||
			cond.Type != appsv1.DeploymentReplicaFailure && cond.Status == corev1.ConditionFalse
		if bad {
			said = append(said, fmt.Sprintf("%s: %s", cond.Reason, cond.Message))
		}
	}
	if said = append(said, crashed...); len(said) == 0 {
		return ""
	}
	return ": " + strings.Join(said, "; ")
}

func (c *cluster) podsOf(ctx context.Context, d *appsv1.Deployment) ([]corev1.Pod, error) {
	var list corev1.PodList
	selector := metav1.FormatLabelSelector(d.Spec.Selector)
	err := c.get(ctx, systemPods+"?labelSelector="+escape(selector), &list)
	return list.Items, err
}

// lastWords are the last lines of the pods' logs: of the run before where there was one, for it is the one that ended.
func (c *cluster) lastWords(ctx context.Context, pods []corev1.Pod) string {
	var out strings.Builder
	for _, pod := range pods {
		previous := ""
		for _, s := range pod.Status.ContainerStatuses {
			if s.RestartCount > 0 {
				previous = "&previous=true"
			}
		}
		var text string
		if err := c.get(ctx, systemPods+"/"+pod.Name+"/log?tailLines=8&limitBytes=8000"+previous, &text); err != nil {
			text = fmt.Sprintf("no log: %v", err)
		}
		fmt.Fprintf(&out, "\n  %s:", pod.Name)
		for line := range strings.Lines(strings.TrimSpace(text)) {
			out.WriteString("\n    " + strings.TrimRight(line, "\n"))
		}
	}
	return out.String()
}
