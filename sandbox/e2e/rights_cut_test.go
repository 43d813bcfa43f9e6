package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// cut is what is taken from the autoscaler's rights.
type cut struct {
	short bool     // a minute more is spent on a zone without capacity
	stir  bool     // somebody else changes the node that is to go, all the time
	whole bool     // a statement or rule, not one right of several
	kind  string   // policy, ClusterRole or Role; empty = nothing is taken
	row   int      // statement of the policy, or rule of the role
	what  string   // for the table
	words []string // one of them is in what is refused: actions, or "verb resource"
	less  any      // the policy or the rules that are left
}

// rule is one of a role in the cluster.
type rule struct {
	APIGroups     []string `json:"apiGroups"`
	Resources     []string `json:"resources"`
	Verbs         []string `json:"verbs"`
	ResourceNames []string `json:"resourceNames,omitempty"`
}

type statement struct {
	Sid, Effect      string
	Action, Resource any
	Condition        any `json:",omitempty"`
}

type document struct {
	Version   string
	Statement []statement
}

// actions are a statement's, of which one may stand alone.
func (s statement) actions() []string {
	switch a := s.Action.(type) {
	case string:
		return []string{a}
	case []any:
		var out []string
		for _, one := range a {
			out = append(out, fmt.Sprint(one))
		}
		return out
	}
	return nil
}

// rights are the autoscaler's, as the platform has made them.
type rights struct {
	policy        document
	everywhere    []rule
	own           []rule
	policyID      string
	policyAsItWas string
}

func (a *scaled) rights(t *testing.T) *rights {
	t.Helper()
	p := a.record(t, "aws:iam/rolePolicy:RolePolicy", "-autoscaler-")
	r := &rights{policyID: p.ID, policyAsItWas: p.State["policy"].(string)}
	must(t, json.Unmarshal([]byte(r.policyAsItWas), &r.policy))
	var role struct{ Rules []rule }
	a.get(t, &role, "clusterrole cluster-autoscaler")
	r.everywhere = role.Rules
	role.Rules = nil
	a.get(t, &role, "-n kube-system role cluster-autoscaler")
	r.own = role.Rules
	return r
}

// rows takes away one statement or rule after another.
func (r *rights) rows() []cut {
	var cuts []cut
	for i, s := range r.policy.Statement {
		less := r.policy
		less.Statement = slices.Delete(slices.Clone(r.policy.Statement), i, i+1)
		cuts = append(cuts, cut{whole: true, kind: "policy", row: i, what: "all of " + s.Sid, words: s.actions(), less: less})
	}
	for kind, rules := range map[string][]rule{"ClusterRole": r.everywhere, "Role": r.own} {
		for i, rule := range rules {
			what := strings.Join(rule.Verbs, ", ") + " " + strings.Join(rule.Resources, ", ")
			c := cut{whole: true, kind: kind, row: i, what: what, less: slices.Delete(slices.Clone(rules), i, i+1)}
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					c.words = append(c.words, verb+" "+resource)
				}
			}
			cuts = append(cuts, c)
		}
	}
	slices.SortStableFunc(cuts, func(a, b cut) int { return strings.Compare(order(a), order(b)) })
	return cuts
}

// order has AWS first, then the cluster, then the own namespace.
func order(c cut) string { return strings.Replace(c.kind, "policy", "A", 1) }

// single takes away one action, or one verb on one resource, after another.
func (r *rights) single() []cut {
	var cuts []cut
	for i, s := range r.policy.Statement {
		all := s.actions()
		for j, action := range all {
			if len(all) == 1 {
				continue // the statement is
			}
			less := r.policy
			less.Statement = slices.Clone(r.policy.Statement)
			less.Statement[i].Action = slices.Delete(slices.Clone(all), j, j+1)
			cuts = append(cuts, cut{
				short: action == "autoscaling:DescribeScalingActivities", kind: "policy", row: i, what: action, words: []string{action}, less: less,
			})
		}
	}
	for _, of := range []struct {
		kind  string
		rules []rule
	}{{"ClusterRole", r.everywhere}, {"Role", r.own}} {
		for i, rule := range of.rules {
			if len(rule.Resources)*len(rule.Verbs) == 1 {
				continue // the rule is
			}
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					what := verb + " " + resource
					cuts = append(cuts, cut{
						stir: what == "get nodes", kind: of.kind, row: i, what: what, words: []string{what}, less: without1(of.rules, i, resource, verb),
					})
				}
			}
		}
	}
	return cuts
}

// without1 splits a rule so that one verb on one resource is missing.
func without1(rules []rule, i int, resource, verb string) []rule {
	out := slices.Delete(slices.Clone(rules), i, i+1)
	others, lesser := rules[i], rules[i]
	others.Resources = slices.DeleteFunc(slices.Clone(others.Resources), func(r string) bool { return r == resource })
	lesser.Resources = []string{resource}
	lesser.Verbs = slices.DeleteFunc(slices.Clone(lesser.Verbs), func(v string) bool { return v == verb })
	for _, r := range []rule{others, lesser} {
		if len(r.Resources)*len(r.Verbs) > 0 {
			out = append(out, r)
		}
	}
	return out
}

// grant puts the rights in force, less a cut.
func (a *scaled) grant(t *testing.T, r *rights, c cut) {
	t.Helper()
	policy, everywhere, own := any(r.policy), r.everywhere, r.own
	switch c.kind {
	case "policy":
		policy = c.less
	case "ClusterRole":
		everywhere = c.less.([]rule)
	case "Role":
		own = c.less.([]rule)
	}
	text, err := json.Marshal(policy)
	must(t, err)
	a.drift(t, r.policyID, "--set", "policy="+string(text))
	role := func(kind string, meta object, rules []rule) object {
		return object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": meta, "rules": rules}
	}
	a.apply(t, role("ClusterRole", object{"name": "cluster-autoscaler"}, everywhere),
		role("Role", object{"name": "cluster-autoscaler", "namespace": "kube-system"}, own))
}
