package aws

import (
	"slices"
	"strings"
	"time"
)

var accessPolicies = []string{
	"AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy", "AmazonEKSAdminViewPolicy",
}

const accessPolicyPrefix = "arn:" + partition + ":eks::aws:cluster-access-policy/"

func policyARN(name string) string { return accessPolicyPrefix + name }

func associationID(cluster, principal, policy string) string {
	return cluster + "#" + principal + "#" + policy
}

var _ = register(&Kind{
	Token: tokenAccessAssociation, Required: []string{"accessScope", "clusterName", "policyArn", "principalArn"}, First: true,
	ID: func(o *Op) string {
		return associationID(str(o.In, "clusterName"), str(o.In, "principalArn"), str(o.In, "policyArn"))
	},
	Defaults: Props{"accessScope": Props{"namespaces": []any{}}},
	Computed: []string{"associatedAt", "modifiedAt"},
	Replace:  []string{"accessScope", "clusterName", "policyArn", "principalArn"},
	Refs:     []Ref{{Field: "clusterName", Kind: tokenCluster, Delete: Cascade}},
	Check:    checks(func(c *check) { c.oneOf("accessScope.type", "cluster", "namespace") }),
	Fill: func(o *Op) error {
		id := str(o.Out, "clusterName") + ":" + str(o.Out, "principalArn")
		entry := o.Tx.peek(tokenAccessEntry, id)
		if entry == nil {
			return kinds[tokenAccessEntry].Missing(id)
		}
		if str(entry.State, "type") != "STANDARD" {
			return fail("InvalidRequestException", "The access entry of type %s cannot have access policies.", str(entry.State, "type"))
		}
		name, ok := strings.CutPrefix(str(o.Out, "policyArn"), accessPolicyPrefix)
		if !ok || !slices.Contains(accessPolicies, name) {
			return fail("InvalidParameterException", "The policyArn parameter format is not valid")
		}
		if err := accessScope(o.Out); err != nil {
			return err
		}
		now := time.Now().UTC().Format(time.RFC3339)
		o.Out["associatedAt"], o.Out["modifiedAt"] = now, now
		return nil
	},
})

const maxScopeNamespaces = 100

// accessScope checks how far an association reaches. Namespaces are refused by name: the machine binds whole clusters only.
func accessScope(p Props) error {
	namespaces := strs(p, "accessScope.namespaces")
	switch scope := str(p, "accessScope.type"); {
	case scope == "cluster" && len(namespaces) > 0:
		return fail("InvalidParameterException", "The namespaces of an access scope of type cluster must be empty")
	case scope == "cluster":
		return nil
	case len(namespaces) == 0:
		return fail("InvalidParameterException", "An access scope of type namespace must have at least one namespace")
	case len(namespaces) > maxScopeNamespaces:
		return fail("InvalidParameterException", "An access scope may have at most %d namespaces", maxScopeNamespaces)
	}
	return notModelled(tokenAccessAssociation + " with access scope namespace")
}
