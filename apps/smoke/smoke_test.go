package smoke_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"paddock/apps/reach"
	"paddock/apps/rollout"
	"paddock/apps/smoke"
)

// cluster has a Deployment with one pod that is ready, of version v2.
func cluster() *fake.Clientset {
	yes, labels := true, map[string]string{"app": "shop"}
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "shop", Image: "x/shop:v2"}}}}
	owner := func(kind, name, uid string) []metav1.OwnerReference {
		return []metav1.OwnerReference{{Kind: kind, Name: name, UID: "d", Controller: &yes}}
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "shop-1-a", Namespace: "shop", Labels: labels,
		OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "shop-1", UID: "s", Controller: &yes}}}, Spec: template.Spec,
		Status: corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}}
	return fake.NewClientset(pod,
		&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "shop", Namespace: "shop", UID: "d"},
			Spec: appsv1.DeploymentSpec{Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: template}},
		&appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "shop-1", Namespace: "shop", UID: "s", Labels: labels,
			OwnerReferences: owner("Deployment", "shop", "d")}, Spec: appsv1.ReplicaSetSpec{Template: template}})
}

// reply is one answer of the pod.
type reply struct {
	status int
	body   string
	err    error
}

func TestRun(t *testing.T) {
	const serves = "\n  pod shop-1-a\n  the end of its log:\n    fake logs\n" +
		"what to do: mend the service and deploy again; what is asked is smoke in service.yaml"
	const fails = "shop/shop: version v2 starts, but fails its smoke check: GET /smoke on port 8080: "
	for _, c := range []struct {
		name    string
		check   smoke.Check
		replies []reply // in turn; the last for all that follow
		asked   int
		want    string
	}{
		{"at once", smoke.Check{Contains: "ok"}, []reply{{200, "all ok", nil}}, 1, ""},
		{"another status", smoke.Check{Status: 204}, []reply{{204, "", nil}}, 1, ""},
		{"at the third time", smoke.Check{}, []reply{{0, "", errors.New("connection refused")}, {502, "", nil}, {200, "", nil}}, 3, ""},
		{"a wrong status", smoke.Check{}, []reply{{502, "backend:\n  503", nil}}, 21, fails + "it answers 502, want 200: backend: 503" + serves},
		{"a wrong answer", smoke.Check{Contains: "ok"}, []reply{{200, "", nil}}, 21, fails + `it answers 200, without "ok"; the body is empty` + serves},
		{"a long answer", smoke.Check{Contains: "ok"}, []reply{{200, strings.Repeat("x", 1000), nil}}, 21, fails + `it answers 200, without "ok": ` + strings.Repeat("x", 300) + " ..." + serves},
		{"no answer", smoke.Check{}, []reply{{0, "", errors.New("dial tcp: connection refused")}}, 21, fails + "dial tcp: connection refused" + serves},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked, said := 0, ""
				c.check.Port, c.check.Path, c.check.Say = 8080, "/smoke", func(line string) { said = line }
				err := smoke.Run(t.Context(), cluster(), func(_ context.Context, pod *corev1.Pod, port int32, path string) (int, string, error) {
					r := c.replies[min(asked, len(c.replies)-1)]
					asked++
					return r.status, r.body, r.err
				}, "shop", "shop", c.check)
				if asked != c.asked {
					t.Errorf("asked %d times, want %d", asked, c.asked)
				}
				switch {
				case c.want == "" && (err != nil || said != "shop/shop: version v2 passes its smoke check: GET /smoke"):
					t.Errorf("%v, said %q", err, said)
				case c.want != "" && (err == nil || err.Error() != c.want):
					t.Errorf("got:\n%v\nwant:\n%s", err, c.want)
				}
			})
		})
	}
}

// A cluster that does not answer says nothing of the version: no time of its own runs meanwhile, and what ends the wait is no failure
// of the version, for which it would be taken back.
func TestClusterAway(t *testing.T) {
	silent := errors.New("connection refused")
	for name, tc := range map[string]struct {
		api, way func(time.Duration) error // what the API and the way to the pod fail with, by the time gone
		status   int
		took     time.Duration
		want     string // "" = it passes
	}{
		"for a minute":      {api: until(time.Minute, silent), status: 200, took: time.Minute},
		"no way to the pod": {way: until(time.Minute, reach.ErrNoWay), status: 200, took: time.Minute},
		"then it is broken": {api: until(time.Minute, silent), status: 500, took: 79 * time.Second, want: "fails its smoke check"},
		"for good":          {api: until(time.Hour, silent), took: 2 * time.Minute, want: "shop/shop: smoke check: its pods cannot be asked: connection refused"},
		"no right":          {api: until(time.Hour, apierrors.NewForbidden(schema.GroupResource{Resource: "deployments"}, "shop", nil)), want: "forbidden"},
		"no way for good":   {way: until(time.Hour, reach.ErrNoWay), took: 2 * time.Minute, want: "cannot be asked: port-forward"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, start := cluster(), time.Now()
				client.PrependReactor("get", "deployments", func(clienttesting.Action) (bool, runtime.Object, error) {
					if tc.api == nil {
						return false, nil, nil
					}
					err := tc.api(time.Since(start))
					return err != nil, nil, err
				})
				err := smoke.Run(t.Context(), client, func(context.Context, *corev1.Pod, int32, string) (int, string, error) {
					if tc.way != nil {
						return tc.status, "", tc.way(time.Since(start))
					}
					return tc.status, "", nil
				}, "shop", "shop", smoke.Check{Port: 8080, Path: "/smoke"})
				took := time.Since(start)
				if took < tc.took || took > tc.took+2*time.Second {
					t.Errorf("after %v, want %v", took, tc.took)
				}
				if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
					t.Errorf("error %v, want %q", err, tc.want)
				}
				var failure *rollout.Failure
				if errors.As(err, &failure) != (tc.status == 500) {
					t.Errorf("a failure of the version: %v", err)
				}
			})
		})
	}
}

func until(end time.Duration, err error) func(time.Duration) error {
	return func(gone time.Duration) error {
		if gone < end {
			return err
		}
		return nil
	}
}

// A deploy that is called off ends at once.
func TestCalledOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := smoke.Run(ctx, cluster(), func(context.Context, *corev1.Pod, int32, string) (int, string, error) { return 500, "", nil },
			"shop", "shop", smoke.Check{Port: 8080, Path: "/smoke"})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// While the version is being rolled out, its first pod that is ready is waited for; once it is, time is up as ever.
func TestRolling(t *testing.T) {
	for _, ready := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			client, start := cluster(), time.Now()
			pod, err := client.CoreV1().Pods("shop").Get(t.Context(), "shop-1-a", metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			pod.Status.Conditions = nil
			if _, err := client.CoreV1().Pods("shop").UpdateStatus(t.Context(), pod, metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
			go func() {
				time.Sleep(5 * time.Minute)
				pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
				_, _ = client.CoreV1().Pods("shop").UpdateStatus(context.Background(), pod, metav1.UpdateOptions{})
			}()
			err = smoke.Run(t.Context(), client, func(context.Context, *corev1.Pod, int32, string) (int, string, error) { return 200, "ok", nil },
				"shop", "shop", smoke.Check{Port: 8080, Path: "/smoke", Rolling: func() bool { return ready || time.Since(start) < time.Minute }})
			if took := time.Since(start); ready && (err != nil || took < 5*time.Minute) {
				t.Errorf("%v after %v, want success once the pod is ready", err, took)
			} else if !ready && (err == nil || !strings.Contains(err.Error(), "no pod of it is ready") || took > 90*time.Second) {
				t.Errorf("%v after %v, want a failure soon after the rollout is over", err, took)
			}
			time.Sleep(5 * time.Minute)
		})
	}
}
