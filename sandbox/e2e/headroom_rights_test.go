package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// scalerRight is one rule of the scaler of headroom. The page of rights tells of them, too.
type scalerRight struct {
	what, breaks string
	kind         string   // of the role that has it
	resource     string   // that it is about
	denied       []string // what the log names as refused: one of them
}

var scalersRights = []scalerRight{
	{"list, watch nodes", "it waits for the nodes, and sets no number", "ClusterRole", "nodes", []string{"list nodes"}},
	{"get configmaps", "no round works: the number stays as it was", "Role", "configmaps", []string{"get configmaps"}},
	{"get, update deployments/scale", "no round works: the number stays as it was", "Role", "deployments/scale", []string{"get deployments/scale"}},
}

// less is the scaler's role of a kind, without the rule about a resource; "" = with all.
func (a *scaled) less(t *testing.T, kind, resource string) object {
	t.Helper()
	meta, where := object{"name": "paddock-headroom-scaler"}, "clusterrole paddock-headroom-scaler"
	if kind == "Role" {
		meta, where = object{"name": "headroom-scaler", "namespace": room}, "-n "+room+" role headroom-scaler"
	}
	var role struct{ Rules []rule }
	a.get(t, &role, where)
	left := slices.DeleteFunc(slices.Clone(role.Rules), func(r rule) bool { return slices.Contains(r.Resources, resource) })
	if resource != "" && len(left) == len(role.Rules) {
		t.Fatalf("%s has no rule about %s", kind, resource)
	}
	return object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": meta, "rules": left}
}

// scalersMissed takes one rule after another from the scaler, and has it begin anew beside a number that is wrong.
func (a *scaled) scalersMissed(t *testing.T) {
	rules := 0
	for _, kind := range []string{"ClusterRole", "Role"} {
		rules += len(a.less(t, kind, "")["rules"].([]rule))
	}
	if rules != len(scalersRights) {
		t.Errorf("the scaler has %d rules, %d of them are told of", rules, len(scalersRights))
	}
	a.begin(t)
	eventually(t, within, "with all rights, the number is put right", func() bool { return a.number(t) == "5" })
	for _, right := range scalersRights {
		all := a.less(t, right.kind, "")
		a.begin(t, a.less(t, right.kind, right.resource))
		a.misses(t, right)
		a.apply(t, all)
	}
}

// begin stops the scaler, writes a wrong number and roles, and starts it.
func (a *scaled) begin(t *testing.T, roles ...any) {
	t.Helper()
	a.do(t, "-n", room, "scale --replicas=0", roomScaler)
	eventually(t, within, "the scaler's end", func() bool { return a.kubectl(t, "-n", room, "get pods -o name -l", scalerLabel).out == "" })
	a.do(t, "-n", room, "scale --replicas=6 deployment/headroom")
	if len(roles) > 0 {
		a.apply(t, roles...)
	}
	a.do(t, "-n", room, "scale --replicas=1", roomScaler)
}

func (a *scaled) number(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(a.do(t, "-n", room, "get deployment headroom -o jsonpath='{.spec.replicas}'"))
}

// misses sees what a scaler does that lacks a right.
func (a *scaled) misses(t *testing.T, right scalerRight) {
	t.Helper()
	eventually(t, within, fmt.Sprintf("the scaler's log says that it was refused %s", right.denied), func() bool {
		log := a.kubectl(t, "-n", room, "logs --tail=-1 -l", scalerLabel).all()
		return slices.ContainsFunc(denials(log), func(d string) bool { return slices.Contains(right.denied, d) })
	})
	time.Sleep(2 * time.Second) // longer than one with all rights takes
	ready := a.do(t, "-n", room, "get", roomScaler, "-o jsonpath='{.status.readyReplicas}'")
	if n := a.number(t); n != "6" || ready != "" {
		t.Errorf("without %s: %s slices, %q scalers ready, want the wrong number and none", right.what, n, ready)
	}
	t.Logf("without %s: %s", right.what, right.breaks)
}
