package conformance

import (
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func (r *rig) iam() *iam.Client { return iam.NewFromConfig(r.config) }

// text undoes IAM's escaping of documents.
func text(t *testing.T, document *string) string {
	t.Helper()
	return ok[string](t)(url.PathUnescape(at(document)))
}

func TestCaller(t *testing.T) {
	out := ok[*sts.GetCallerIdentityOutput](t)(sts.NewFromConfig(p.config).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))
	want(t, "account", at(out.Account), p.cloud.Account())
	want(t, "id", strings.HasPrefix(at(out.UserId), "AROA"), true)
}

func TestRoles(t *testing.T) {
	c, name := p.iam(), ptr("nodes")
	r := ok[*iam.GetRoleOutput](t)(c.GetRole(t.Context(), &iam.GetRoleInput{RoleName: name})).Role
	want(t, "ARN", at(r.Arn), p.nodeRole.arn())
	want(t, "trust", text(t, r.AssumeRolePolicyDocument), trust("ec2.amazonaws.com"))
	want(t, "tag", at(r.Tags[0].Value), "red")
	want(t, "session", at(r.MaxSessionDuration), 3600)
	tags := ok[*iam.ListRoleTagsOutput](t)(c.ListRoleTags(t.Context(), &iam.ListRoleTagsInput{RoleName: name}))
	want(t, "tags", len(tags.Tags), 1)
	attached := ok[*iam.ListAttachedRolePoliciesOutput](t)(c.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: name}))
	want(t, "attached", len(attached.AttachedPolicies), 2)
	want(t, "attached", at(attached.AttachedPolicies[0].PolicyName), "reader")
	inline := ok[*iam.ListRolePoliciesOutput](t)(c.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: name}))
	want(t, "inline", strings.Join(inline.PolicyNames, ","), "inline")
	own := ok[*iam.GetRolePolicyOutput](t)(c.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: name, PolicyName: ptr("inline")}))
	want(t, "document", text(t, own.PolicyDocument), readOnly)
	_, err := c.GetRole(t.Context(), &iam.GetRoleInput{RoleName: ptr("none")})
	modelled[*types.NoSuchEntityException](t, err)
	_, err = c.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: name, PolicyName: ptr("none")})
	modelled[*types.NoSuchEntityException](t, err)
}

func TestRolesInPages(t *testing.T) {
	c := p.iam()
	pages := iam.NewListRolesPaginator(c, &iam.ListRolesInput{MaxItems: ptr(int32(4))})
	var names []string
	for pages.HasMorePages() {
		for _, r := range ok[*iam.ListRolesOutput](t)(pages.NextPage(t.Context())).Roles {
			names = append(names, at(r.RoleName))
		}
	}
	want(t, "roles", strings.Join(names, ","), "OrganizationAccountAccessRole,control,flow,nodes,paddock-sandbox,pods")
	_, err := c.ListRoles(t.Context(), &iam.ListRolesInput{Marker: ptr("junk")})
	refused(t, err, "ValidationError")
}

func TestPolicies(t *testing.T) {
	c, arn := p.iam(), ptr(p.policy.arn())
	got := ok[*iam.GetPolicyOutput](t)(c.GetPolicy(t.Context(), &iam.GetPolicyInput{PolicyArn: arn})).Policy
	want(t, "name", at(got.PolicyName), "reader")
	want(t, "attachments", at(got.AttachmentCount), 1)
	version := ok[*iam.GetPolicyVersionOutput](t)(c.GetPolicyVersion(t.Context(), &iam.GetPolicyVersionInput{PolicyArn: arn, VersionId: got.DefaultVersionId}))
	want(t, "document", text(t, version.PolicyVersion.Document), readOnly)
	versions := ok[*iam.ListPolicyVersionsOutput](t)(c.ListPolicyVersions(t.Context(), &iam.ListPolicyVersionsInput{PolicyArn: arn}))
	want(t, "versions", len(versions.Versions), 1)
	local := ok[*iam.ListPoliciesOutput](t)(c.ListPolicies(t.Context(), &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal}))
	want(t, "own policies", len(local.Policies), 1)
	used := ok[*iam.ListPoliciesOutput](t)(c.ListPolicies(t.Context(), &iam.ListPoliciesInput{OnlyAttached: true}))
	want(t, "policies in use", len(used.Policies), 4) // the administrators' among them
	managed := ok[*iam.GetPolicyOutput](t)(c.GetPolicy(t.Context(), &iam.GetPolicyInput{
		PolicyArn: ptr("arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"),
	})).Policy
	want(t, "path", at(managed.Path), "/service-role/")
	_, err := c.GetPolicy(t.Context(), &iam.GetPolicyInput{PolicyArn: ptr("arn:aws:iam::aws:policy/None")})
	modelled[*types.NoSuchEntityException](t, err)
	_, err = c.GetPolicyVersion(t.Context(), &iam.GetPolicyVersionInput{PolicyArn: arn, VersionId: ptr("v9")})
	modelled[*types.NoSuchEntityException](t, err)
}

func TestInstanceProfiles(t *testing.T) {
	c := p.iam()
	one := ok[*iam.GetInstanceProfileOutput](t)(c.GetInstanceProfile(t.Context(), &iam.GetInstanceProfileInput{InstanceProfileName: ptr("bastion")}))
	want(t, "role", at(one.InstanceProfile.Roles[0].RoleName), "nodes")
	all := ok[*iam.ListInstanceProfilesForRoleOutput](t)(c.ListInstanceProfilesForRole(t.Context(), &iam.ListInstanceProfilesForRoleInput{RoleName: ptr("nodes")}))
	want(t, "profiles: one of ours, one of EKS's for each node group", len(all.InstanceProfiles), 3)
	_, err := c.GetInstanceProfile(t.Context(), &iam.GetInstanceProfileInput{InstanceProfileName: ptr("none")})
	modelled[*types.NoSuchEntityException](t, err)
}

func TestIssuers(t *testing.T) {
	c := p.iam()
	ok[*iam.ListOpenIDConnectProvidersOutput](t)(c.ListOpenIDConnectProviders(t.Context(), &iam.ListOpenIDConnectProvidersInput{}))
	_, err := c.GetOpenIDConnectProvider(t.Context(), &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: ptr("arn:aws:iam::1:oidc-provider/none")})
	modelled[*types.NoSuchEntityException](t, err)
}
