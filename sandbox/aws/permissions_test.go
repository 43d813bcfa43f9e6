package aws_test

import (
	"context"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"paddock/sandbox/aws"
)

func policyOf(statements string) string {
	return `{"Version":"2012-10-17","Statement":[` + statements + `]}`
}

// actsAs makes the rig's session that of a role with the policy.
func (r *rig) actsAs(name, policy string) {
	r.t.Helper()
	if err := r.cloud.AddRole(aws.RoleSpec{Name: name, Policy: policy}); err != nil {
		r.t.Fatal(err)
	}
	c, err := r.cloud.Assume(context.Background(), r.cloud.Self(), "arn:aws:iam::"+r.cloud.Account()+":role/"+name, "test")
	if err != nil {
		r.t.Fatal(err)
	}
	as, err := r.cloud.Caller(c)
	if err != nil {
		r.t.Fatal(err)
	}
	r.client = r.sessionOf(as, props{"region": "us-west-2"})
}

// What is asked for, on what, with which conditions: the policy allows all of it but for what the row takes away or adds.
func TestPermissions(t *testing.T) {
	const all = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	rows := map[string]struct {
		policy string
		do     func(*platform) error
		want   []string // of the error; none = it is allowed
	}{
		"everything": {policyOf(all), makeVpc, nil},
		"nothing for vpcs": {policyOf(`{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}`), makeVpc,
			[]string{"UnauthorizedOperation", ":assumed-role/caller/test", "ec2:CreateVpc", ":vpc/*", "because no identity-based policy allows the ec2:CreateVpc action"}},
		"an explicit deny": {policyOf(all + `,{"Effect":"Deny","Action":"ec2:CreateVpc","Resource":"*"}`), makeVpc, []string{"UnauthorizedOperation", "with an explicit deny"}},
		"no tagging":       {policyOf(all + `,{"Effect":"Deny","Action":"ec2:CreateTags","Resource":"*"}`), makeVpc, []string{"ec2:CreateTags"}},
		"only with a tag": {policyOf(all + `,{"Effect":"Deny","Action":"ec2:CreateVpc","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestTag/team":"red"}}}`),
			makeVpc, nil},
		"no look at what was made": {policyOf(all + `,{"Effect":"Deny","Action":"ec2:DescribeVpcs","Resource":"*"}`), makeVpc, []string{"ec2:DescribeVpcs"}},
		"another region":           {policyOf(all + `,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}}`), makeVpc, []string{"explicit deny"}},
		"a subnet of a forbidden vpc": {policyOf(all + `,{"Effect":"Deny","Action":"ec2:CreateSubnet","Resource":"arn:aws:ec2:*:*:vpc/*","Condition":{"StringEquals":{"aws:ResourceTag/Name":"dev"}}}`),
			func(p *platform) error {
				_, err := p.tryCreate("aws:ec2/subnet:Subnet", props{"vpcId": p.vpc.id, "cidrBlock": "10.0.9.0/24"})
				return err
			}, []string{"ec2:CreateSubnet", ":vpc/vpc-"}},
		"no role to pass": {policyOf(all + `,{"Effect":"Deny","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"eks.amazonaws.com"}}}`),
			func(p *platform) error {
				_, err := p.tryCreate("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
				return err
			}, []string{"AccessDenied: User:", "iam:PassRole", ":role/nodes"}},
		"no update": {policyOf(all + `,{"Effect":"Deny","Action":"ec2:ModifyVpcAttribute","Resource":"*"}`),
			func(p *platform) error {
				_, err := p.tryUpdate(p.vpc, props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": false, "tags": props{"Name": "dev"}})
				return err
			}, []string{"ec2:ModifyVpcAttribute", "vpc/vpc-"}},
		"an update that changes only tags": {policyOf(all + `,{"Effect":"Deny","Action":"ec2:ModifyVpcAttribute","Resource":"*"}`),
			func(p *platform) error {
				_, err := p.tryUpdate(p.vpc, props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true, "tags": props{"Name": "prod"}})
				return err
			}, nil},
		"no untagging": {policyOf(all + `,{"Effect":"Deny","Action":"ec2:DeleteTags","Resource":"*"}`),
			func(p *platform) error {
				_, err := p.tryUpdate(p.vpc, props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true})
				return err
			}, []string{"ec2:DeleteTags"}},
		"no delete": {policyOf(all + `,{"Effect":"Deny","Action":"eks:DeleteCluster","Resource":"*"}`),
			func(p *platform) error { return p.tryDelete(p.cluster) }, []string{"AccessDeniedException", "eks:DeleteCluster", ":cluster/dev"}},
		"no read": {policyOf(all + `,{"Effect":"Deny","Action":"iam:GetRole","Resource":"*"}`),
			func(p *platform) error {
				_, err := p.client.Read(context.Background(), &pulumirpc.ReadRequest{Id: p.role.id, Urn: p.role.urn})
				return err
			}, []string{"AccessDenied", "iam:GetRole"}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t)
			before := p.cloud.Leftovers()
			p.actsAs("caller", row.policy)
			err := row.do(p)
			for _, want := range row.want {
				mustFail(t, err, want)
			}
			if row.want == nil && err != nil {
				t.Error(err)
			}
			if after := p.cloud.Leftovers(); row.want != nil && len(after) != len(before) {
				t.Errorf("a call that was denied changed something: %d resources, before %d", len(after), len(before))
			}
		})
	}
}

func makeVpc(p *platform) error {
	_, err := p.tryCreate("aws:ec2/vpc:Vpc", props{"cidrBlock": "10.9.0.0/16", "tags": props{"team": "red"}})
	return err
}

// A policy that changes counts for the next call.
func TestPermissionsFollowPolicies(t *testing.T) {
	p := newPlatform(t)
	p.actsAs("caller", policyOf(`{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}`))
	mustFail(t, makeVpc(p), "UnauthorizedOperation")
	admin := p.session(props{"region": "us-west-2"})
	caller := p.client
	p.client = admin
	given := p.create("aws:iam/rolePolicyAttachment:RolePolicyAttachment", props{"role": "caller", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})
	p.client = caller
	if err := makeVpc(p); err != nil {
		t.Errorf("with AdministratorAccess: %v", err)
	}
	p.client = admin
	p.delete(given)
	p.client = caller
	mustFail(t, makeVpc(p), "UnauthorizedOperation")
}

// The audit tells the calls of an operation, whose they were and how they ended, also after a restart.
func TestAudit(t *testing.T) {
	p := newNetwork(t)
	p.actsAs("caller", policyOf(`{"Effect":"Allow","Action":["ec2:CreateVpc","ec2:CreateTags","ec2:*InternetGateways","ec2:CreateInternetGateway"],"Resource":"*"}`))
	p.create("aws:ec2/internetGateway:InternetGateway", nil)
	mustFail(t, makeVpc(p), "ec2:DescribeVpcs")
	_, err := p.tryCreate("aws:ec2/subnet:Subnet", props{"vpcId": "vpc-0", "cidrBlock": "10.0.9.0/24"})
	mustFail(t, err, "ec2:CreateSubnet")
	p.restart()
	_, err = p.tryCreate("aws:ec2/subnet:Subnet", props{"vpcId": "vpc-0", "cidrBlock": "10.0.9.0/24"})
	mustFail(t, err, "InvalidVpcID.NotFound")
	calls, err := p.cloud.Calls(func(e aws.Entry) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range calls[len(calls)-5:] {
		got = append(got, strings.Join([]string{e.Principal[strings.LastIndex(e.Principal, "role/"):], e.Action, e.Outcome, e.Verb}, " "))
		if e.Time.IsZero() || e.Region != "us-west-2" || e.Source != "pulumi" || e.URN == "" || e.Resource == "" {
			t.Errorf("incomplete: %+v", e)
		}
	}
	want := []string{
		"role/caller/test ec2:CreateInternetGateway ok create", "role/caller/test ec2:DescribeInternetGateways ok create", "role/caller/test ec2:DescribeVpcs UnauthorizedOperation create",
		"role/caller/test ec2:CreateSubnet UnauthorizedOperation create", "role/paddock-sandbox/paddock ec2:CreateSubnet InvalidVpcID.NotFound create",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	denied, err := p.cloud.Calls(aws.Entry.Denied)
	if err != nil || len(denied) != 2 {
		t.Errorf("denied: %v %v, want two", denied, err)
	}
}

// A rule that denies access under the code of a missing permission is no denial of permission.
func TestDeniedByARule(t *testing.T) {
	r := newRig(t)
	_, err := r.tryCreate("aws:cloudwatch/logGroup:LogGroup", props{"kmsKeyId": "arn:aws:kms:us-west-2:123456789012:key/none"})
	mustFail(t, err, "AccessDeniedException")
	calls, err := r.cloud.Calls(func(e aws.Entry) bool { return e.Denied() || e.Outcome != "ok" })
	if err != nil || len(calls) != 1 || calls[0].Denied() || calls[0].Action != "logs:CreateLogGroup" {
		t.Errorf("%v %v", calls, err)
	}
}

// No call is asked for on something that is no ARN.
func TestCallsAreAboutARNs(t *testing.T) {
	p := newPlatform(t)
	p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	p.add("aws:eks/addon:Addon", props{"clusterName": "dev", "addonName": "coredns", "resolveConflictsOnCreate": "OVERWRITE"})
	pods := p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustPods})
	p.add("aws:eks/podIdentityAssociation:PodIdentityAssociation", props{"clusterName": "dev", "namespace": "a", "serviceAccount": "b", "roleArn": pods.out["arn"]})
	p.add("aws:eks/accessEntry:AccessEntry", props{"clusterName": "dev", "principalArn": pods.out["arn"]})
	p.destroy()
	calls, err := p.cloud.Calls(func(e aws.Entry) bool { return e.Resource != "*" && !strings.HasPrefix(e.Resource, "arn:aws:") })
	if err != nil || len(calls) != 0 {
		t.Errorf("%v %v", calls, err)
	}
}

// Every kind states the calls that AWS's provider makes for it.
func TestEveryKindStatesItsCalls(t *testing.T) {
	for _, token := range aws.Tokens() {
		for _, verb := range []string{"create", "read"} {
			if len(aws.ActionsOf(token, verb)) == 0 {
				t.Errorf("%s: no calls for %s", token, verb)
			}
		}
		// AWS keeps the one, and the other is no more than a wait.
		nothing := token == "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup" || token == aWait
		if len(aws.ActionsOf(token, "delete")) == 0 && !nothing {
			t.Errorf("%s: no calls for delete", token)
		}
	}
}
