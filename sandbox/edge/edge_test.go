package edge_test

import (
	"slices"
	"strings"
	"testing"

	networking "k8s.io/api/networking/v1"

	"paddock/sandbox/aws"
)

// The life of an Ingress: a finalizer, a load balancer, a name; and backwards.
func TestLifeOfAnIngress(t *testing.T) {
	w := newWorld(t)
	w.expose(ingress("web", "shop", shop))
	w.looked()
	if i := w.get("web", "shop"); len(i.Finalizers) > 0 || len(w.cloud.balancers()) > 0 {
		t.Fatalf("served without a controller: %v", i.Finalizers)
	}
	w.ready(true)
	w.served("web", "shop")
	made := w.cloud.balancers()["web/shop"]
	i := w.get("web", "shop")
	if !slices.Equal(i.Finalizers, []string{ownFinalizer}) || i.Status.LoadBalancer.Ingress[0].Hostname != made.Name+domain {
		t.Errorf("finalizers %v, status %v", i.Finalizers, i.Status)
	}
	if made.Internal || made.Cluster != "dev" || !slices.Equal(made.Certificates, []string{"arn:certificate"}) || !strings.HasPrefix(made.Name, "k8s-web-shop-") || len(made.Name) > 32 {
		t.Errorf("made %+v", made)
	}
	if by := w.cloud.by; by.Name != "aws-load-balancer-controller" || by.Pod != "controller-1" {
		t.Errorf("made by %+v", by)
	}
	if !w.said("SuccessfullyReconciled") {
		t.Error("no event tells that it is served")
	}
	w.remove("web", "shop")
	w.eventually("the finalizer goes", func() bool { return len(w.get("web", "shop").Finalizers) == 0 })
	if left := w.cloud.balancers(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// A pod that was admitted before its association exists has no credentials, and so does nothing.
func TestControllerWithoutCredentials(t *testing.T) {
	w := newWorld(t)
	w.ready(false)
	w.expose(ingress("web", "shop", shop))
	w.looked()
	if i := w.get("web", "shop"); len(i.Finalizers) > 0 {
		t.Errorf("finalizers %v", i.Finalizers)
	}
}

// While AWS refuses, an Ingress that is deleted stays, and says why.
func TestRefusalKeepsTheIngress(t *testing.T) {
	w := newWorld(t)
	w.ready(true)
	w.expose(ingress("web", "shop", shop))
	w.served("web", "shop")
	w.cloud.refuse(&aws.Error{Code: "AccessDenied", Message: "not authorized to perform: elasticloadbalancing:DeleteLoadBalancer"})
	w.remove("web", "shop")
	w.eventually("it says why", func() bool {
		return w.said("Failed deploy model due to operation error: api error AccessDenied: not authorized")
	})
	if i := w.get("web", "shop"); !slices.Contains(i.Finalizers, ownFinalizer) {
		t.Error("let go all the same")
	}
	w.cloud.refuse(nil)
	w.eventually("the finalizer goes", func() bool { return len(w.get("web", "shop").Finalizers) == 0 })
}

// Ingresses of a group share a load balancer, which stays until the last of them is gone.
func TestGroup(t *testing.T) {
	w := newWorld(t)
	w.ready(true)
	shared := annotated("group.name", "shared")
	w.expose(ingress("web", "shop", shop, shared))
	w.expose(ingress("web", "blog", "blog.dev.example.com", shared))
	w.served("web", "shop")
	w.served("web", "blog")
	if made := w.cloud.balancers(); len(made) != 1 || made["shared"].Name == "" {
		t.Errorf("made %v", made)
	}
	w.remove("web", "blog")
	w.eventually("the first is let go", func() bool { return len(w.get("web", "blog").Finalizers) == 0 })
	if i := w.get("web", "shop"); !slices.Equal(i.Finalizers, []string{groupFinalizer}) || len(w.cloud.balancers()) != 1 {
		t.Errorf("the other lost its load balancer: %v", i.Finalizers)
	}
	w.remove("web", "shop")
	w.eventually("the load balancer goes", func() bool { return len(w.cloud.balancers()) == 0 })
}

// An Ingress that moves into a group leaves its own load balancer behind.
func TestMoveIntoAGroup(t *testing.T) {
	w := newWorld(t)
	w.ready(true)
	w.expose(ingress("web", "shop", shop))
	w.served("web", "shop")
	moved := w.get("web", "shop")
	moved.Annotations = map[string]string{"alb.ingress.kubernetes.io/group.name": "shared"}
	w.expose(moved)
	w.eventually("only the group's is left", func() bool {
		made := w.cloud.balancers()
		return len(made) == 1 && made["shared"].Name != "" && slices.Equal(w.get("web", "shop").Finalizers, []string{groupFinalizer})
	})
}

func TestWhoIsServed(t *testing.T) {
	other := "nginx"
	for name, tc := range map[string]struct {
		ingress *networking.Ingress
		says    string // an event; "" = nothing is said
	}{
		"outside the teams": {ingress("default", "shop", shop), "Failed load groupID due to invalid ingress class: namespaceSelector of IngressClassParams alb mismatch"},
		"another class":     {ingress("web", "shop", shop, func(i *networking.Ingress) { i.Spec.IngressClassName = &other }), `ingressclasses.networking.k8s.io "nginx" not found`},
		"no class":          {ingress("web", "shop", shop, func(i *networking.Ingress) { i.Spec.IngressClassName = nil }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.ready(true)
			w.expose(tc.ingress)
			if tc.says != "" {
				w.eventually("it is told", func() bool { return w.said(tc.says) })
			}
			w.expose(ingress("web", "zoo", "zoo.dev.example.com")) // which comes after it in each round
			w.served("web", "zoo")
			made := w.cloud.balancers()
			if i := w.get(tc.ingress.Namespace, tc.ingress.Name); len(i.Finalizers) > 0 || len(made) != 1 || made["web/zoo"].Name == "" {
				t.Errorf("served: %v, %v", i.Finalizers, made)
			}
		})
	}
}

// Another class's setting makes other load balancers.
func TestClassDecides(t *testing.T) {
	w := newWorld(t)
	w.params(map[string]any{"group": map[string]any{"name": "all"}, "tags": []any{map[string]any{"key": "a", "value": "b"}}})
	w.ready(true)
	w.expose(ingress("web", "shop", shop, annotated("group.name", "mine"), annotated("certificate-arn", "arn:one, arn:two")))
	w.served("web", "shop")
	made := w.cloud.balancers()["all"]
	if !made.Internal || made.Tags["a"] != "b" || !slices.Equal(made.Certificates, []string{"arn:one", "arn:two"}) {
		t.Errorf("made %+v", w.cloud.balancers())
	}
}
