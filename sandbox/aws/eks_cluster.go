package aws

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

var clusterName = regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$`)

var _ = register(&Kind{
	Token: tokenCluster, Tagged: true, Name: "name", NameMax: 100, Required: []string{"roleArn", "vpcConfig"},
	ID:  func(o *Op) string { return o.name() },
	ARN: func(o *Op) string { return o.Env.arn("eks", "cluster/"+o.ID) },
	Taken: func(o *Op) error {
		return fail("ResourceInUseException", "Cluster already exists with name: %s", o.ID)
	},
	Missing: noCluster,
	InUse:   func(string) *Error { return fail("ResourceInUseException", "Cluster has nodegroups attached") },
	Defaults: Props{
		"bootstrapSelfManagedAddons": true, "enabledClusterLogTypes": []any{}, "upgradePolicy": Props{"supportType": "EXTENDED"},
		"accessConfig": Props{"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": true},
		"vpcConfig": Props{
			"endpointPrivateAccess": false, "endpointPublicAccess": true, "securityGroupIds": []any{},
		},
		"kubernetesNetworkConfig": Props{
			"ipFamily": "ipv4", "serviceIpv4Cidr": "172.20.0.0/16", "serviceIpv6Cidr": "",
			"elasticLoadBalancing": Props{"enabled": false},
		},
	},
	Computed: []string{
		"certificateAuthority", "certificateAuthorities", "clusterId", "createdAt", "endpoint", "identities", "platformVersion", "status",
		"version", "vpcConfig.clusterSecurityGroupId", "vpcConfig.vpcId", "vpcConfig.publicAccessCidrs",
	},
	Volatile: []string{"platformVersion"},
	Stirs: func(changes []Change) bool {
		for _, c := range changes {
			if c.Path == "version" {
				return true
			}
		}
		return false
	},
	Replace: []string{
		"name", "roleArn", "kubernetesNetworkConfig.ipFamily", "kubernetesNetworkConfig.serviceIpv4Cidr", "bootstrapSelfManagedAddons",
		"accessConfig.bootstrapClusterCreatorAdminPermissions", "remoteNetworkConfig", "-encryptionConfig", "outpostConfig",
	},
	Sets: []string{"enabledClusterLogTypes", "vpcConfig.subnetIds", "vpcConfig.securityGroupIds", "vpcConfig.publicAccessCidrs"},
	Refs: []Ref{
		{Field: "roleArn", Kind: tokenRole, By: "arn", Err: func(string) *Error { return badClusterRole() }},
		{Field: "vpcConfig.subnetIds", Kind: tokenSubnet, Err: func(id string) *Error {
			return fail("InvalidParameterException", "The subnet ID '%s' does not exist", id)
		}},
		{Field: "vpcConfig.securityGroupIds", Kind: tokenSecurityGroup, Delete: Hold, Err: func(id string) *Error {
			return fail("InvalidParameterException", "The security group '%s' does not exist", id)
		}},
	},
	Check:    checks(checkCluster),
	Fill:     fillCluster,
	Update:   updateCluster,
	Settle:   settleCluster,
	Teardown: teardownCluster,
})

func noCluster(id string) *Error {
	return fail("ResourceNotFoundException", "No cluster found for name: %s.", id)
}

func badClusterRole() *Error {
	return fail("InvalidParameterException", "Role could not be assumed because the trusted entity is not correct")
}

func fillCluster(o *Op) error {
	if !clusterName.MatchString(o.ID) {
		return fail("InvalidParameterException", "The name '%s' is not a valid cluster name: it must match %s", o.ID, clusterName)
	}
	if str(o.Out, "version") == "" {
		o.Out["version"] = newest
	}
	if err := offered(str(o.Out, "version")); err != nil {
		return err
	}
	for _, rule := range []func() error{o.clusterRole, o.clusterAccess, o.clusterKey} {
		if err := rule(); err != nil {
			return err
		}
	}
	vpc, err := o.clusterSubnets()
	if err != nil {
		return err
	}
	if err := o.clusterPlaces(); err != nil {
		return err
	}
	if err := o.clusterGroups(vpc.ID); err != nil {
		return err
	}
	if yes(o.Out, "vpcConfig.endpointPublicAccess", true) && len(strs(o.Out, "vpcConfig.publicAccessCidrs")) == 0 {
		set(o.Out, "vpcConfig.publicAccessCidrs", []any{"0.0.0.0/0"})
	}
	o.Out["platformVersion"] = releases[str(o.Out, "version")].platform
	if o.Old == nil {
		return o.newCluster(vpc)
	}
	for _, field := range []string{"vpcConfig.subnetIds", "vpcConfig.securityGroupIds"} {
		if !sameStrings(strs(o.Old.State, field), strs(o.Out, field)) {
			return o.plugCluster()
		}
	}
	return nil
}

// clusterSubnets checks the subnets and answers their VPC.
func (o *Op) clusterSubnets() (*Record, error) {
	zones, vpcs := map[string]bool{}, map[string]bool{}
	var vpc string
	for _, id := range strs(o.Out, "vpcConfig.subnetIds") {
		subnet := o.Tx.peek(tokenSubnet, id)
		vpc = str(subnet.State, "vpcId")
		zones[str(subnet.State, "availabilityZone")], vpcs[vpc] = true, true
	}
	switch {
	case len(zones) < 2:
		return nil, fail("InvalidParameterException", "Subnets specified must be in at least two different AZs")
	case len(vpcs) > 1:
		return nil, fail("InvalidParameterException", "Provided subnets belong to different VPCs")
	}
	r := o.Tx.peek(tokenVpc, vpc)
	text := str(o.Out, "kubernetesNetworkConfig.serviceIpv4Cidr")
	service, err := netip.ParsePrefix(text)
	block, _ := netip.ParsePrefix(str(r.State, "cidrBlock"))
	if err != nil || service.Bits() < 12 || service.Bits() > 24 || !service.Addr().IsPrivate() || service.Overlaps(block) {
		return nil, fail("InvalidParameterException", "The specified service CIDR '%s' is not a valid private block of /24 to /12 outside the VPC", text)
	}
	return r, nil
}

// newCluster computes what EKS decides at creation, and makes what EKS makes.
func (o *Op) newCluster(vpc *Record) error {
	id := strings.ToUpper(hexID("", 32))
	owner := key(tokenCluster, o.ID)
	group := ec2ID("sg-")
	name := fmt.Sprintf("eks-cluster-sg-%s-%s", o.ID, digits("", 10))
	o.made(owner, tokenSecurityGroup, group, name, Props{
		"arn": o.Env.arn("ec2", "security-group/"+group), "name": name, "vpcId": vpc.ID, "ownerId": o.Env.Account,
		"description": "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.",
		"tags":        Props{"Name": name, "kubernetes.io/cluster/" + o.ID: "owned", "aws:eks:cluster-name": o.ID},
		"ingress":     []any{Props{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": true}},
		"egress":      []any{Props{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": []any{"0.0.0.0/0"}}},
	})
	set(o.Out, "vpcConfig.clusterSecurityGroupId", group)
	set(o.Out, "vpcConfig.vpcId", vpc.ID)
	o.Private["oidc"] = id
	o.Out["createdAt"], o.Out["status"], o.Out["clusterId"] = time.Now().UTC().Format(time.RFC3339), "CREATING", ""
	issuer := fmt.Sprintf("https://oidc.eks.%s.amazonaws.com/id/%s", o.Env.Region, id)
	o.Out["identities"] = []any{Props{"oidcs": []any{Props{"issuer": issuer}}}}
	if err := o.plugCluster(); err != nil {
		return err
	}
	o.clusterLogs()
	if str(o.Out, "accessConfig.authenticationMode") != "CONFIG_MAP" && yes(o.Out, "accessConfig.bootstrapClusterCreatorAdminPermissions", true) {
		o.creatorEntry()
	}
	return nil
}

// plugCluster gives the control plane an interface in each of its subnets, and in no other.
func (o *Op) plugCluster() error {
	owner := key(tokenCluster, o.ID)
	o.unplug(owner)
	groups := append(strs(o.Out, "vpcConfig.securityGroupIds"), str(o.Out, "vpcConfig.clusterSecurityGroupId"))
	for _, id := range strs(o.Out, "vpcConfig.subnetIds") {
		if _, _, err := o.plug(owner, o.Tx.peek(tokenSubnet, id), groups, "Amazon EKS "+o.ID); err != nil {
			return err
		}
	}
	return nil
}

// clusterLogs makes the log group that EKS makes when it has something to log and finds none. It stays behind, as on AWS.
func (o *Op) clusterLogs() {
	name := "/aws/eks/" + o.ID + "/cluster"
	if len(strs(o.Out, "enabledClusterLogTypes")) == 0 || o.Tx.peek(tokenLogGroup, name) != nil {
		return
	}
	o.made("", tokenLogGroup, name, name, merge(kinds[tokenLogGroup].Defaults, Props{
		"name": name, "arn": o.Env.arn("logs", "log-group:"+name), "tags": Props{}, "tagsAll": Props{},
	}))
}

// updateCluster holds the rules of EKS for updates in place.
func updateCluster(o *Op) error {
	if err := upgradable(str(o.Old.State, "version"), str(o.Out, "version")); err != nil {
		return err
	}
	was, now := str(o.Old.State, "accessConfig.authenticationMode"), str(o.Out, "accessConfig.authenticationMode")
	order := map[string]int{"CONFIG_MAP": 0, "API_AND_CONFIG_MAP": 1, "API": 2}
	if step := order[now] - order[was]; step < 0 || step > 1 {
		return fail("InvalidParameterException", "Unsupported authentication mode update from %s to %s", was, now)
	}
	if err := o.sameZones(); err != nil {
		return err
	}
	o.clusterLogs()
	return nil
}
