package mesh

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
)

// service is what is known of a Service: its ports, and the pods that the cluster's controllers found for it.
type service struct {
	spec   *corev1.ServiceSpec // nil = only its endpoints have been seen
	slices map[string]*discovery.EndpointSlice
	turn   atomic.Uint32 // of the round robin
}

var (
	servicesResource   = schema.GroupVersionResource{Version: "v1", Resource: "services"}
	slicesResource     = schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
	policiesResource   = schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"}
	namespacesResource = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
)

// watch keeps services and rules up to date.
func (m *Mesh) watch(ctx context.Context) error {
	factory := dynamicinformer.NewDynamicSharedInformerFactory(m.cfg.Kube, 0)
	for resource, see := range map[schema.GroupVersionResource]func(u *unstructured.Unstructured, gone bool){
		servicesResource: m.seeService, slicesResource: m.seeSlice, policiesResource: m.seePolicy, namespacesResource: m.seeNamespace,
	} {
		informer := factory.ForResource(resource).Informer()
		handle := func(obj any, gone bool) {
			if last, ok := obj.(cache.DeletedFinalStateUnknown); ok {
				obj = last.Obj
			}
			if u, ok := obj.(*unstructured.Unstructured); ok {
				see(u, gone)
			}
		}
		seen, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(obj any) { handle(obj, false) },
			UpdateFunc: func(_, obj any) { handle(obj, false) },
			DeleteFunc: func(obj any) { handle(obj, true) },
		})
		if err != nil {
			return err
		}
		m.busy.Go(func() { informer.RunWithContext(m.life) })
		if !cache.WaitForCacheSync(ctx.Done(), seen.HasSynced) {
			return fmt.Errorf("list %s: %w", resource.Resource, context.Cause(ctx))
		}
	}
	return nil
}

func (m *Mesh) seeService(u *unstructured.Unstructured, gone bool) {
	var s corev1.Service
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &s); err != nil {
		m.cfg.Log.Warn("a Service is not understood", "service", u.GetName(), "cause", err)
		return
	}
	m.change(types.NamespacedName{Namespace: s.Namespace, Name: s.Name}, func(have *service) {
		have.spec = &s.Spec
		if gone {
			have.spec = nil
		}
	})
}

func (m *Mesh) seeSlice(u *unstructured.Unstructured, gone bool) {
	name := u.GetLabels()[discovery.LabelServiceName]
	if name == "" {
		return
	}
	var s discovery.EndpointSlice
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &s); err != nil {
		m.cfg.Log.Warn("an EndpointSlice is not understood", "slice", u.GetName(), "cause", err)
		return
	}
	// Always in the same order, so that all take turns.
	slices.SortFunc(s.Endpoints, func(a, b discovery.Endpoint) int { return cmp.Compare(podOf(a), podOf(b)) })
	m.change(types.NamespacedName{Namespace: s.Namespace, Name: name}, func(have *service) {
		if gone {
			delete(have.slices, s.Name)
		} else {
			have.slices[s.Name] = &s
		}
	})
}

func (m *Mesh) seePolicy(u *unstructured.Unstructured, gone bool) {
	var p networkingv1.NetworkPolicy
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &p); err != nil {
		m.cfg.Log.Warn("a NetworkPolicy is not understood", "policy", u.GetName(), "cause", err)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	here := m.rules.policies[p.Namespace]
	if here == nil {
		here = map[string]*networkingv1.NetworkPolicy{}
		m.rules.policies[p.Namespace] = here
	}
	here[p.Name] = &p
	if gone {
		delete(here, p.Name)
	}
}

func (m *Mesh) seeNamespace(u *unstructured.Unstructured, gone bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rules.namespaces[u.GetName()] = u.GetLabels()
	if gone {
		delete(m.rules.namespaces, u.GetName())
	}
}

// change forgets a Service of which nothing is left.
func (m *Mesh) change(name types.NamespacedName, f func(*service)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.services[name]
	if s == nil {
		s = &service{slices: map[string]*discovery.EndpointSlice{}}
		m.services[name] = s
	}
	f(s)
	if s.spec == nil && len(s.slices) == 0 {
		delete(m.services, name)
	}
}

// podOf is the pod behind an endpoint; empty = it is none.
func podOf(e discovery.Endpoint) types.UID {
	if e.TargetRef == nil || e.TargetRef.Kind != "Pod" {
		return ""
	}
	return e.TargetRef.UID
}
