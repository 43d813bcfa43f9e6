package edge

import (
	"testing"

	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// served is an Ingress of a service at a path of a host; order "" = it says none.
func served(name, order, host string, paths ...string) *networking.Ingress {
	i := &networking.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Annotations: map[string]string{}}}
	if order != "" {
		i.Annotations[annotations+"group.order"] = order
	}
	prefix := networking.PathTypePrefix
	var list []networking.HTTPIngressPath
	for _, path := range paths {
		list = append(list, networking.HTTPIngressPath{Path: path, PathType: &prefix,
			Backend: networking.IngressBackend{Service: &networking.IngressServiceBackend{Name: name + path}}})
	}
	i.Spec.Rules = []networking.IngressRule{{Host: host, IngressRuleValue: networking.IngressRuleValue{
		HTTP: &networking.HTTPIngressRuleValue{Paths: list}}}}
	return i
}

// Across the Ingresses of a group a longer path is no better than a shorter one: their order says which is looked at first.
func TestRoute(t *testing.T) {
	for name, tc := range map[string]struct {
		group []*networking.Ingress
		want  string // "" = nothing
	}{
		"one":                   {[]*networking.Ingress{served("till", "", "a.example.com", "/")}, "till/"},
		"another host":          {[]*networking.Ingress{served("till", "", "b.example.com", "/")}, ""},
		"paths of one":          {[]*networking.Ingress{served("till", "", "a.example.com", "/", "/api")}, "till/api"},
		"by name":               {[]*networking.Ingress{served("zoo", "", "a.example.com", "/api"), served("ant", "", "a.example.com", "/")}, "ant/"},
		"by order":              {[]*networking.Ingress{served("ant", "0", "a.example.com", "/"), served("zoo", "-4", "a.example.com", "/api")}, "zoo/api"},
		"an order that is none": {[]*networking.Ingress{served("ant", "x", "a.example.com", "/"), served("zoo", "-1", "a.example.com", "/")}, "zoo/"},
	} {
		var rules []rule
		for _, i := range tc.group {
			rules = append(rules, rulesOf(rule{cluster: "dev", dns: "lb-1"}, i)...)
		}
		got := ""
		if r := route(rules, "a.example.com", "/api/jobs"); r != nil {
			got = r.service
		}
		if got != tc.want {
			t.Errorf("%s: to %q, want %q", name, got, tc.want)
		}
	}
}

// A whole host is another load balancer's to serve than the one that serves all hosts below a domain, whatever their orders.
func TestRouteAmongLoadBalancers(t *testing.T) {
	rules := append(rulesOf(rule{cluster: "dev", dns: "lb-1"}, served("all", "-9", "*.example.com", "/api")), rulesOf(rule{cluster: "dev", dns: "lb-2"}, served("one", "", "a.example.com", "/"))...)
	if r := route(rules, "a.example.com", "/api"); r == nil || r.service != "one/" {
		t.Errorf("to %+v", r)
	}
}
