package aws

// plugged: clusters and endpoints have interfaces in exactly their subnets, with their groups. That subnets and groups are
// there, pointing tells.
func (b *breaches) plugged() {
	for _, r := range b.t.list(tokenCluster) {
		groups := append(strs(r.State, "vpcConfig.securityGroupIds"), str(r.State, "vpcConfig.clusterSecurityGroupId"))
		b.interfaces(r, strs(r.State, "vpcConfig.subnetIds"), groups)
	}
	for _, r := range b.t.list(tokenVpcEndpoint) {
		b.interfaces(r, strs(r.State, "subnetIds"), strs(r.State, "securityGroupIds"))
	}
	for _, r := range b.t.list(tokenEndpointSubnet) {
		endpoint := b.t.peek(tokenVpcEndpoint, str(r.State, "vpcEndpointId"))
		b.interfaces(r, strs(r.State, "subnetId"), strs(endpoint.State, "securityGroupIds"))
	}
}

func (b *breaches) interfaces(of *Record, subnets, groups []string) {
	var have []string
	for _, i := range b.t.list(tokenNetworkInterface) {
		if i.Owner != of.Key() {
			continue
		}
		have = append(have, str(i.State, "subnetId"))
		if !sameStrings(strs(i.State, "securityGroups"), groups) {
			b.add("%s %s: interface %s has groups %v, want %v", of.Kind, of.ID, i.ID, strs(i.State, "securityGroups"), groups)
		}
	}
	if !sameStrings(have, subnets) {
		b.add("%s %s: interfaces in %v, want them in %v", of.Kind, of.ID, have, subnets)
	}
}
