package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/kubernetes"
)

// balancerPatience is how long a load balancer may take: AWS makes one in two minutes, and the Ingress of a further service joins it in
// seconds.
const balancerPatience = 4 * time.Minute

// heeded is how long after a change of an Ingress its controller has looked at it: what it then has not refused, it has taken.
const heeded = 5 * time.Second

// Change is when an Ingress was made or changed: not before Began, and not after Done.
type Change struct{ Began, Done time.Time }

// Exposed blocks until an Ingress has a load balancer, and returns under which name that is found. If there is none in time, or the
// controller refuses the change, the error has what the controller says of it.
func Exposed(ctx context.Context, client kubernetes.Interface, namespace, ingress string, change Change, say func(string)) (string, error) {
	where := namespace + "/" + ingress
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for start, said := time.Now(), false; ; {
		i, err := client.NetworkingV1().Ingresses(namespace).Get(ctx, ingress, metav1.GetOptions{})
		switch {
		case err == nil && len(i.Status.LoadBalancer.Ingress) > 0:
			verdict := change.verdict(ctx, client, namespace, ingress)
			if verdict == nil && time.Since(change.Done) < heeded {
				break
			}
			if verdict != nil && verdict.Type == corev1.EventTypeWarning {
				return "", fmt.Errorf("%s: its pods serve, but its load balancer still does as before:\n  %s\n%s", where, worded(*verdict), askPlatform)
			}
			at := i.Status.LoadBalancer.Ingress[0]
			return at.Hostname + at.IP, nil // one of the two is there
		case Final(err), time.Since(start) >= balancerPatience:
			return "", unexposed(ctx, client, namespace, ingress, err)
		case !said:
			say(where + ": waiting for its load balancer")
			said = true
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%s: load balancer: %w", where, context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// unexposed explains why there is no load balancer; cause is that the Ingress cannot even be read, nil = it can.
func unexposed(ctx context.Context, client kubernetes.Interface, namespace, ingress string, cause error) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s: its pods serve, but nobody outside of the cluster reaches them: ", namespace, ingress)
	if cause != nil {
		return fmt.Errorf("%s%w", b.String(), cause)
	}
	fmt.Fprintf(&b, "its Ingress has no load balancer after %v", balancerPatience)
	events, err := eventsOf(ctx, client, namespace, ingress)
	if err != nil {
		fmt.Fprintf(&b, "\n  its events cannot be read: %v", err)
	}
	warned := false
	for _, e := range events {
		if e.Type == corev1.EventTypeWarning {
			b.WriteString("\n  " + worded(e))
			warned = true
		}
	}
	if !warned && err == nil {
		b.WriteString("\n  the controller has said nothing of it")
	}
	b.WriteString("\n" + askPlatform)
	return errors.New(b.String())
}

const askPlatform = "what to do: ask whoever runs the platform: load balancers are its AWS Load Balancer Controller's to make; " +
	"or mend expose in service.yaml"

// verdict is what the controller has said last of a changed Ingress; nil = nothing yet that counts. A warning may be of before, if the
// controller has not looked since.
func (c Change) verdict(ctx context.Context, client kubernetes.Interface, namespace, ingress string) *corev1.Event {
	events, _ := eventsOf(ctx, client, namespace, ingress) // those that cannot be read say nothing
	if len(events) == 0 {
		return nil
	}
	last := &events[len(events)-1]
	counts := c.Done // from when on; events know no less than seconds
	if time.Since(c.Done) >= heeded {
		counts = c.Began
	} else if last.Type == corev1.EventTypeWarning {
		return nil
	}
	if when(last).Before(counts.Truncate(time.Second)) {
		return nil
	}
	return last
}

// eventsOf are an Ingress's, the oldest first.
func eventsOf(ctx context.Context, client kubernetes.Interface, namespace, ingress string) ([]corev1.Event, error) {
	of := fields.Set{"involvedObject.kind": "Ingress", "involvedObject.name": ingress}.AsSelector().String()
	list, err := client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: of})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list.Items, func(x, y corev1.Event) int { return when(&x).Compare(when(&y)) })
	return slices.DeleteFunc(list.Items, func(e corev1.Event) bool { return e.InvolvedObject.Name != ingress }), nil
}

func worded(e corev1.Event) string {
	return e.Reason + ": " + short(strings.Join(strings.Fields(e.Message), " "))
}
