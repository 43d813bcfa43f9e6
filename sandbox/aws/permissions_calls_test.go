package aws_test

import (
	"slices"
	"strings"
	"testing"

	"paddock/sandbox/aws"
)

const everything = `{"Effect":"Allow","Action":"*","Resource":"*"}`

func denying(action, resource, condition string) string {
	return policyOf(everything + `,{"Effect":"Deny","Action":` + action + `,"Resource":"` + resource + `","Condition":` + condition + `}`)
}

func makeSubnet(p *platform) error {
	_, err := p.tryCreate("aws:ec2/subnet:Subnet", props{"vpcId": p.vpc.id, "cidrBlock": "10.0.9.0/24", "mapPublicIpOnLaunch": true, "tags": props{"team": "red"}})
	return err
}

// Tags of a request are on the calls that carry them, and parents on the create alone.
func TestWhatCallsCarry(t *testing.T) {
	const red, none, always = `{"StringEquals":{"aws:RequestTag/team":"red"}}`, `{"Null":{"aws:TagKeys":"false"}}`, `{"Bool":{"aws:SecureTransport":"true"}}`
	group := func(p *platform) error {
		_, err := p.tryCreate("aws:cloudwatch/logGroup:LogGroup", props{"name": "mine"})
		return err
	}
	tags := func(tags props) func(*platform) error {
		return func(p *platform) error {
			_, err := p.tryUpdate(p.vpc, props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true, "tags": tags})
			return err
		}
	}
	association := func(tags props) func(*platform) error {
		return func(p *platform) error {
			role := p.create("aws:iam/role:Role", props{"assumeRolePolicy": trustPods})
			_, err := p.tryCreate("aws:eks/podIdentityAssociation:PodIdentityAssociation",
				props{"clusterName": "dev", "namespace": "red", "serviceAccount": "sa", "roleArn": role.out["arn"], "tags": tags})
			return err
		}
	}
	const notRed = `{"StringNotEquals":{"aws:ResourceTag/team":"red"}}`
	rows := map[string]struct {
		policy string
		do     func(*platform) error
		want   string // action that is denied; empty = none
	}{
		"what is made has its tags":     {denying(`"eks:DescribePodIdentityAssociation"`, "*", notRed), association(props{"team": "red"}), ""},
		"what is made has no others":    {denying(`"eks:DescribePodIdentityAssociation"`, "*", notRed), association(nil), "eks:DescribePodIdentityAssociation"},
		"and none while it is not made": {denying(`"eks:TagResource"`, "*", `{"Null":{"aws:ResourceTag/team":"false"}}`), association(props{"team": "red"}), ""},
		"the create carries tags":       {denying(`"ec2:CreateVpc"`, "*", red), makeVpc, "ec2:CreateVpc"},
		"tagging carries tags":          {denying(`"ec2:CreateTags"`, "*", red), makeVpc, "ec2:CreateTags"},
		"others carry none":             {denying(`["ec2:Describe*","ec2:Modify*"]`, "*", none), makeSubnet, ""},
		"a delete carries none": {denying(`"ec2:Delete*"`, "*", none), func(p *platform) error {
			return p.tryDelete(p.create("aws:ec2/vpc:Vpc", props{"cidrBlock": "10.9.0.0/16", "tags": props{"team": "red"}}))
		}, ""},
		"an update carries what's new": {denying(`"ec2:CreateTags"`, "*", `{"Null":{"aws:RequestTag/Name":"false"}}`), tags(props{"Name": "dev", "team": "red"}), ""},
		"removed keys":                 {denying(`"ec2:DeleteTags"`, "*", `{"ForAnyValue:StringEquals":{"aws:TagKeys":"Name"}}`), tags(nil), "ec2:DeleteTags"},
		"within which create":          {denying(`"ec2:CreateTags"`, "*", `{"StringNotEquals":{"ec2:CreateAction":"CreateVpc"}}`), makeVpc, ""},
		"within no create":             {denying(`"ec2:CreateTags"`, "*", `{"StringNotEquals":{"ec2:CreateAction":"CreateVpc"}}`), tags(props{"Name": "prod"}), "ec2:CreateTags"},
		"parents of a create only":     {denying(`["ec2:CreateTags","ec2:Modify*"]`, "arn:aws:ec2:*:*:vpc/*", always), makeSubnet, ""},
		"an update is looked at":       {denying(`"ec2:DescribeVpcs"`, "*", always), tags(props{"Name": "prod"}), "ec2:DescribeVpcs"},
		"groups are listed, not one":   {denying(`"logs:DescribeLogGroups"`, "arn:aws:logs:*:*:log-group:mine", always), group, ""},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t)
			p.actsAs("caller", row.policy)
			err := row.do(p)
			if row.want != "" {
				mustFail(t, err, "perform: "+row.want)
			} else if err != nil && strings.Contains(err.Error(), "not authorized") {
				t.Error(err)
			}
		})
	}
}

// calls are those of one operation on a thing, in order and without the look at what came of it.
func (r *rig) calls(of thing, verb string) string {
	r.t.Helper()
	entries, err := r.cloud.Calls(func(e aws.Entry) bool { return e.URN == of.urn && e.Verb == verb })
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		if _, name, _ := strings.Cut(e.Action, ":"); !strings.HasPrefix(name, "Get") && !strings.HasPrefix(name, "List") && !strings.HasPrefix(name, "Describe") && !slices.Contains(out, e.Action) {
			out = append(out, e.Action)
		}
	}
	return strings.Join(out, " ")
}

// What an update asks for is what changes, in the way that it changes.
func TestCallsOfAnUpdate(t *testing.T) {
	p := newPlatform(t)
	nodes, pods := p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustEC2}), p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustPods})
	rule := inlineRule(80, 80, "10.0.0.0/8")
	const boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	addon := props{"clusterName": "dev", "addonName": "vpc-cni", "resolveConflictsOnCreate": "OVERWRITE"}
	rows := map[string]struct {
		token   string
		was, in props
		want    string
	}{
		"role of a profile":   {"aws:iam/instanceProfile:InstanceProfile", props{"role": nodes.id}, props{"role": pods.id}, "iam:RemoveRoleFromInstanceProfile iam:AddRoleToInstanceProfile iam:PassRole"},
		"role of an add-on":   {"aws:eks/addon:Addon", addon, having(addon, "serviceAccountRoleArn", pods.out["arn"]), "eks:UpdateAddon iam:PassRole"},
		"tags of an add-on":   {"aws:eks/addon:Addon", having(addon, "addonName", "kube-proxy"), having(having(addon, "addonName", "kube-proxy"), "tags", props{"a": "b"}), "eks:TagResource"},
		"a boundary":          {"aws:iam/role:Role", props{"assumeRolePolicy": trustPods}, props{"assumeRolePolicy": trustPods, "permissionsBoundary": boundary}, "iam:PutRolePermissionsBoundary"},
		"no boundary":         {"aws:iam/role:Role", props{"assumeRolePolicy": trustPods, "permissionsBoundary": boundary}, props{"assumeRolePolicy": trustPods}, "iam:DeleteRolePermissionsBoundary"},
		"a key off":           {"aws:kms/key:Key", nil, props{"isEnabled": false}, "kms:DisableKey"},
		"a key on":            {"aws:kms/key:Key", props{"isEnabled": false}, nil, "kms:EnableKey"},
		"rotation":            {"aws:kms/key:Key", nil, props{"enableKeyRotation": true}, "kms:EnableKeyRotation"},
		"no rotation":         {"aws:kms/key:Key", props{"enableKeyRotation": true}, nil, "kms:DisableKeyRotation"},
		"no retention":        {"aws:cloudwatch/logGroup:LogGroup", props{"retentionInDays": 7}, nil, "logs:DeleteRetentionPolicy"},
		"retention":           {"aws:cloudwatch/logGroup:LogGroup", nil, props{"retentionInDays": 7}, "logs:PutRetentionPolicy"},
		"a policy":            {"aws:iam/policy:Policy", props{"policy": policyOf(everything)}, props{"policy": denying(`"ec2:*"`, "*", `{"Null":{"aws:TagKeys":"false"}}`)}, "iam:CreatePolicyVersion"},
		"a rule more":         {"aws:ec2/securityGroup:SecurityGroup", props{"vpcId": p.vpc.id}, props{"vpcId": p.vpc.id, "ingress": []any{rule}}, "ec2:AuthorizeSecurityGroupIngress"},
		"a rule less":         {"aws:ec2/securityGroup:SecurityGroup", props{"vpcId": p.vpc.id, "egress": []any{rule}}, props{"vpcId": p.vpc.id}, "ec2:RevokeSecurityGroupEgress"},
		"how machines end":    {"aws:ec2/launchTemplate:LaunchTemplate", nil, props{"instanceInitiatedShutdownBehavior": "stop"}, "ec2:CreateLaunchTemplateVersion"},
		"a default that goes": {"aws:ec2/launchTemplate:LaunchTemplate", props{"updateDefaultVersion": true}, props{"updateDefaultVersion": true, "description": "b"}, "ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			made := p.create(row.token, row.was)
			p.update(made, row.in)
			if got := p.calls(made, "update"); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// What goes beyond the resource itself: keys, machines, and rules of a group that was there before.
func TestCallsOnOthers(t *testing.T) {
	p := newPlatform(t)
	key := p.add("aws:kms/key:Key", nil)
	p.update(p.cluster, having(p.cluster.in, "encryptionConfig", props{"provider": props{"keyArn": key.out["arn"]}, "resources": []any{"secrets"}}))
	if got, want := p.calls(p.cluster, "update"), "eks:AssociateEncryptionConfig kms:CreateGrant"; got != want {
		t.Errorf("encryption of a cluster: got %s, want %s", got, want)
	}
	template := p.create("aws:ec2/launchTemplate:LaunchTemplate", nil)
	of := having(p.nodeInputs(), "launchTemplate", props{"id": template.id, "version": "1"})
	group := p.create("aws:eks/nodeGroup:NodeGroup", of)
	p.update(template, props{"description": "second"})
	p.update(group, having(of, "launchTemplate", props{"id": template.id, "version": "2"}))
	if got, want := p.calls(group, "update"), "eks:UpdateNodegroupVersion ec2:RunInstances"; got != want {
		t.Errorf("another version of a template: got %s, want %s", got, want)
	}
	adopted := p.create("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", props{"vpcId": p.vpc.id, "ingress": []any{inlineRule(80, 80, "10.0.0.0/8")}})
	if got := p.calls(adopted, "create"); got != "ec2:RevokeSecurityGroupIngress ec2:RevokeSecurityGroupEgress ec2:AuthorizeSecurityGroupIngress" {
		t.Errorf("the default group: %s", got)
	}
}

func having(in props, name string, value any) props {
	out := props{name: value}
	for k, v := range in {
		if k != name {
			out[k] = v
		}
	}
	return out
}

// Faults strike the calls that an operation makes, and no others.
func TestFaultsStrikeCallsThatAreMade(t *testing.T) {
	p := newNetwork(t)
	vpc := p.create("aws:ec2/vpc:Vpc", props{"cidrBlock": "10.9.0.0/16"})
	rule := inlineRule(80, 80, "10.0.0.0/8")
	for action, made := range map[string]map[bool]func() thing{
		"ec2:CreateTags": {
			false: func() thing { return p.create("aws:ec2/internetGateway:InternetGateway", nil) },
			true: func() thing {
				return p.create("aws:ec2/internetGateway:InternetGateway", props{"tags": props{"a": "b"}})
			},
		},
		"ec2:AuthorizeSecurityGroupIngress": {
			false: func() thing { return p.create("aws:ec2/securityGroup:SecurityGroup", props{"vpcId": vpc.id}) },
			true: func() thing {
				return p.create("aws:ec2/securityGroup:SecurityGroup", props{"vpcId": vpc.id, "ingress": []any{rule}})
			},
		},
	} {
		p.fate(aws.Mishap{Fault: "throttle", Action: action})
		for _, struck := range []bool{false, true} {
			calls, err := p.cloud.Calls(func(aws.Entry) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			made[struck]()
			after, _ := p.cloud.Calls(func(e aws.Entry) bool { return true })
			hit := slices.ContainsFunc(after[len(calls):], func(e aws.Entry) bool { return e.Outcome != "ok" && e.Action == action })
			if hit != struck {
				t.Errorf("%s: struck %v, want %v", action, hit, struck)
			}
		}
	}
}

// told is state that AWS works out and that no program sets; still are inputs that no call is about, or that are refused.
var (
	told = strings.Fields(`
		ownerId createDate uniqueId policyId keyId associatedAt modifiedAt publicDns publicIp carrierIp customerOwnedIp ptrRecord
		networkInterfaceId defaultNetworkAclId defaultRouteTableId defaultSecurityGroupId dhcpOptionsId mainRouteTableId
		ipv6AssociationId ipv6CidrBlockAssociationId ipv6CidrBlockNetworkBorderGroup cidrBlocks dnsEntries networkInterfaceIds
		prefixListId requesterManaged state allocationId associationId attachmentCount
		certificateAuthorities certificateAuthority clusterId createdAt endpoint identities platformVersion status resources arn accessEntryArn associationArn
		domainValidationOptions validationEmails renewalEligibility renewalSummaries earlyRenewalDuration pendingRenewal notAfter notBefore
		aws:acm/certificate:Certificate.type zoneId nameServers primaryNameServer
		registryId repositoryUrl bucketDomainName bucketRegionalDomainName hostedZoneId region
		aws:ec2/eip:Eip.customerOwnedIpv4Pool aws:ec2/eip:Eip.privateIp
		aws:ec2/defaultSecurityGroup:DefaultSecurityGroup.description aws:ec2/defaultSecurityGroup:DefaultSecurityGroup.name
		aws:ec2/defaultSecurityGroup:DefaultSecurityGroup.namePrefix`)
	still = strings.Fields(`skipDestroy revokeRulesOnDelete forceDetachPolicies bypassPolicyLockoutSafetyCheck forceDelete forceDestroy managedPolicyArns inlinePolicies`)
)

// Nothing changes in place without a call.
func TestEveryChangeIsACall(t *testing.T) {
	changes := [][2]props{}
	for _, c := range [][2]any{{"a", "b"}, {1.0, 2.0}, {true, false}, {false, true}, {[]any{"a"}, []any{"b"}}, {props{"version": "1"}, props{"version": "2"}}} {
		changes = append(changes, [2]props{{"v": c[0]}, {"v": c[1]}})
	}
	for _, token := range aws.Tokens() {
		for _, name := range aws.InPlace(token) {
			if slices.Contains(told, name) || slices.Contains(told, token+"."+name) || slices.Contains(still, name) {
				continue
			}
			if !slices.ContainsFunc(changes, func(c [2]props) bool {
				return len(aws.ChangesOf(token, props{name: c[0]["v"]}, props{name: c[1]["v"]})) > 0
			}) {
				t.Errorf("%s: %s", token, name)
			}
		}
	}
}
