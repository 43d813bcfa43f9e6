package aws

import (
	"net/netip"
	"slices"
	"strings"
)

// closedZones are those in which EKS places no control plane.
var closedZones = []string{"use1-az3", "usw1-az2", "cac1-az3"}

// freeAddresses is what EKS asks of each subnet: room for the control plane's interfaces. A new cluster needs one more than an update.
const (
	freeAtCreate = 6
	freeAtUpdate = 5
)

func checkCluster(c *check) {
	c.oneOf("accessConfig.authenticationMode", "API", "API_AND_CONFIG_MAP", "CONFIG_MAP")
	c.oneOf("enabledClusterLogTypes", "api", "audit", "authenticator", "controllerManager", "scheduler")
	c.oneOf("encryptionConfig.resources", "secrets")
	c.oneOf("kubernetesNetworkConfig.ipFamily", "ipv4", "ipv6")
	c.oneOf("upgradePolicy.supportType", "STANDARD", "EXTENDED")
	c.blocks("vpcConfig.publicAccessCidrs")
}

// clusterRole checks that EKS may assume the role, and that the role may do something.
func (o *Op) clusterRole() error {
	role := o.Tx.role(str(o.Out, "roleArn"))
	if !trusts(role, "eks.amazonaws.com", o.Env.arn("eks", "cluster/"+o.ID), nil) {
		return badClusterRole()
	}
	if o.Old == nil && o.Tx.mayNothing(role, "AmazonEKSClusterPolicy") {
		return noPolicies("AmazonEKSClusterPolicy")
	}
	return nil
}

// clusterAccess checks who gets in, and from where.
func (o *Op) clusterAccess() error {
	if str(o.Out, "accessConfig.authenticationMode") == "CONFIG_MAP" && !yes(o.Out, "accessConfig.bootstrapClusterCreatorAdminPermissions", true) {
		return fail("InvalidParameterException", "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to CONFIG_MAP")
	}
	if !yes(o.Out, "vpcConfig.endpointPublicAccess", true) && !yes(o.Out, "vpcConfig.endpointPrivateAccess", false) {
		return fail("InvalidParameterException", "Private and public endpoint access cannot be false")
	}
	blocks := strs(o.In, "vpcConfig.publicAccessCidrs")
	var bad []string
	for _, text := range blocks {
		if p, err := netip.ParsePrefix(text); err != nil || p.Addr().IsPrivate() || p.Addr().IsLoopback() || p.Addr().IsLinkLocalUnicast() || p.Addr().IsMulticast() {
			bad = append(bad, text)
		}
	}
	if len(bad) > 0 {
		return fail("InvalidParameterException", "The following CIDRs are invalid in publicAccessCidrs: [%s]", strings.Join(bad, ","))
	}
	return o.within("public access blocks per cluster", len(blocks))
}

// clusterPlaces checks zone and room of each subnet.
func (o *Op) clusterPlaces() error {
	var open []string
	for _, zone := range zonesOf(o.Env.Region) {
		if !slices.Contains(closedZones, zoneID(zone)) {
			open = append(open, zone)
		}
	}
	need := freeAtCreate
	if o.Old != nil {
		need = freeAtUpdate
		if str(o.Old.State, "version") == str(o.Out, "version") && sameStrings(strs(o.Old.State, "vpcConfig.subnetIds"), strs(o.Out, "vpcConfig.subnetIds")) {
			return nil // no new interfaces
		}
	}
	for _, id := range strs(o.Out, "vpcConfig.subnetIds") {
		subnet := o.Tx.peek(tokenSubnet, id)
		if zone := str(subnet.State, "availabilityZone"); !slices.Contains(open, zone) {
			return fail("UnsupportedAvailabilityZoneException", "Cannot create cluster '%s' because %s, the targeted availability zone, does not currently "+
				"have sufficient capacity to support the cluster. Retry and choose from these availability zones: %s", o.ID, zone, strings.Join(open, ", "))
		}
		if n := o.Tx.free(subnet); n < need {
			return fail("InvalidRequestException", "Provided subnets %s Free IPs: %d , need at least %d IPs in each subnet to be free for this operation", id, n, need)
		}
	}
	return nil
}

// clusterGroups checks the security groups of the control plane's interfaces.
func (o *Op) clusterGroups(vpc string) error {
	groups := strs(o.Out, "vpcConfig.securityGroupIds")
	for _, id := range groups {
		if g := o.Tx.peek(tokenSecurityGroup, id); g != nil && str(g.State, "vpcId") != vpc {
			return fail("InvalidParameterException", "Security group(s) [%s] are not in the same VPC as the subnets. "+
				"Please specify all security groups in the same VPC as the subnets.", id)
		}
	}
	return o.within("security groups per cluster", len(groups))
}

// sameZones refuses to move a control plane to other zones or another VPC.
func (o *Op) sameZones() error {
	was, now := o.zonesOfSubnets(o.Old.State), o.zonesOfSubnets(o.Out)
	if !slices.Equal(was, now) {
		return fail("InvalidParameterException", "Provided subnets belong to the AZs '%s'. But they should belong to the exact set of AZs '%s' "+
			"in which subnets were provided during cluster creation.", strings.Join(now, ","), strings.Join(was, ","))
	}
	for _, id := range strs(o.Out, "vpcConfig.subnetIds") {
		if subnet := o.Tx.peek(tokenSubnet, id); str(subnet.State, "vpcId") != str(o.Old.State, "vpcConfig.vpcId") {
			return fail("InvalidParameterException", "Provided subnets belong to a different VPC than the one of the cluster")
		}
	}
	return nil
}

func (o *Op) zonesOfSubnets(cluster Props) []string {
	var zones []string
	for _, id := range strs(cluster, "vpcConfig.subnetIds") {
		if subnet := o.Tx.peek(tokenSubnet, id); subnet != nil {
			zones = append(zones, str(subnet.State, "availabilityZone"))
		}
	}
	slices.Sort(zones)
	return slices.Compact(zones)
}

// clusterKey checks the key that encrypts Secrets.
func (o *Op) clusterKey() error {
	arn := str(o.Out, "encryptionConfig.provider.keyArn")
	if arn == "" {
		return nil
	}
	if k := o.keyOf(arn); k == nil || str(k.State, "customerMasterKeySpec") != "SYMMETRIC_DEFAULT" {
		return fail("InvalidParameterException", "The keyArn in encryptionConfig provider is not valid: %s", arn)
	}
	return nil
}
