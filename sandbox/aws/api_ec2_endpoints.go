package aws

import (
	"fmt"
	"slices"
)

var _ = operates("ec2", map[string]*operation{
	"DescribeVpcEndpoints": (&describe{
		set: "vpcEndpointSet", items: itemsOf(tokenVpcEndpoint, endpointItem), ids: []identity{byID("VpcEndpointId", "vpcEndpointId", tokenVpcEndpoint)},
		filters: map[string]string{
			"vpc-endpoint-id": "vpcEndpointId", "vpc-id": "vpcId", "service-name": "serviceName", "vpc-endpoint-state": "state",
			"vpc-endpoint-type": "vpcEndpointType", "ip-address-type": "ipAddressType",
		},
	}).operation(),
	"DescribeFlowLogs": (&describe{
		set: "flowLogSet", items: itemsOf(tokenFlowLog, flowLogItem),
		ids: []identity{unfound("FlowLogId", "flowLogId", "InvalidFlowLogId.NotFound", "The flow log ID '%s' does not exist")},
		filters: map[string]string{
			"flow-log-id": "flowLogId", "resource-id": "resourceId", "log-group-name": "logGroupName", "traffic-type": "trafficType",
			"deliver-log-status": "deliverLogsStatus", "log-destination-type": "logDestinationType",
		},
	}).operation(),
	"DescribeNetworkInterfaces": (&describe{
		set: "networkInterfaceSet", items: interfaceItems,
		ids: []identity{unfound("NetworkInterfaceId", "networkInterfaceId", "InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '%s' does not exist")},
		filters: map[string]string{
			"network-interface-id": "networkInterfaceId", "subnet-id": "subnetId", "vpc-id": "vpcId", "availability-zone": "availabilityZone",
			"description": "description", "group-id": "groupSet.groupId", "group-name": "groupSet.groupName", "interface-type": "interfaceType",
			"private-ip-address": "privateIpAddress", "addresses.private-ip-address": "privateIpAddressesSet.privateIpAddress", "status": "status",
			"attachment.instance-id": "attachment.instanceId", "attachment.status": "attachment.status", "owner-id": "ownerId",
			"requester-managed": "requesterManaged", "requester-id": "requesterId", "association.public-ip": "association.publicIp",
			"association.allocation-id": "association.allocationId",
		},
	}).operation(),
})

// endpointTables are the route tables of a gateway endpoint, those that joined it later included.
func endpointTables(t *Tx, e *Record) []string {
	return joined(t, e, "routeTableIds", tokenEndpointRouteTable, "routeTableId")
}

func joined(t *Tx, e *Record, own, token, field string) []string {
	ids := strs(e.State, own)
	for _, r := range t.list(token) {
		if id := str(r.State, field); str(r.State, "vpcEndpointId") == e.ID && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func endpointItem(t *Tx, r *Record) Props {
	names := []any{}
	for _, n := range objs(r.State, "dnsEntries") {
		names = append(names, Props{"dnsName": n["dnsName"], "hostedZoneId": n["hostedZoneId"]})
	}
	interfaces := strs(r.State, "networkInterfaceIds")
	for _, j := range t.list(tokenEndpointSubnet) {
		if str(j.State, "vpcEndpointId") == r.ID {
			for _, eni := range t.list(tokenNetworkInterface) {
				if eni.Owner == j.Key() {
					interfaces = append(interfaces, eni.ID)
				}
			}
		}
	}
	ipType := str(r.State, "ipAddressType")
	if ipType == "" {
		ipType = "ipv4"
	}
	return Props{
		"vpcEndpointId": r.ID, "vpcEndpointType": r.State["vpcEndpointType"], "vpcId": r.State["vpcId"], "serviceName": r.State["serviceName"],
		"serviceRegion": r.State["serviceRegion"], "state": "available", "policyDocument": r.State["policy"], "ownerId": t.store.account,
		"routeTableIdSet": listOf(endpointTables(t, r)), "subnetIdSet": listOf(joined(t, r, "subnetIds", tokenEndpointSubnet, "subnetId")),
		"groupSet": groupItems(t, strs(r.State, "securityGroupIds")), "networkInterfaceIdSet": listOf(interfaces), "dnsEntrySet": names,
		"dnsOptions": Props{"dnsRecordIpType": some(str(r.State, "dnsOptions.dnsRecordIpType"))}, "ipAddressType": ipType,
		"privateDnsEnabled": r.State["privateDnsEnabled"], "requesterManaged": false, "creationTimestamp": r.Created, "tagSet": ec2Tags(r),
	}
}

func flowLogItem(_ *Tx, r *Record) Props {
	target := ""
	for _, name := range flowTargets {
		target += str(r.State, name)
	}
	return Props{
		"flowLogId": r.ID, "flowLogStatus": "ACTIVE", "resourceId": target, "trafficType": r.State["trafficType"], "creationTime": r.Created,
		"deliverLogsPermissionArn": r.State["iamRoleArn"], "deliverLogsStatus": "SUCCESS", "logDestinationType": r.State["logDestinationType"],
		"logDestination": r.State["logDestination"], "logGroupName": r.State["logGroupName"], "logFormat": r.State["logFormat"],
		"maxAggregationInterval": r.State["maxAggregationInterval"], "tagSet": ec2Tags(r),
	}
}

// interfaceItems are the interfaces of endpoints and control planes, which have records, and those that NAT gateways and
// instances come with, which have none.
func interfaceItems(t *Tx, in *Call) []Props {
	var out []Props
	for _, r := range regional(t, in, tokenNetworkInterface) {
		item := interfaceItem(t, r.ID, r.State)
		item["requesterManaged"], item["description"], item["groupSet"] = true, r.State["description"], groupItems(t, strs(r.State, "securityGroups"))
		if kind, _ := splitKey(r.Owner); kind == tokenVpcEndpoint || kind == tokenEndpointSubnet {
			item["interfaceType"] = "vpc_endpoint"
		}
		out = append(out, item)
	}
	for _, r := range regional(t, in, tokenNatGateway) {
		item := interfaceItem(t, str(r.State, "networkInterfaceId"), r.State)
		item["requesterManaged"], item["description"], item["interfaceType"] = true, "Interface for NAT Gateway "+r.ID, "nat_gateway"
		item["groupSet"] = []any{}
		if ip := str(r.State, "publicIp"); ip != "" {
			item["association"] = Props{
				"publicIp": ip, "allocationId": r.State["allocationId"], "associationId": r.State["associationId"], "ipOwnerId": t.store.account,
			}
		}
		out = append(out, item)
	}
	for _, r := range regional(t, in, tokenInstance) {
		out = append(out, merge(interfaceItem(t, instanceInterface(r), r.State), Props{
			"groupSet": groupItems(t, strs(r.State, "securityGroups")), "privateDnsName": r.State["privateDns"],
			"attachment": Props{
				"attachmentId": derivedID("eni-attach-", r.ID), "instanceId": r.ID, "instanceOwnerId": t.store.account, "deviceIndex": 0,
				"status": "attached", "deleteOnTermination": true,
			},
		}))
	}
	return out
}

func instanceInterface(r *Record) string { return derivedID("eni-", r.ID) }

// interfaceItem is what all interfaces have in common. p has the place and the address.
func interfaceItem(t *Tx, id string, p Props) Props {
	item := Props{
		"networkInterfaceId": id, "subnetId": p["subnetId"], "ownerId": t.store.account, "status": "in-use", "interfaceType": "interface",
		"macAddress": macAddress(id), "privateIpAddress": p["privateIp"], "sourceDestCheck": true, "requesterManaged": false, "description": "",
		"privateIpAddressesSet": []any{Props{"privateIpAddress": p["privateIp"], "primary": true}}, "tagSet": []any{},
		"attachment": Props{"attachmentId": derivedID("eni-attach-", id), "instanceOwnerId": "amazon-aws", "deviceIndex": 1, "status": "attached"},
	}
	if subnet := t.peek(tokenSubnet, str(p, "subnetId")); subnet != nil {
		item["vpcId"], item["availabilityZone"] = subnet.State["vpcId"], subnet.State["availabilityZone"]
	}
	return item
}

// macAddress is a locally administered one, as EC2's are.
func macAddress(seed string) string {
	d := derivedID("", seed)
	return fmt.Sprintf("02:%s:%s:%s:%s:%s", d[1:3], d[3:5], d[5:7], d[7:9], d[9:11])
}
