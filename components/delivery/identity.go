package delivery

import (
	"paddock/components/labels"
	"paddock/components/policy"
)

// The team's own associations bear its name, as the team's program tags them. The platform's bear none.
const (
	teamResourceTag = "aws:ResourceTag/" + labels.Team
	teamRequestTag  = "aws:RequestTag/" + labels.Team
)

// identityRights let the team's services act as the roles that the platform lists for it, and as no others, by Pod Identity in this
// cluster. IAM knows neither namespace nor service account of an association that is made (EKS has no condition key for them), so
// that the team may make one for a service account of another's, of a role of its own: docs/delivery-rights.md says what of it.
// Once made, an association is changed and deleted by its own team only.
func (args *TeamArgs) identityRights() []policy.Statement {
	if len(args.Roles) == 0 {
		return nil
	}
	associations := []string{args.Account.arn("eks", "podidentityassociation/"+args.Platform+"/*")}
	named := policy.StringEquals(teamRequestTag, args.Name)
	return []policy.Statement{
		{Sid: "Associate", Actions: []string{"eks:CreatePodIdentityAssociation"},
			Resources: []string{args.Account.arn("eks", "cluster/"+args.Platform)}, Conditions: named},
		// What is made with tags is tagged by a right of its own, before it has any: AWS asks so, the local cloud does not.
		{Sid: "TagNewAssociation", Actions: []string{"eks:TagResource"}, Resources: associations,
			Conditions: policy.Join(named, policy.Conditions{"Null": {teamResourceTag: {"true"}, resourceTag: {"true"}}})},
		{Sid: "OwnAssociations", Resources: associations,
			Actions: []string{
				"eks:DeletePodIdentityAssociation", "eks:DescribePodIdentityAssociation", "eks:TagResource", "eks:UntagResource",
				"eks:UpdatePodIdentityAssociation",
			},
			Conditions: policy.Join(policy.StringEquals(teamResourceTag, args.Name), policy.StringEqualsIfExists(teamRequestTag, args.Name))},
		{Sid: "FindRoles", Actions: []string{"iam:GetRole"}, Resources: args.Roles},
		{Sid: "PassRoles", Actions: []string{"iam:PassRole"}, Resources: args.Roles,
			Conditions: policy.StringEquals("iam:PassedToService", "pods.eks.amazonaws.com")},
	}
}
