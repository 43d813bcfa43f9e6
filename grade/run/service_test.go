package run_test

import (
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"paddock/components/scaling"
	"paddock/grade/internal/fakekube"
	"paddock/grade/profile"
	"paddock/grade/run"
	"paddock/grade/target"
	"paddock/grade/trace"
)

const (
	shopDeployments = "/apis/apps/v1/namespaces/shop/deployments"
	shopHPAs        = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers"
)

// shop adds a Deployment web with an HPA to a cluster; metric is what the HPA goes by.
func shop(s *fakekube.Server, requests, limits, metric object) {
	s.Put(shopDeployments, "web", object{"spec": object{"replicas": 2, "selector": object{"matchLabels": object{"app": "web"}},
		"template": object{"metadata": object{"labels": object{"app": "web", "version": "1"}}, "spec": object{"containers": []object{
			{"resources": object{"requests": requests, "limits": limits}, "ports": []object{{"name": "http", "containerPort": 8080}}}}}}}})
	s.Put(shopHPAs, "other", object{"spec": object{"scaleTargetRef": object{"kind": "Deployment", "name": "other"}}})
	s.Put(shopHPAs, "web", object{"spec": object{"scaleTargetRef": object{"kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 9,
		"metrics":  []object{metric},
		"behavior": object{"scaleDown": object{"stabilizationWindowSeconds": 60}},
	}})
}

var byCPU = object{"type": "Resource", "resource": object{"name": "cpu", "target": object{"type": "Utilization", "averageUtilization": 50}}}

func TestFindReadsAService(t *testing.T) {
	t.Parallel()
	s := fakekube.New(t)
	shop(s, object{"cpu": "200m", "memory": "100Mi"}, object{"cpu": "600m"}, byCPU)
	got, err := run.Find(context.Background(), s.Client, "shop", "web")
	if err != nil {
		t.Fatal(err)
	}
	set := got.Setting
	if set.RequestMilli != 200 || set.RequestMi != 100 || set.HPA.LimitToRequest != 3 || set.HPA.TargetPercent != 50 || set.MaxPods != 9 || set.HPA.MinReplicas != 2 {
		t.Errorf("%+v", set)
	}
	if set.HPA.Down.Window != time.Minute || set.HPA.Up.Policies[0].Kind != scaling.Pods || got.Subject.Selector != "app%3Dweb" {
		t.Errorf("%+v, %+v", set.HPA, got.Subject)
	}
}

func TestFindRefuses(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*fakekube.Server){
		"request no CPU": func(s *fakekube.Server) { shop(s, object{}, object{}, byCPU) },
		"something else": func(s *fakekube.Server) {
			shop(s, object{"cpu": "1"}, object{}, object{"type": "Pods", "pods": object{}})
		},
		"no HorizontalPodAutoscaler": func(s *fakekube.Server) {
			shop(s, object{"cpu": "1"}, object{}, byCPU)
			s.Delete(shopHPAs, "web")
		},
		"web": func(s *fakekube.Server) { shop(s, object{}, object{}, byCPU); s.Delete(shopDeployments, "web") },
	} {
		s := fakekube.New(t)
		change(s)
		if _, err := run.Find(context.Background(), s.Client, "shop", "web"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
}

// A service of somebody else's gets requests, is watched, and stays as it is.
func TestRunOfAService(t *testing.T) {
	t.Parallel()
	s, rig := rest(t)
	shop(s, object{"cpu": "200m"}, object{"cpu": "600m"}, byCPU)
	for _, name := range []string{"x", "y"} {
		s.Put("/api/v1/namespaces/shop/pods", name, object{"spec": object{"nodeName": "n1"}, "status": object{"conditions": []object{{"type": "Ready", "status": "True"}}}})
		s.Put("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods", name, object{"timestamp": time.Now().UTC().Format(time.RFC3339), "containers": []object{{"usage": object{"cpu": "100m"}}}})
	}
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer web.Close()
	found, err := run.Find(context.Background(), s.Client, "shop", "web")
	if err != nil {
		t.Fatal(err)
	}
	rig.Target, rig.Unit, rig.PerCore, rig.PodMost = run.Cluster, "requests/s", 100, 60
	driver := &target.HTTP{URL: web.URL}
	rig.Driver = func(target.Pods, *trace.Run, *profile.Profile) target.Driver { return driver }
	p := plan(t, 4)
	p.Of, p.Setting = found, found.Setting
	if p.Curve, err = profile.New("step", 1, profile.Scale{Low: 20, High: 60, Length: 4, Settle: 1, Jitter: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := rig.Do(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	r, sent := written(t, p), 0.0
	for _, one := range r.Samples {
		sent += one.Sent
	}
	if r.Samples[0].Ready != 2 || r.Workload.PodDemand != 10 || r.Workload.PodLimit != 60 || sent < 120 || sent > 260 {
		t.Errorf("%g requests, %+v, %+v", sent, r.Workload, r.Samples[0])
	}
	if total := driver.Total().Sent; math.Abs(float64(total)-sent) > 0 {
		t.Errorf("%d requests in all, want the run's %g", total, sent)
	}
	if len(s.Names("/api/v1/namespaces")) != 0 || len(s.Names(shopHPAs)) != 2 {
		t.Error("the cluster was changed")
	}
}
