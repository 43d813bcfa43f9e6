package e2e

import "testing"

// policyOf is a NetworkPolicy of one service, which lets callers in.
func policyOf(name string, from ...any) object {
	return object{
		"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": object{"name": name},
		"spec": object{
			"podSelector": object{"matchLabels": object{"app.kubernetes.io/name": "edge"}}, "policyTypes": []string{"Ingress"},
			"ingress": []any{object{"from": from}},
		},
	}
}

func labelled(key, value string) object { return object{"matchLabels": object{key: value}} }

// with is the policy with one key of its spec replaced.
func with(policy object, key string, value any) object {
	policy["spec"].(object)[key] = value
	return policy
}

// ownPolicies are what a deployer opens doors by. The API server itself evaluates what the platform says of them.
func (p *platform) ownPolicies(t *testing.T, c caller, ns, other string) {
	const name = "kubernetes.io/metadata.name"
	in := func(value string) object {
		return object{"matchExpressions": []any{object{"key": name, "operator": "In", "values": []string{value}}}}
	}
	for what, policy := range map[string]object{
		"a caller of another team":      policyOf("edge", object{"namespaceSelector": labelled(name, other), "podSelector": labelled("app.kubernetes.io/name", "web")}),
		"a caller by an expression":     policyOf("edge", object{"namespaceSelector": in(other)}),
		"all of a team":                 policyOf("edge", object{"namespaceSelector": labelled("paddock.dev/team", other)}),
		"the load balancers' addresses": policyOf("edge", object{"ipBlock": object{"cidr": "10.10.0.0/16"}}),
		"the namespace's own":           policyOf("edge", object{"podSelector": object{}}),
		"pods by an expression": with(policyOf("edge", object{"podSelector": object{}}), "podSelector",
			object{"matchExpressions": []any{object{"key": "app", "operator": "In", "values": []string{"edge"}}}}),
		"calls to the internet": with(with(policyOf("edge"), "ingress", []any{}), "egress",
			[]any{object{"to": []any{object{"ipBlock": object{"cidr": "0.0.0.0/0"}}}}}),
	} {
		allowed(t, what, c.send(t, policy, "apply", "-n", ns))
	}
	for what, row := range map[string]struct {
		policy object
		why    string
	}{
		"in the fence's name": {policyOf("default-deny", object{"podSelector": object{}}), "give yours another name"},
		"for all pods":        {with(policyOf("edge-2", object{"podSelector": object{}}), "podSelector", object{}), "spec.podSelector: want the labels"},
		"for all pods but one": {with(policyOf("edge-2", object{"podSelector": object{}}), "podSelector",
			object{"matchExpressions": []any{object{"key": "app", "operator": "DoesNotExist"}}}), "spec.podSelector: want the labels"},
		"from everybody":                  {with(policyOf("edge-2"), "ingress", []any{object{}}), "want from in each rule"},
		"from any namespace":              {policyOf("edge-2", object{"namespaceSelector": object{}}), "callers are let in by name"},
		"from all that is fenced":         {policyOf("edge-2", object{"namespaceSelector": labelled("app.kubernetes.io/managed-by", "paddock")}), "callers are let in by name"},
		"from pods of one label anywhere": {policyOf("edge-2", object{"namespaceSelector": object{}, "podSelector": labelled("app", "web")}), "callers are let in by name"},
		"from any address":                {policyOf("edge-2", object{"ipBlock": object{"cidr": "0.0.0.0/0"}}), "want a block of /8 or smaller"},
		"from half of them":               {policyOf("edge-2", object{"ipBlock": object{"cidr": "128.0.0.0/1"}}), "want a block of /8 or smaller"},
		"a second one too many":           {policyOf("edge-2", object{"podSelector": object{}}, object{"namespaceSelector": object{}}), "callers are let in by name"},
	} {
		refused(t, what, c.send(t, row.policy, "create", "-n", ns), row.why)
	}
	refused(t, "in another's namespace", c.send(t, policyOf("edge", object{"podSelector": object{}}), "create", "-n", other), "forbidden")
	refused(t, "opening its own", c.kubectl(t, "patch", "networkpolicy", "edge", "-n", ns, "--type=merge", "-p", `'{"spec":{"ingress":[{}]}}'`), "want from in each rule")
	refused(t, "opening the fence", c.kubectl(t, "patch", "networkpolicy", "default-deny", "-n", ns, "--type=merge", "-p", `'{"spec":{"ingress":[{}]}}'`), "give yours another name")
	for _, fence := range []string{"default-deny", "allow-dns", "allow-same-namespace"} {
		refused(t, "dropping "+fence, c.kubectl(t, "delete", "networkpolicy", fence, "-n", ns), "orbidden", "paddock-fence", "give yours another name")
	}
	refused(t, "dropping the guard", c.kubectl(t, "delete", "validatingadmissionpolicybinding", "paddock-fence"), "orbidden")
	allowed(t, "dropping its own", c.kubectl(t, "delete", "networkpolicy", "edge", "-n", ns))
}

// ingressOf is an Ingress of one service, as its file makes it; annotations of the load balancer are laid over, by the part after the
// slash.
func ingressOf(group string, annotations object) object {
	all := object{"alb.ingress.kubernetes.io/target-type": "ip", "alb.ingress.kubernetes.io/healthcheck-path": "/healthz"}
	if group != "" {
		all["alb.ingress.kubernetes.io/group.name"] = group
	}
	for key, value := range annotations {
		all["alb.ingress.kubernetes.io/"+key] = value
	}
	path := object{"path": "/", "pathType": "Prefix", "backend": object{"service": object{"name": "edge", "port": object{"number": 80}}}}
	return object{
		"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": object{"name": "edge", "annotations": all},
		"spec": object{"ingressClassName": "alb", "rules": []any{object{"host": "edge.dev.example.com", "http": object{"paths": []any{path}}}}},
	}
}

// own is what a deployer exposes by. The API server itself evaluates what the platform says of it.
func (i *ingress) own(t *testing.T) {
	const ns, listed = "frontend", "want none of alb.ingress.kubernetes.io/ but those that a service file makes"
	c := i.as(t, "frontend-deployer")
	for what, row := range map[string]struct {
		ingress object
		why     string
	}{
		"on nobody's load balancer":  {ingressOf("", nil), "teams do not share load balancers"},
		"on another team's":          {ingressOf("backend", nil), "teams do not share load balancers"},
		"of no class":                {with(ingressOf(ns, nil), "ingressClassName", nil), "spec.ingressClassName: want alb"},
		"of another class":           {with(ingressOf(ns, nil), "ingressClassName", "nginx"), "spec.ingressClassName: want alb"},
		"for whatever is asked":      {with(ingressOf(ns, nil), "defaultBackend", object{"service": object{"name": "edge", "port": object{"number": 80}}}), "spec.defaultBackend: want rules"},
		"for every host":             {with(ingressOf(ns, nil), "rules", []any{object{"http": ingressOf(ns, nil)["spec"].(object)["rules"].([]any)[0].(object)["http"]}}), "spec.rules: want a host in each"},
		"from within only":           {ingressOf(ns, object{"scheme": "internal"}), listed},
		"with a security group":      {ingressOf(ns, object{"security-groups": "sg-1"}), listed},
		"with what cannot be undone": {ingressOf(ns, object{"load-balancer-attributes": "deletion_protection.enabled=true"}), listed},
		"to any target group":        {ingressOf(ns, object{"actions.edge": `{"type":"forward"}`}), listed},
	} {
		refused(t, what, c.send(t, row.ingress, "create", "-n", ns), row.why)
	}
	allowed(t, "as a service file makes it", c.send(t, ingressOf(ns, object{"ssl-redirect": "443", "group.order": "-4", "target-group-attributes": "deregistration_delay.timeout_seconds=45"}), "create", "-n", ns))
	refused(t, "changing it", c.kubectl(t, "annotate", "ingress", "edge", "-n", ns, "alb.ingress.kubernetes.io/shield-advanced-protection=true"), listed)
	allowed(t, "dropping it", c.kubectl(t, "delete", "ingress", "edge", "-n", ns))
}
