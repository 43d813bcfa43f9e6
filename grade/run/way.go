package run

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Front is what stands before a service's pods.
type Front struct {
	Service string // of Kubernetes; "" = none leads to the pods
	Port    int32  // of it

	Ingress string // that leads there; "" = the service is not exposed
	Host    string // that it is for; "" = whatever name its load balancer has
	Path    string // with which requests that it takes begin
	TLS     bool
	Address string // of its load balancer; "" = it has none yet
}

// Front looks for the Service of the pods, and for the Ingress that leads requests for path there.
func (s *Service) Front(ctx context.Context, api API, path string) (Front, error) {
	var f Front
	var services corev1.ServiceList
	if err := api.Get(ctx, "/api/v1/namespaces/"+s.Subject.Namespace+"/services", &services); err != nil {
		return f, fmt.Errorf("service %s: %w", s, err)
	}
	for _, one := range services.Items {
		if len(one.Spec.Selector) > 0 && len(one.Spec.Ports) > 0 && labels.SelectorFromSet(one.Spec.Selector).Matches(labels.Set(s.labels)) {
			f.Service, f.Port = one.Name, one.Spec.Ports[0].Port
			break
		}
	}
	var ingresses networkingv1.IngressList
	if err := api.Get(ctx, "/apis/networking.k8s.io/v1/namespaces/"+s.Subject.Namespace+"/ingresses", &ingresses); err != nil {
		return f, fmt.Errorf("service %s: %w", s, err)
	}
	var others []string
	for _, one := range ingresses.Items {
		for _, rule := range one.Spec.Rules {
			if rule.HTTP == nil {
				continue
			}
			for _, p := range rule.HTTP.Paths {
				switch {
				case f.Service == "" || p.Backend.Service == nil || p.Backend.Service.Name != f.Service:
				case !below(path, p.Path):
					others = append(others, p.Path)
				default:
					return f.exposed(one, rule.Host, p.Path), nil
				}
			}
		}
	}
	if len(others) > 0 {
		return f, fmt.Errorf("service %s: its Ingress leads what begins with %s to it, and not %s", s, strings.Join(others, " or "), path)
	}
	return f, nil
}

func (f Front) exposed(by networkingv1.Ingress, host, path string) Front {
	f.Ingress, f.Host, f.Path = by.Name, host, path
	f.TLS = len(by.Spec.TLS) > 0 || by.Annotations["alb.ingress.kubernetes.io/certificate-arn"] != "" ||
		strings.Contains(by.Annotations["alb.ingress.kubernetes.io/listen-ports"], "HTTPS")
	for _, at := range by.Status.LoadBalancer.Ingress {
		f.Address = at.Hostname + at.IP // one of them is empty
	}
	return f
}

// below tells whether a request for path, which may have a query, is one for prefix, by elements.
func below(path, prefix string) bool {
	path, _, _ = strings.Cut(path, "?")
	prefix = strings.TrimSuffix(prefix, "/")
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}
