package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
)

var _ = operates("ec2", map[string]*operation{
	"DescribeVpcs": (&describe{
		set: "vpcSet", items: itemsOf(tokenVpc, vpcItem), ids: []identity{byID("VpcId", "vpcId", tokenVpc)},
		filters: map[string]string{
			"vpc-id": "vpcId", "cidr": "cidrBlock", "cidr-block-association.cidr-block": "cidrBlockAssociationSet.cidrBlock", "state": "state",
			"is-default": "isDefault", "isDefault": "isDefault", "owner-id": "ownerId", "dhcp-options-id": "dhcpOptionsId",
		},
	}).operation(),
	"DescribeVpcAttribute": {run: reading(vpcAttribute)},
	"DescribeSubnets": (&describe{
		set: "subnetSet", items: itemsOf(tokenSubnet, subnetItem), ids: []identity{byID("SubnetId", "subnetId", tokenSubnet)},
		filters: map[string]string{
			"subnet-id": "subnetId", "vpc-id": "vpcId", "availability-zone": "availabilityZone", "availabilityZone": "availabilityZone",
			"availability-zone-id": "availabilityZoneId", "cidr-block": "cidrBlock", "cidr": "cidrBlock", "cidrBlock": "cidrBlock", "state": "state",
			"owner-id": "ownerId", "default-for-az": "defaultForAz", "map-public-ip-on-launch": "mapPublicIpOnLaunch", "subnet-arn": "subnetArn",
			"available-ip-address-count": "availableIpAddressCount",
		},
	}).operation(),
	"DescribeNatGateways": (&describe{
		set: "natGatewaySet", items: itemsOf(tokenNatGateway, natItem), ids: []identity{byID("NatGatewayId", "natGatewayId", tokenNatGateway)},
		filters: map[string]string{"nat-gateway-id": "natGatewayId", "vpc-id": "vpcId", "subnet-id": "subnetId", "state": "state"},
	}).operation(),
	"DescribeInternetGateways": (&describe{
		set: "internetGatewaySet", items: itemsOf(tokenInternetGateway, internetGatewayItem),
		ids: []identity{byID("InternetGatewayId", "internetGatewayId", tokenInternetGateway)},
		filters: map[string]string{
			"internet-gateway-id": "internetGatewayId", "attachment.vpc-id": "attachmentSet.vpcId", "attachment.state": "attachmentSet.state", "owner-id": "ownerId",
		},
	}).operation(),
	"DescribeAddresses": (&describe{
		set: "addressesSet", items: itemsOf(tokenEip, addressItem),
		ids: []identity{byID("AllocationId", "allocationId", tokenEip), unfound("PublicIp", "publicIp", "InvalidAddress.NotFound", "Address '%s' not found.")},
		filters: map[string]string{
			"allocation-id": "allocationId", "association-id": "associationId", "public-ip": "publicIp", "private-ip-address": "privateIpAddress",
			"domain": "domain", "network-interface-id": "networkInterfaceId", "network-border-group": "networkBorderGroup",
		},
	}).operation(),
})

// derivedID is an id of something that has no record: the same for the same seed.
func derivedID(prefix, seed string) string {
	sum := sha256.Sum256([]byte(seed))
	return prefix + "0" + hex.EncodeToString(sum[:8])
}

func vpcItem(t *Tx, r *Record) Props {
	return Props{
		"vpcId": r.ID, "ownerId": t.store.account, "state": "available", "cidrBlock": r.State["cidrBlock"], "isDefault": false,
		"cidrBlockAssociationSet": []any{Props{
			"cidrBlock": r.State["cidrBlock"], "associationId": derivedID("vpc-cidr-assoc-", r.ID), "cidrBlockState": Props{"state": "associated"},
		}},
		"dhcpOptionsId": r.State["dhcpOptionsId"], "instanceTenancy": r.State["instanceTenancy"], "tagSet": ec2Tags(r),
	}
}

func vpcAttribute(t *Tx, in *Call) (Props, error) {
	id, name := str(in.Params, "VpcId"), str(in.Params, "Attribute")
	r := t.peek(tokenVpc, id)
	if r == nil || r.Region != in.Region {
		return nil, kinds[tokenVpc].missing(id)
	}
	switch name {
	case "enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics":
		return Props{"vpcId": id, name: Props{"value": yes(r.State, name, false)}}, nil
	}
	return nil, fail("InvalidParameterValue", "Value (%s) for parameter attribute is invalid. Unknown attribute.", name)
}

func subnetItem(t *Tx, r *Record) Props {
	return Props{
		"subnetId": r.ID, "subnetArn": r.State["arn"], "vpcId": r.State["vpcId"], "ownerId": t.store.account, "state": "available",
		"cidrBlock": r.State["cidrBlock"], "availabilityZone": r.State["availabilityZone"], "availabilityZoneId": r.State["availabilityZoneId"],
		"availableIpAddressCount": freeAddresses(t, r), "defaultForAz": false, "mapPublicIpOnLaunch": r.State["mapPublicIpOnLaunch"],
		"assignIpv6AddressOnCreation": r.State["assignIpv6AddressOnCreation"], "enableDns64": r.State["enableDns64"],
		"ipv6Native": r.State["ipv6Native"], "mapCustomerOwnedIpOnLaunch": false, "ipv6CidrBlockAssociationSet": []any{},
		"privateDnsNameOptionsOnLaunch": Props{
			"hostnameType":                    r.State["privateDnsHostnameTypeOnLaunch"],
			"enableResourceNameDnsARecord":    r.State["enableResourceNameDnsARecordOnLaunch"],
			"enableResourceNameDnsAAAARecord": r.State["enableResourceNameDnsAaaaRecordOnLaunch"],
		},
		"tagSet": ec2Tags(r),
	}
}

// freeAddresses are those of the block less AWS's five and those handed out.
func freeAddresses(t *Tx, subnet *Record) int {
	block, err := netip.ParsePrefix(str(subnet.State, "cidrBlock"))
	if err != nil {
		return 0
	}
	free := 1<<(32-block.Bits()) - 5
	for _, kind := range []string{tokenInstance, tokenNatGateway, tokenNetworkInterface} {
		for _, r := range t.list(kind) {
			if str(r.State, "subnetId") == subnet.ID {
				free--
			}
		}
	}
	return free
}

func natItem(t *Tx, r *Record) Props {
	address := Props{
		"networkInterfaceId": r.State["networkInterfaceId"], "privateIp": r.State["privateIp"], "isPrimary": true, "status": "succeeded",
		"allocationId": r.State["allocationId"], "publicIp": r.State["publicIp"], "associationId": r.State["associationId"],
	}
	return Props{
		"natGatewayId": r.ID, "subnetId": r.State["subnetId"], "vpcId": vpcOf(t, r), "state": "available", "createTime": r.Created,
		"connectivityType": r.State["connectivityType"], "natGatewayAddressSet": []any{address}, "tagSet": ec2Tags(r),
	}
}

// vpcOf is the VPC of what lies in a subnet; nil = unknown.
func vpcOf(t *Tx, r *Record) any {
	if subnet := t.peek(tokenSubnet, str(r.State, "subnetId")); subnet != nil {
		return subnet.State["vpcId"]
	}
	return nil
}

func internetGatewayItem(t *Tx, r *Record) Props {
	attached := []any{}
	if vpc := str(r.State, "vpcId"); vpc != "" {
		attached = append(attached, Props{"vpcId": vpc, "state": "available"})
	}
	return Props{"internetGatewayId": r.ID, "ownerId": t.store.account, "attachmentSet": attached, "tagSet": ec2Tags(r)}
}

func addressItem(t *Tx, r *Record) Props {
	item := Props{
		"allocationId": r.ID, "publicIp": r.State["publicIp"], "domain": "vpc", "publicIpv4Pool": r.State["publicIpv4Pool"],
		"networkBorderGroup": r.State["networkBorderGroup"], "tagSet": ec2Tags(r),
	}
	if nat := t.named(tokenNatGateway, "allocationId", r.ID); nat != nil {
		item["associationId"], item["networkInterfaceId"] = nat.State["associationId"], nat.State["networkInterfaceId"]
		item["networkInterfaceOwnerId"], item["privateIpAddress"] = t.store.account, nat.State["privateIp"]
	}
	return item
}
