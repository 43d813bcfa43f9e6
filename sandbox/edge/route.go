package edge

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// rule is one line of a listener: where requests for a host and path go.
type rule struct {
	cluster, dns       string // of the load balancer
	from               netip.Addr
	namespace, ingress string
	order, place       int    // of its Ingress in the group, and of its host's entry in the Ingress
	host               string // "" = whatever reaches the load balancer by its own name
	path               string
	exact              bool
	service            string // "" = no Service: such as an action in an annotation, which is not modelled
	port               intstr.IntOrString
	http, https        bool // it listens so
	redirect           bool // HTTP is sent to HTTPS
}

// rulesOf are those of one Ingress, which is on the base's load balancer.
func rulesOf(base rule, i *networking.Ingress) (list []rule) {
	base.namespace, base.ingress = i.Namespace, i.Name
	base.http, base.https = listens(i)
	base.order, _ = strconv.Atoi(i.Annotations[annotations+"group.order"]) // none is 0
	base.redirect = i.Annotations[annotations+"ssl-redirect"] != ""
	to := func(host, path string, exact bool, b *networking.IngressBackend) {
		r := base
		r.host, r.path, r.exact = strings.ToLower(host), path, exact
		if b.Service != nil {
			r.service, r.port = b.Service.Name, intstr.FromInt32(b.Service.Port.Number)
			if b.Service.Port.Name != "" {
				r.port = intstr.FromString(b.Service.Port.Name)
			}
		}
		list = append(list, r)
	}
	for place, r := range i.Spec.Rules {
		base.place = place
		if r.HTTP == nil {
			continue
		}
		for _, p := range r.HTTP.Paths {
			path, exact := p.Path, p.PathType != nil && *p.PathType == networking.PathTypeExact
			// The load balancer's own form has a star for anything.
			if p.PathType == nil || *p.PathType == networking.PathTypeImplementationSpecific {
				var anything bool
				path, anything = strings.CutSuffix(path, "*")
				exact = !anything && path != ""
			}
			to(r.Host, path, exact, &p.Backend)
		}
	}
	if i.Spec.DefaultBackend != nil {
		to("", "/", false, i.Spec.DefaultBackend)
	}
	return list
}

// listens says how the load balancer of an Ingress listens: as it states, or else by HTTPS alone, as where there is a certificate.
func listens(i *networking.Ingress) (http, https bool) {
	stated := i.Annotations[annotations+"listen-ports"]
	if stated == "" {
		return false, true
	}
	var ports []map[string]int
	if json.Unmarshal([]byte(stated), &ports) != nil {
		return false, false
	}
	for _, p := range ports {
		_, plain := p["HTTP"]
		_, tls := p["HTTPS"]
		http, https = http || plain, https || tls
	}
	return http, https
}

// route finds where a request goes; nil = no load balancer has a rule for it. DNS leads to the load balancer that says most of the
// host. There the first rule counts: of Ingresses by their order in the group, then by name; in an Ingress by its entries' order; and
// only of one entry's paths the one that says most.
func route(rules []rule, host, path string) *rule {
	var fit []rule
	for _, r := range rules {
		if hostScore(r, host) > 0 && r.takes(path) {
			fit = append(fit, r)
		}
	}
	if len(fit) == 0 {
		return nil
	}
	asked := slices.MaxFunc(fit, func(a, b rule) int { return hostScore(a, host) - hostScore(b, host) }).dns
	fit = slices.DeleteFunc(fit, func(r rule) bool { return r.dns != asked })
	return new(slices.MinFunc(fit, func(a, b rule) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.namespace+"/"+a.ingress, b.namespace+"/"+b.ingress),
			cmp.Compare(a.place, b.place), pathScore(b)-pathScore(a))
	}))
}

// takes says whether a path is the rule's: a prefix ends where an element does, as in a load balancer's own pattern it need not.
func (r rule) takes(path string) bool {
	if r.exact {
		return path == r.path
	}
	prefix := strings.TrimSuffix(r.path, "/")
	return path == prefix || strings.HasPrefix(path, prefix+"/") || prefix == ""
}

// hostScore is how much of the host a rule says; 0 = it is not for this host.
func hostScore(r rule, host string) int {
	switch rest, wild := strings.CutPrefix(r.host, "*."); {
	case r.host == "" && host == strings.ToLower(r.dns):
		return 1
	case r.host == "":
		return 0
	case wild:
		if _, after, deeper := strings.Cut(host, "."); deeper && after == rest {
			return 2
		}
		return 0
	case r.host == host:
		return 3
	}
	return 0
}

func pathScore(r rule) int {
	score := 2 * len(strings.TrimSuffix(r.path, "/"))
	if r.exact {
		score += 1 << 20
	}
	return score
}
