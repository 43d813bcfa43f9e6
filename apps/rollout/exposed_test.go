package rollout_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"paddock/apps/rollout"
)

// A load balancer is waited for; one that does not come is explained in its controller's words.
func TestExposed(t *testing.T) {
	meta := metav1.ObjectMeta{Name: "shop", Namespace: "frontend"}
	event := func(name, kind, reason string) *corev1.Event {
		return &corev1.Event{ObjectMeta: metav1.ObjectMeta{Name: name + reason, Namespace: "frontend"}, Type: kind, Reason: reason, Message: "no\n subnets",
			InvolvedObject: corev1.ObjectReference{Kind: "Ingress", Name: name}}
	}
	for _, c := range []struct {
		name    string
		after   time.Duration // when the load balancer comes; 0 = never
		objects int           // how many of those below there are
		want    string        // of the error; empty = none
		not     string
	}{
		{"it comes", 100 * time.Second, 4, "", ""},
		{"it does not come", 0, 4, "frontend/shop: its pods serve, but nobody outside of the cluster reaches them: its Ingress has no load balancer " +
			"after 4m0s\n  FailedDeployModel: no subnets\nwhat to do: ", "Other"},
		{"nothing is said of it", 0, 1, "\n  the controller has said nothing of it\n", "FailedDeployModel"},
		{"no Ingress", 0, 0, `reaches them: ingresses.networking.k8s.io "shop" not found`, "after"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := fake.NewClientset()
				ingress := &networkingv1.Ingress{ObjectMeta: meta}
				if c.objects > 0 {
					client = fake.NewClientset(ingress)
				}
				if c.objects > 1 {
					client = fake.NewClientset(ingress, event("shop", "Warning", "FailedDeployModel"), event("shop", "Normal", "OtherNormal"), event("till", "Warning", "OtherTill"))
				}
				if c.after > 0 {
					go func() {
						time.Sleep(c.after)
						there := ingress.DeepCopy()
						there.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{Hostname: "k8s-frontend.elb.amazonaws.com"}}
						_ = client.Tracker().Update(networkingv1.SchemeGroupVersion.WithResource("ingresses"), there, "frontend")
					}()
				}
				start, said := time.Now(), []string{}
				at, err := rollout.Exposed(t.Context(), client, "frontend", "shop", rollout.Change{Began: start, Done: start}, func(line string) { said = append(said, line) })
				switch {
				case c.want == "" && (err != nil || at != "k8s-frontend.elb.amazonaws.com" || time.Since(start) < c.after || len(said) != 1):
					t.Errorf("%s, %v after %v, said %q", at, err, time.Since(start), said)
				case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), c.not)):
					t.Errorf("got:\n%v\nwant:\n%s", err, c.want)
				}
			})
		})
	}
}

// A load balancer that is there already says nothing of what has changed: what the controller says of that counts.
func TestExposedBefore(t *testing.T) {
	for name, tc := range map[string]struct {
		said []string // by the controller, in turn: the kind of each event, and when, in seconds after the deploy began
		want string   // of the error; "" = none
	}{
		"nothing":                 {nil, ""},
		"taken":                   {[]string{"Normal 2"}, ""},
		"refused":                 {[]string{"Warning 2"}, "its pods serve, but its load balancer still does as before:\n  said: 0 conflicting\nwhat to do: "},
		"refused in the end":      {[]string{"Normal 0", "Warning 2"}, "said: 1 conflicting"},
		"taken in the end":        {[]string{"Warning 1", "Normal 4"}, ""},
		"refused before, not now": {[]string{"Warning -60"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ingress := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Name: "shop", Namespace: "frontend"}}
				ingress.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{Hostname: "k8s-frontend.elb.amazonaws.com"}}
				client, start := fake.NewClientset(ingress), time.Now()
				go func() {
					for i, said := range tc.said {
						kind, second := "", 0
						if _, err := fmt.Sscan(said, &kind, &second); err != nil {
							t.Error(err)
						}
						at := start.Add(time.Duration(second) * time.Second)
						time.Sleep(time.Until(at))
						_ = client.Tracker().Add(&corev1.Event{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("e", i), Namespace: "frontend"}, Type: kind,
							Reason: "said", Message: fmt.Sprint(i, " conflicting"), LastTimestamp: metav1.NewTime(at),
							InvolvedObject: corev1.ObjectReference{Kind: "Ingress", Name: "shop"}})
					}
				}()
				_, err := rollout.Exposed(t.Context(), client, "frontend", "shop", rollout.Change{Began: start, Done: start.Add(time.Second)}, func(string) {})
				if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
					t.Errorf("error %v, want %q", err, tc.want)
				}
			})
		})
	}
}
