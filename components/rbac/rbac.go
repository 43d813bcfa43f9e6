// Package rbac writes what accounts and groups may do in a cluster, a row for each right.
package rbac

import (
	"strings"

	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Grant is one row.
type Grant struct{ verbs, group, resources, names string }

// May grants verbs on resources of an API group, "" for core; names, if any, are the only objects that it is about, which create
// and list cannot be held to. Words are separated by spaces.
func May(verbs, group, resources string, names ...string) Grant {
	return Grant{verbs, group, resources, strings.Join(names, " ")}
}

// Rules are the grants as a role has them, in their order.
func Rules(grants []Grant) rbacv1.PolicyRuleArray {
	var out rbacv1.PolicyRuleArray
	for _, g := range grants {
		rule := rbacv1.PolicyRuleArgs{
			ApiGroups: pulumi.ToStringArray([]string{g.group}),
			Resources: pulumi.ToStringArray(strings.Fields(g.resources)),
			Verbs:     pulumi.ToStringArray(strings.Fields(g.verbs)),
		}
		if g.names != "" {
			rule.ResourceNames = pulumi.ToStringArray(strings.Fields(g.names))
		}
		out = append(out, rule)
	}
	return out
}

// group is RBAC's own, in the API.
var group = pulumi.String("rbac.authorization.k8s.io")

// Ref names the role that a binding gives; kind is Role or ClusterRole.
func Ref(kind string, role pulumi.StringInput) rbacv1.RoleRefArgs {
	return rbacv1.RoleRefArgs{ApiGroup: group, Kind: pulumi.String(kind), Name: role}
}

// Groups are those that a binding gives it to.
func Groups(names ...string) rbacv1.SubjectArray {
	var list rbacv1.SubjectArray
	for _, name := range names {
		list = append(list, rbacv1.SubjectArgs{ApiGroup: group, Kind: pulumi.String("Group"), Name: pulumi.String(name)})
	}
	return list
}

// Account is the one service account that a binding gives it to.
func Account(name, namespace string) rbacv1.SubjectArray {
	return rbacv1.SubjectArray{rbacv1.SubjectArgs{
		Kind: pulumi.String("ServiceAccount"), Name: pulumi.String(name), Namespace: pulumi.String(namespace),
	}}
}
