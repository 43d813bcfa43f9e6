package aws_test

import (
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// quotaRule makes one too many in an account that may have one.
type quotaRule struct {
	limit, code string
	do          func(p *platform) error
}

// two asks for the same thing twice, but for what f says.
func two(token string, f func(p *platform, i int) props) func(*platform) error {
	return func(p *platform) error {
		p.create(token, f(p, 0))
		return p.ask(token, f(p, 1))
	}
}

func (p *platform) subnet(block, zone string) thing {
	return p.create(aSubnet, props{"vpcId": p.vpc.id, "cidrBlock": block, "availabilityZone": zone})
}

// control gives the network a cluster.
func (p *platform) control() *platform {
	p.a, p.b = p.subnet("10.0.0.0/24", "us-west-2a"), p.subnet("10.0.1.0/24", "us-west-2b")
	p.role = p.clusterRole()
	p.nodeRole = p.create(aRole, props{"assumeRolePolicy": trustEC2})
	p.attach(p.nodeRole, "AmazonEKSWorkerNodePolicy")
	p.cluster = p.create(aCluster, p.clusterInputs())
	return p
}

var letter = []string{"a", "b"}

var quotaRules = map[string]quotaRule{
	"vpcs":              {"vpcs", "VpcLimitExceeded", func(p *platform) error { return p.ask(aVpc, props{"cidrBlock": "10.1.0.0/16"}) }},
	"internet gateways": {"internet gateways", "InternetGatewayLimitExceeded", two(aGateway, func(*platform, int) props { return props{} })},
	"elastic addresses": {"elastic addresses", "AddressLimitExceeded", two(anAddress, func(*platform, int) props { return props{} })},
	"nat gateways": {"nat gateways per zone", "NatGatewayLimitExceeded", func(p *platform) error {
		in := props{"subnetId": p.subnet("10.0.0.0/24", "us-west-2a").id, "connectivityType": "private"}
		return two(aNat, func(*platform, int) props { return in })(p)
	}},
	"subnets": {"subnets per vpc", "SubnetLimitExceeded", two(aSubnet, func(p *platform, i int) props {
		return props{"vpcId": p.vpc.id, "cidrBlock": []string{"10.0.0.0/24", "10.0.1.0/24"}[i]}
	})},
	"route tables": {"route tables per vpc", "RouteTableLimitExceeded", func(p *platform) error { return p.ask(aTable, props{"vpcId": p.vpc.id}) }},
	"routes": {"routes per table", "RouteLimitExceeded", func(p *platform) error {
		gateway := p.create(aGateway, props{"vpcId": p.vpc.id})
		return two(aRoute, func(p *platform, i int) props {
			return props{"routeTableId": p.vpc.out["mainRouteTableId"], "gatewayId": gateway.id, "destinationCidrBlock": []string{"1.0.0.0/8", "2.0.0.0/8"}[i]}
		})(p)
	}},
	"routes inline": {"routes per table", "RouteLimitExceeded", func(p *platform) error {
		g := &ground{platform: p}
		p.gateway = p.create(aGateway, props{"vpcId": p.vpc.id})
		return p.ask(aTable, inline(g, "1.0.0.0/8", "2.0.0.0/8"))
	}},
	"security groups": {"security groups", "SecurityGroupLimitExceeded", func(p *platform) error { return p.ask(aGroup, props{"vpcId": p.vpc.id}) }},
	"rules of a group": {"rules per security group", "RulesPerSecurityGroupLimitExceeded", func(p *platform) error {
		group := p.create(aGroup, props{"vpcId": p.vpc.id})
		return two(anIngress, func(_ *platform, i int) props {
			return props{"securityGroupId": group.id, "ipProtocol": "tcp", "fromPort": i, "toPort": i, "cidrIpv4": "10.0.0.0/8"}
		})(p)
	}},
	"groups of an interface": {"security groups per interface", "SecurityGroupsPerInterfaceLimitExceeded", func(p *platform) error {
		ids := many(2, func(int) any { return p.create(aGroup, props{"vpcId": p.vpc.id}).id })
		return p.ask(anEndpoint, props{"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2.sts", "vpcEndpointType": "Interface", "securityGroupIds": ids})
	}},
	"gateway endpoints": {"gateway endpoints", "VpcEndpointLimitExceeded", two(anEndpoint, func(p *platform, _ int) props {
		return props{"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2.s3"}
	})},
	"interface endpoints": {"interface endpoints per vpc", "VpcEndpointLimitExceeded", two(anEndpoint, func(p *platform, _ int) props {
		return props{"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2.sts", "vpcEndpointType": "Interface"}
	})},
	"roles":             {"roles", "LimitExceeded: Cannot exceed quota for RolesPerAccount: 1", func(p *platform) error { return p.ask(aRole, props{"assumeRolePolicy": trustEC2}) }},
	"policies":          {"policies", "LimitExceeded: Cannot exceed quota for PoliciesPerAccount: 1", two(aPolicy, func(*platform, int) props { return props{"policy": allowAll} })},
	"instance profiles": {"instance profiles", "LimitExceeded", two(aProfile, func(*platform, int) props { return props{} })},
	"issuers": {"oidc providers", "LimitExceeded", two(anIssuer, func(_ *platform, i int) props {
		return props{"url": "https://" + letter[i] + ".example.com", "clientIdLists": []any{"x"}}
	})},
	"policies of a role": {"policies per role", "LimitExceeded: Cannot exceed quota for PoliciesPerRole: 1", func(p *platform) error {
		role := p.create(aRole, props{"assumeRolePolicy": trustEC2})
		return two(attached, func(p *platform, _ int) props {
			return props{"role": role.id, "policyArn": p.create(aPolicy, props{"policy": allowAll}).id}
		})(p)
	}},
	"size of trust": {"trust policy size", "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 1", func(p *platform) error { return p.ask(aRole, props{"assumeRolePolicy": trustEC2}) }},
	"aliases of a key": {"aliases per key", "LimitExceededException", func(p *platform) error {
		key := p.create(aKey, props{})
		return two(anAlias, func(*platform, int) props { return props{"targetKeyId": key.id} })(p)
	}},
	"clusters": {"clusters", "ResourceLimitExceededException", func(p *platform) error {
		return p.control().ask(aCluster, over(p.clusterInputs(), props{"name": "second"}))
	}},
	"node groups": {"node groups per cluster", "ResourceLimitExceededException", func(p *platform) error {
		p.control().wayOut()
		return two(aNodeGroup, func(p *platform, i int) props { return over(p.nodeInputs(), props{"nodeGroupName": letter[i]}) })(p)
	}},
	"nodes": {"nodes per node group", "ResourceLimitExceededException", func(p *platform) error { return p.control().ask(aNodeGroup, p.nodeInputs()) }},
	"entries": {"access entries per cluster", "ResourceLimitExceededException", func(p *platform) error {
		p.control() // whose creator has one
		return p.ask(anEntry, props{"clusterName": "dev", "principalArn": p.nodeRole.out["arn"]})
	}},
	"pod identities": {"pod identities per cluster", "ResourceLimitExceededException", func(p *platform) error {
		p.control()
		role := p.create(aRole, props{"assumeRolePolicy": trustPods})
		return two(aPodIdentity, func(_ *platform, i int) props {
			return props{"clusterName": "dev", "namespace": "a", "serviceAccount": letter[i], "roleArn": role.out["arn"]}
		})(p)
	}},
}

// replacing lists the inputs whose change replaces, by type, as inputs laid over those of the type's life.
var replacing = map[string][]props{
	aVpc:          {{"cidrBlock": "10.8.0.0/16"}, {"ipv4IpamPoolId": "x"}, {"ipv4NetmaskLength": 20}, {"instanceTenancy": "dedicated"}},
	aSubnet:       {{"vpcId": "x"}, {"cidrBlock": "10.0.8.0/24"}, {"availabilityZone": "us-west-2b"}, {"availabilityZoneId": "usw2-az2"}, {"ipv6Native": true}, {"outpostArn": "x"}},
	anAddress:     {{"address": "x"}, {"domain": "standard"}, {"networkBorderGroup": "x"}, {"publicIpv4Pool": "x"}, {"ipamPoolId": "x"}},
	aNat:          {{"allocationId": "x"}, {"subnetId": "x"}, {"connectivityType": "private"}, {"privateIp": "10.0.0.9"}},
	aTable:        {{"vpcId": "x"}},
	aRoute:        {{"routeTableId": "x"}, {"destinationCidrBlock": "1.0.0.0/8"}},
	aJoin:         {{"subnetId": "x"}},
	aGroup:        {{"name": "x"}, {"description": "x"}, {"vpcId": "x"}},
	aRule:         {{"type": "ingress"}, {"fromPort": 1}, {"toPort": 1}, {"protocol": "tcp"}, {"securityGroupId": "x"}, {"cidrBlocks": []any{"1.0.0.0/8"}}},
	anIngress:     {{"securityGroupId": "x"}},
	anEndpoint:    {{"vpcId": "x"}, {"serviceName": "x"}, {"vpcEndpointType": "Gateway"}, {"serviceRegion": "x"}},
	aFlowLog:      {{"vpcId": "x"}, {"trafficType": "REJECT"}, {"iamRoleArn": "arn:aws:iam::1:role/x"}, {"logDestination": "arn:aws:logs:x:1:log-group:x"}, {"maxAggregationInterval": 60}, {"logFormat": "x"}},
	aTemplate:     {{"name": "other"}},
	aRole:         {{"name": "x"}, {"path": "/x/"}},
	aPolicy:       {{"name": "x"}, {"path": "/x/"}, {"description": "x"}},
	attached:      {{"role": "x"}, {"policyArn": "x"}},
	inlined:       {{"name": "x"}, {"role": "x"}},
	anIssuer:      {{"url": "https://other.example.com"}},
	aKey:          {{"keyUsage": "SIGN_VERIFY"}, {"customerMasterKeySpec": "RSA_2048"}, {"multiRegion": true}, {"customKeyStoreId": "x"}, {"xksKeyId": "x"}},
	anAlias:       {{"name": "alias/x"}},
	aLogGroup:     {{"name": "x"}, {"logGroupClass": "INFREQUENT_ACCESS"}},
	aCluster:      {{"name": "x"}, {"roleArn": "x"}, {"kubernetesNetworkConfig": props{"ipFamily": "ipv6"}}, {"kubernetesNetworkConfig": props{"serviceIpv4Cidr": "172.16.0.0/16"}}, {"bootstrapSelfManagedAddons": false}, {"remoteNetworkConfig": props{"remoteNodeNetworks": props{"cidrs": []any{"10.1.0.0/16"}}}}},
	aNodeGroup:    {{"amiType": "AL2023_ARM_64_STANDARD"}, {"capacityType": "SPOT"}, {"clusterName": "x"}, {"diskSize": 99}, {"instanceTypes": []any{"m5.xlarge"}}, {"launchTemplate": props{"id": "x", "version": "1"}}, {"nodeGroupName": "x"}, {"nodeRoleArn": "x"}, {"remoteAccess": props{"ec2SshKey": "x"}}, {"subnetIds": []any{"x"}}},
	anAddon:       {{"clusterName": "x"}, {"addonName": "coredns"}},
	anEntry:       {{"clusterName": "x"}, {"principalArn": "x"}, {"type": "EC2_LINUX"}},
	anAssociation: {{"clusterName": "x"}, {"principalArn": "x"}, {"policyArn": "x"}, {"accessScope": props{"type": "namespace", "namespaces": []any{"x"}}}},
	aPodIdentity:  {{"clusterName": "x"}, {"namespace": "x"}, {"serviceAccount": "y"}},
	aGroupTag:     {{"autoscalingGroupName": "x"}, {"tag": props{"key": "x", "value": "v", "propagateAtLaunch": false}}},
}

// staying lists changes that do not, though one may think so.
var staying = map[string][]props{
	aVpc:         {{"enableDnsSupport": false}, {"tags": props{"a": "b"}}},
	aJoin:        {{"routeTableId": "x"}},
	aRole:        {{"assumeRolePolicy": trustEKS}, {"maxSessionDuration": 7200}, {"permissionsBoundary": "x"}},
	aPolicy:      {{"policy": allowAll + " "}},
	anEndpoint:   {{"privateDnsEnabled": false}, {"subnetIds": []any{"x"}}},
	aKey:         {{"enableKeyRotation": false}, {"policy": "{}"}, {"deletionWindowInDays": 9}},
	anAlias:      {{"targetKeyId": "x"}},
	aLogGroup:    {{"retentionInDays": 30}, {"kmsKeyId": "arn:aws:kms:us-west-2:1:key/x"}},
	aCluster:     {{"version": "1.34"}, {"enabledClusterLogTypes": []any{"api"}}, {"encryptionConfig": props{"resources": []any{"secrets"}}}, {"upgradePolicy": props{"supportType": "STANDARD"}}},
	aNodeGroup:   {{"version": "1.34"}, {"labels": props{}}, {"taints": []any{}}, {"updateConfig": props{"maxUnavailable": 2}}, {"releaseVersion": "1.33.1"}, {"scalingConfig": props{"minSize": 1, "desiredSize": 2, "maxSize": 3}}},
	anAddon:      {{"addonVersion": "v1.2.3-eksbuild.1"}, {"configurationValues": "{}"}},
	anEntry:      {{"kubernetesGroups": []any{"x"}}, {"userName": "x"}},
	aPodIdentity: {{"roleArn": "x"}},
	anIssuer:     {{"clientIdLists": []any{"x"}}, {"thumbprintLists": []any{print40[1:] + "0"}}},
}

func TestReplacements(t *testing.T) {
	lives := map[string]life{}
	for _, table := range []map[string]life{vpcLife, iamLife, eksLife} {
		for token, l := range table {
			lives[token] = l
		}
	}
	for token := range replacing {
		t.Run(token, func(t *testing.T) {
			p := newNetwork(t)
			if _, ok := eksLife[token]; ok {
				p = newPlatform(t)
			}
			in := lives[token].in(p)
			got := p.create(token, in)
			for _, top := range replacing[token] {
				if d := p.diffUnchecked(got, over(in, top)); len(d.GetReplaces()) == 0 {
					t.Errorf("%v does not replace", top)
				}
			}
			for _, top := range staying[token] {
				if d := p.diffUnchecked(got, over(in, top)); len(d.GetReplaces()) > 0 || d.GetChanges() != pulumirpc.DiffResponse_DIFF_SOME {
					t.Errorf("%v: want a change in place, got %v", top, d)
				}
			}
		})
	}
}

// diffUnchecked compares inputs that need not be right.
func (r *rig) diffUnchecked(old thing, in props) *pulumirpc.DiffResponse {
	r.t.Helper()
	news := over(over(props{}, old.in), in)
	d, err := r.client.Diff(r.t.Context(), &pulumirpc.DiffRequest{Id: old.id, Urn: old.urn, Olds: wire(r.t, old.out), OldInputs: wire(r.t, old.in), News: wire(r.t, news)})
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

// Hardware of one's own can be given up in place; removing what was asked for of encryption, and private names of endpoints that
// have none, cannot be undone.
func TestReplacementsByValue(t *testing.T) {
	p := newNetwork(t)
	vpc := p.create(aVpc, props{"cidrBlock": "10.8.0.0/16", "instanceTenancy": "dedicated"})
	if d := p.diffUnchecked(vpc, props{"instanceTenancy": "default"}); len(d.GetReplaces()) > 0 {
		t.Errorf("giving up dedicated hardware: %v", d)
	}
	gate := p.create(anEndpoint, props{"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2.s3", "vpcEndpointType": "Gateway"})
	if d := p.diffUnchecked(gate, props{"privateDnsEnabled": true}); len(d.GetReplaces()) == 0 {
		t.Errorf("private names of a gateway: %v", d)
	}
	p.role = p.clusterRole()
	key := p.create(aKey, props{})
	sealed := over(p.clusterInputs(), props{"encryptionConfig": props{"provider": props{"keyArn": key.out["arn"]}, "resources": []any{"secrets"}}})
	c := p.create(aCluster, sealed)
	c.in = over(c.in, nil)
	in := over(c.in, props{"encryptionConfig": nil})
	if d := p.diffUnchecked(c, in); len(d.GetReplaces()) == 0 {
		t.Errorf("removing encryption: %v", d)
	}
}
