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

// Exposed blocks until an Ingress has a load balancer, and returns under which name that is found. If there is none in time, the error
// has what the controller says of it.
func Exposed(ctx context.Context, client kubernetes.Interface, namespace, ingress string, say func(string)) (string, error) {
	where := namespace + "/" + ingress
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for start, said := time.Now(), false; ; {
		i, err := client.NetworkingV1().Ingresses(namespace).Get(ctx, ingress, metav1.GetOptions{})
		switch {
		case err == nil && len(i.Status.LoadBalancer.Ingress) > 0:
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
	of := fields.Set{"involvedObject.kind": "Ingress", "involvedObject.name": ingress}.AsSelector().String()
	list, err := client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: of})
	if err != nil {
		fmt.Fprintf(&b, "\n  its events cannot be read: %v", err)
		list = &corev1.EventList{}
	}
	slices.SortStableFunc(list.Items, func(x, y corev1.Event) int { return when(&x).Compare(when(&y)) })
	warned := false
	for _, e := range list.Items {
		if e.Type == corev1.EventTypeWarning && e.InvolvedObject.Name == ingress {
			fmt.Fprintf(&b, "\n  %s: %s", e.Reason, short(strings.Join(strings.Fields(e.Message), " ")))
			warned = true
		}
	}
	if !warned && err == nil {
		b.WriteString("\n  the controller has said nothing of it")
	}
	b.WriteString("\nwhat to do: ask whoever runs the platform: load balancers are its AWS Load Balancer Controller's to make; " +
		"or mend expose in service.yaml")
	return errors.New(b.String())
}
