package e2e

import (
	"strings"
	"testing"
)

// pod is one that `restricted` admits; it states no resources.
func pod(name string) object {
	return object{
		"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": name},
		"spec": object{
			"securityContext": object{"runAsNonRoot": true, "runAsUser": 1000, "seccompProfile": object{"type": "RuntimeDefault"}},
			"containers":      []any{container(object{"allowPrivilegeEscalation": false, "capabilities": object{"drop": []string{"ALL"}}})},
		},
	}
}

func container(security object) object {
	return object{"name": "app", "image": "registry.k8s.io/pause:3.10", "securityContext": security}
}

// refused fails unless the call was refused and the reason holds all of words.
func refused(t *testing.T, what string, r result, words ...string) {
	t.Helper()
	if r.code == 0 {
		t.Errorf("%s: went through\n%s", what, r.all())
		return
	}
	for _, word := range words {
		if !strings.Contains(r.all(), word) {
			t.Errorf("%s: refused without %q:\n%s", what, word, r.all())
		}
	}
}

func allowed(t *testing.T, what string, r result) {
	t.Helper()
	if r.code != 0 {
		t.Errorf("%s: refused\n%s", what, r.all())
	}
}

func (p *platform) fences(t *testing.T) {
	for _, name := range []string{"frontend", "backend"} {
		other := map[string]string{"frontend": "backend", "backend": "frontend"}[name]
		deployer, viewer := p.as(t, name+"-deployer"), p.as(t, name+"-viewer")
		t.Run(name+": pods", func(t *testing.T) { p.pods(t, deployer, name) })
		t.Run(name+": policies", func(t *testing.T) { p.policies(t, name) })
		t.Run(name+": viewer", func(t *testing.T) { p.viewer(t, viewer, name, other) })
		t.Run(name+": deployer", func(t *testing.T) { p.deployer(t, deployer, name, other) })
		t.Run(name+": own policies", func(t *testing.T) { p.ownPolicies(t, deployer, name, other) })
	}
	t.Run("a role without an entry", func(t *testing.T) {
		refused(t, "stranger", p.as(t, "stranger").kubectl(t, "get", "pods", "-n", "frontend"), "Unauthorized")
		refused(t, "nobody", p.as(t, "no-such-role").kubectl(t, "get", "pods", "-n", "frontend"), "AccessDenied", "is not authorized to perform: sts:AssumeRole on resource: ", ":role/no-such-role")
	})
}

// pods shows Pod Security, the defaults and the quota to a deployer.
func (p *platform) pods(t *testing.T, c caller, ns string) {
	privileged := pod("privileged")
	privileged["spec"].(object)["containers"] = []any{container(object{"privileged": true})}
	refused(t, "privileged pod", c.send(t, privileged, "create", "-n", ns), `violates PodSecurity "restricted`, "privileged")

	allowed(t, "plain pod", c.send(t, pod("plain"), "create", "-n", ns))
	got := c.kubectl(t, "get", "pod", "plain", "-n", ns, "-o", "jsonpath='{.spec.containers[0].resources}'").out
	for _, want := range []string{`"limits":{"cpu":"200m","memory":"256Mi"}`, `"requests":{"cpu":"100m","memory":"128Mi"}`} {
		if !strings.Contains(got, want) {
			t.Errorf("plain pod: resources %s, want %s", got, want)
		}
	}

	var greedy []any
	for _, name := range []string{"a", "b", "c"} { // each within the limit of one container, together over the quota
		app := container(object{"allowPrivilegeEscalation": false, "capabilities": object{"drop": []string{"ALL"}}})
		app["name"], app["resources"] = name, object{"requests": object{"cpu": "2"}, "limits": object{"cpu": "2"}}
		greedy = append(greedy, app)
	}
	big := pod("greedy")
	big["spec"].(object)["containers"] = greedy
	refused(t, "pod over quota", c.send(t, big, "create", "-n", ns), "exceeded quota: team-quota", "requests.cpu=6")
	first := pod("first")
	first["spec"].(object)["priorityClassName"] = "system-cluster-critical"
	refused(t, "pod that would preempt the platform", c.send(t, first, "create", "-n", ns), "exceeded quota: team-priority")
	allowed(t, "deleting the plain pod", c.kubectl(t, "delete", "pod", "plain", "-n", ns, "--wait=false"))
}

func (p *platform) policies(t *testing.T, ns string) {
	var list struct {
		Items []struct {
			Metadata meta
			Spec     struct {
				PodSelector map[string]any
				PolicyTypes []string
				Ingress     []any
				Egress      []any
			}
		}
	}
	p.get(t, &list, "networkpolicies", "-n", ns)
	found := map[string]bool{}
	for _, item := range list.Items {
		found[item.Metadata.Name] = true
		s := item.Spec
		if item.Metadata.Name == "default-deny" && (len(s.PodSelector)+len(s.Ingress)+len(s.Egress) > 0 || len(s.PolicyTypes) != 2) {
			t.Errorf("default-deny lets something through: %+v", s)
		}
	}
	for _, name := range []string{"default-deny", "allow-dns", "allow-same-namespace"} {
		if !found[name] {
			t.Errorf("no NetworkPolicy %s in %s", name, ns)
		}
	}
	var space struct{ Metadata meta }
	p.get(t, &space, "namespace", ns)
	if got := space.Metadata.Labels["pod-security.kubernetes.io/enforce"]; got != "restricted" {
		t.Errorf("Pod Security of %s = %q", ns, got)
	}
}

func (p *platform) viewer(t *testing.T, c caller, ns, other string) {
	allowed(t, "reading pods", c.kubectl(t, "get", "pods,deployments,networkpolicies,resourcequotas", "-n", ns))
	refused(t, "creating a pod", c.send(t, pod("x"), "create", "-n", ns), "forbidden")
	refused(t, "creating a configmap", c.kubectl(t, "create", "configmap", "x", "-n", ns), "forbidden")
	refused(t, "deleting the policies", c.kubectl(t, "delete", "networkpolicies", "--all", "-n", ns), "forbidden")
	refused(t, "reading secrets", c.kubectl(t, "get", "secrets", "-n", ns), "forbidden")
	refused(t, "reading the other team's pods", c.kubectl(t, "get", "pods", "-n", other), "forbidden")
}

// deployer walks the edge of what a deployer may do.
func (p *platform) deployer(t *testing.T, c caller, ns, other string) {
	create := []string{"create", "configmap", "edge"}
	allowed(t, "writing in its own namespace", c.kubectl(t, append(create, "-n", ns)...))
	allowed(t, "deploying", c.kubectl(t, "create", "deployment", "edge", "--image=x", "-n", ns))
	allowed(t, "deleting", c.kubectl(t, "delete", "configmap/edge", "deployment/edge", "-n", ns))
	for _, elsewhere := range []string{other, "kube-system", "default"} {
		refused(t, "writing in "+elsewhere, c.kubectl(t, append(create, "-n", elsewhere)...), "forbidden")
	}
	refused(t, "reading in "+other, c.kubectl(t, "get", "pods", "-n", other), "forbidden")
	for what, args := range map[string][]string{
		"making a namespace":       {"create", "namespace", "edge"},
		"opening its namespace":    {"label", "namespace", ns, "--overwrite", "pod-security.kubernetes.io/enforce=privileged"},
		"making a cluster role":    {"create", "clusterrole", "edge", "--verb=get", "--resource=pods"},
		"binding cluster-admin":    {"create", "clusterrolebinding", "edge", "--clusterrole=cluster-admin", "--user=x"},
		"binding itself to admin":  {"create", "rolebinding", "edge", "--clusterrole=admin", "--user=x", "-n", ns},
		"dropping its bindings":    {"delete", "rolebinding", "team-viewer", "-n", ns},
		"dropping the quota":       {"delete", "resourcequota", "team-quota", "-n", ns},
		"raising the quota":        {"patch", "resourcequota", "team-quota", "-n", ns, "-p", `'{"spec":{"hard":{"pods":"999"}}}'`},
		"dropping the limits":      {"delete", "limitrange", "team-limits", "-n", ns},
		"dropping the policy":      {"delete", "networkpolicy", "default-deny", "-n", ns},
		"minting tokens":           {"create", "token", "default", "-n", ns},
		"acting as another":        {"get", "pods", "-n", other, "--as=system:admin"},
		"reading nodes":            {"get", "nodes"},
		"opening a way to the net": {"create", "service", "loadbalancer", "edge", "--tcp=80", "-n", ns},
	} {
		words := []string{"orbidden"} // the quota says "Forbidden" too
		refused(t, what, c.kubectl(t, args...), words...)
	}
}
