package aws

import (
	"strings"

	"paddock/sandbox/machine"
)

var _ = register(&Kind{
	Token: tokenPodIdentity, Tagged: true, Required: []string{"clusterName", "namespace", "roleArn", "serviceAccount"}, First: true,
	ID:       func(*Op) string { return letters("a-", 17) },
	Computed: []string{"associationArn", "associationId"},
	Replace:  []string{"clusterName", "namespace", "serviceAccount"},
	Refs: []Ref{
		{Field: "clusterName", Kind: tokenCluster, Delete: Cascade},
		{Field: "roleArn", Kind: tokenRole, By: "arn", Err: noPodRole},
	},
	Fill: func(o *Op) error {
		if err := o.podRole(str(o.Out, "roleArn")); err != nil {
			return err
		}
		o.Out["associationId"] = o.ID
		o.Out["associationArn"] = o.Env.arn("eks", "podidentityassociation/"+str(o.Out, "clusterName")+"/"+o.ID)
		same := o.Tx.find(o.Kind.Token, func(r *Record) bool {
			for _, name := range []string{"clusterName", "namespace", "serviceAccount"} {
				if str(r.State, name) != str(o.Out, name) {
					return false
				}
			}
			return r.ID != o.ID
		})
		if same != nil {
			return fail("ResourceInUseException", "Association already exists: %s", same.ID)
		}
		return nil
	},
	Lookup: func(t *Tx, id string) *Record {
		_, association, _ := strings.Cut(id, ",")
		return t.peek(tokenPodIdentity, association)
	},
})

func noPodRole(arn string) *Error {
	return fail("InvalidParameterException", "Role provided in the request does not exist: %s", arn)
}

// podRole checks that pods of the service account may assume the role.
func (o *Op) podRole(arn string) error {
	role := o.Tx.role(arn)
	if role == nil {
		return noPodRole(arn)
	}
	cluster := str(o.Out, "clusterName")
	source := o.Env.arn("eks", "cluster/"+cluster)
	tags := podTags(cluster, machine.ServiceAccount{Namespace: str(o.Out, "namespace"), Name: str(o.Out, "serviceAccount")})
	tags["eks-cluster-arn"] = source
	if !trusts(role, podAudience, source, tags) {
		return fail("InvalidParameterException", "Trust policy of role %s does not allow pods.eks.amazonaws.com to assume it", arn)
	}
	return nil
}
