package run_test

import (
	"context"
	"strings"
	"testing"

	"paddock/grade/internal/fakekube"
	"paddock/grade/run"
)

const (
	shopServices  = "/api/v1/namespaces/shop/services"
	shopIngresses = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses"
)

// fronted adds the Service web and an Ingress for it, below a path.
func fronted(s *fakekube.Server, path string) {
	shop(s, object{"cpu": "200m"}, object{"cpu": "600m"}, byCPU)
	s.Put(shopServices, "other", object{"spec": object{"selector": object{"app": "other"}, "ports": []object{{"port": 1}}}})
	s.Put(shopServices, "headless", object{"spec": object{"ports": []object{{"port": 1}}}})
	s.Put(shopServices, "web", object{"spec": object{"selector": object{"app": "web"}, "ports": []object{{"port": 80}}}})
	backend := func(name string) []object {
		return []object{{"path": path, "backend": object{"service": object{"name": name}}}}
	}
	s.Put(shopIngresses, "edge", object{
		"metadata": object{"annotations": object{"alb.ingress.kubernetes.io/listen-ports": `[{"HTTPS": 443}]`}},
		"spec": object{"rules": []object{{"host": "other.example.com", "http": object{"paths": backend("other")}}, {"host": "empty.example.com"},
			{"host": "shop.example.com", "http": object{"paths": backend("web")}}}},
		"status": object{"loadBalancer": object{"ingress": []object{{"hostname": "k8s-1.elb.amazonaws.com"}}}},
	})
}

func TestFrontOfAService(t *testing.T) {
	t.Parallel()
	exposed := func(path string) run.Front {
		return run.Front{Service: "web", Port: 80, Ingress: "edge", Host: "shop.example.com", Path: path, TLS: true, Address: "k8s-1.elb.amazonaws.com"}
	}
	for name, c := range map[string]struct {
		below, path string
		change      func(*fakekube.Server)
		want        run.Front
		fault       string
	}{
		"root":              {"/", "/work?ms=20", nil, exposed("/"), ""},
		"below its path":    {"/api", "/api/work", nil, exposed("/api"), ""},
		"its very path":     {"/api/", "/api?ms=20", nil, exposed("/api/"), ""},
		"beside its path":   {"/api", "/apis", nil, run.Front{}, "its Ingress leads what begins with /api to it, and not /apis"},
		"not exposed":       {"/", "/", func(s *fakekube.Server) { s.Delete(shopIngresses, "edge") }, run.Front{Service: "web", Port: 80}, ""},
		"behind no Service": {"/", "/", func(s *fakekube.Server) { s.Delete(shopServices, "web") }, run.Front{}, ""},
		"may not look":      {"/", "/", func(s *fakekube.Server) { s.Break(shopIngresses, 403) }, run.Front{}, "service shop/web: "},
	} {
		s := fakekube.New(t)
		fronted(s, c.below)
		if c.change != nil {
			c.change(s)
		}
		found, err := run.Find(context.Background(), s.Client, "shop", "web")
		if err != nil {
			t.Fatal(err)
		}
		got, err := found.Front(context.Background(), s.Client, c.path)
		switch {
		case c.fault != "":
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%s: %v, want %q", name, err, c.fault)
			}
		case err != nil || got != c.want:
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, c.want)
		}
	}
}
