package mesh

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Why a Service leads nowhere.
var (
	ErrNoService   = errors.New("no such host")                                 // as DNS says
	ErrNoPort      = errors.New("no such port")                                 // the Service has others
	ErrNoEndpoints = errors.New("connect: connection refused")                  // as kube-proxy answers where no pod is ready
	ErrDenied      = errors.New("on AWS the connection would time out")         // as packets are dropped
	ErrSimulated   = errors.New("its pods are simulated: nothing runs in them") // KWOK's
)

// Pick is the address of one ready pod of a Service, each in its turn, for a caller outside of the cluster, as far as
// NetworkPolicies let its address in. Pods that KWOK plays have none.
func (m *Mesh) Pick(source netip.Addr, namespace, name string, port intstr.IntOrString) (address string, err error) {
	return m.pickFor(peer{address: source}, namespace, name, port)
}

// pickFor is Pick for any caller.
func (m *Mesh) pickFor(caller peer, namespace, name string, port intstr.IntOrString) (address string, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	e, err := m.pick(namespace, name, port)
	if err != nil {
		return "", err
	}
	called := m.cfg.Pod(e.pod)
	if called == nil {
		return "", fmt.Errorf("service %s/%s: its pod has just ended: %w", namespace, name, ErrNoEndpoints)
	}
	return e.address, m.rules.denied(caller, called, e.port)
}

func (m *Mesh) pick(namespace, name string, port intstr.IntOrString) (picked endpoint, err error) {
	s := m.services[types.NamespacedName{Namespace: namespace, Name: name}]
	if s == nil || s.spec == nil {
		return endpoint{}, fmt.Errorf("lookup %s.%s.svc.cluster.local: %w", name, namespace, ErrNoService)
	}
	p := servicePort(s.spec, port)
	if p == nil {
		return endpoint{}, fmt.Errorf("service %s/%s: port %s: %w", namespace, name, port.String(), ErrNoPort)
	}
	all := s.endpoints(p.Name, ready)
	if len(all) == 0 {
		all = s.endpoints(p.Name, leaving)
	}
	if len(all) == 0 {
		return endpoint{}, fmt.Errorf("service %s/%s: no pod is ready: dial tcp %s:%d: %w",
			namespace, name, s.spec.ClusterIP, p.Port, ErrNoEndpoints)
	}
	var real []endpoint
	for _, e := range all {
		if at, known := m.cfg.Endpoint(e.pod); known {
			e.address = net.JoinHostPort(at, strconv.Itoa(int(e.port)))
			real = append(real, e)
		}
	}
	if len(real) == 0 {
		return endpoint{}, fmt.Errorf("service %s/%s: %w", namespace, name, ErrSimulated)
	}
	return real[int(s.turn.Add(1)-1)%len(real)], nil
}

// servicePort finds a port by its number or its name; nil = there is none.
func servicePort(spec *corev1.ServiceSpec, port intstr.IntOrString) *corev1.ServicePort {
	for i, p := range spec.Ports {
		if p.Protocol != "" && p.Protocol != corev1.ProtocolTCP {
			continue
		}
		if port.Type == intstr.Int && p.Port == port.IntVal || port.Type == intstr.String && p.Name == port.StrVal {
			return &spec.Ports[i]
		}
	}
	return nil
}

// endpoint is a pod and its port, and where that is here.
type endpoint struct {
	pod     types.UID
	port    int32
	address string
}

// endpoints are the pods behind a port of the Service that are in the condition.
func (s *service) endpoints(port string, in func(discovery.EndpointConditions) bool) (all []endpoint) {
	for _, name := range slices.Sorted(maps.Keys(s.slices)) {
		slice := s.slices[name]
		for _, p := range slice.Ports {
			if p.Port == nil || (p.Name == nil && port != "") || (p.Name != nil && *p.Name != port) {
				continue
			}
			for _, e := range slice.Endpoints {
				if in(e.Conditions) {
					all = append(all, endpoint{pod: podOf(e), port: *p.Port})
				}
			}
		}
	}
	return all
}

func ready(c discovery.EndpointConditions) bool { return c.Ready == nil || *c.Ready }

// leaving are pods that end and still serve: kube-proxy sends to them when there are no others.
func leaving(c discovery.EndpointConditions) bool {
	return c.Serving != nil && *c.Serving && c.Terminating != nil && *c.Terminating
}
