package aws

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

var _ = operates("ec2", map[string]*operation{
	"DescribeInstanceTypes": (&describe{
		set: "instanceTypeSet", items: instanceTypeItems, untagged: true, pages: &typePages,
		ids: []identity{unfound("InstanceType", "instanceType", "InvalidInstanceType", "The following supplied instance types do not exist: [%s]")},
		filters: map[string]string{
			"instance-type": "instanceType", "current-generation": "currentGeneration", "bare-metal": "bareMetal", "hypervisor": "hypervisor",
			"processor-info.supported-architecture": "processorInfo.supportedArchitectures", "vcpu-info.default-vcpus": "vCpuInfo.defaultVCpus",
			"memory-info.size-in-mib": "memoryInfo.sizeInMiB", "burstable-performance-supported": "burstablePerformanceSupported",
			"instance-storage-supported": "instanceStorageSupported", "supported-usage-class": "supportedUsageClasses", "free-tier-eligible": "freeTierEligible",
		},
	}).operation(),
	"GetInstanceTypesFromInstanceRequirements": {run: reading(func(*Tx, *Call) (Props, error) {
		return nil, fail("UnsupportedOperation", "Attribute-based instance type selection is not modelled by the stand-in; see sandbox/README.md")
	})},
	"DescribeAvailabilityZones": (&describe{
		set: "availabilityZoneInfo", items: zoneItems, untagged: true,
		ids: []identity{
			unfound("ZoneName", "zoneName", "InvalidParameterValue", "Invalid availability zone: [%s]"),
			unfound("ZoneId", "zoneId", "InvalidParameterValue", "Invalid availability zone-id: [%s]"),
		},
		filters: map[string]string{
			"zone-name": "zoneName", "zone-id": "zoneId", "region-name": "regionName", "state": "zoneState", "zone-type": "zoneType",
			"group-name": "groupName", "opt-in-status": "optInStatus",
		},
	}).operation(),
	"DescribeRegions": (&describe{
		set: "regionInfo", items: regionItems, untagged: true,
		ids:     []identity{unfound("RegionName", "regionName", "InvalidParameterValue", "Invalid region names: [%s]")},
		filters: map[string]string{"region-name": "regionName", "endpoint": "regionEndpoint", "opt-in-status": "optInStatus"},
	}).operation(),
	"DescribeTags": (&describe{
		set: "tagSet", items: tagItems, wrap: func(_ *Tx, item Props) Props { delete(item, "tagSet"); return item },
		filters: map[string]string{"key": "key", "value": "value", "resource-id": "resourceId", "resource-type": "resourceType"},
	}).operation(),
})

// instanceTypes are all that are modelled, by name.
func instanceTypes() []InstanceType {
	var out []InstanceType
	add := func(family, size string) {
		if t, ok := instanceType(family + "." + size); ok {
			out = append(out, t)
		}
	}
	for family := range families {
		for _, s := range sizes {
			add(family, s.name)
		}
	}
	for family := range burstFamilies {
		for size := range burstable {
			add(family, size)
		}
	}
	slices.SortFunc(out, func(a, b InstanceType) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func instanceTypeItems(*Tx, *Call) []Props {
	var out []Props
	for _, t := range instanceTypes() {
		out = append(out, instanceTypeItem(t))
	}
	return out
}

func instanceTypeItem(t InstanceType) Props {
	return Props{
		"instanceType": t.Name, "currentGeneration": true, "freeTierEligible": false, "bareMetal": false, "hypervisor": "nitro",
		"supportedUsageClasses": []any{"on-demand", "spot"}, "supportedRootDeviceTypes": []any{"ebs"}, "supportedVirtualizationTypes": []any{"hvm"},
		"processorInfo":            Props{"supportedArchitectures": []any{ec2Architecture(t.Arch)}},
		"vCpuInfo":                 Props{"defaultVCpus": t.CPUs, "defaultCores": max(t.CPUs/threads(t), 1), "defaultThreadsPerCore": threads(t)},
		"memoryInfo":               Props{"sizeInMiB": t.MemoryMi},
		"instanceStorageSupported": false, "hibernationSupported": false, "dedicatedHostsSupported": true, "autoRecoverySupported": true,
		"burstablePerformanceSupported": strings.HasPrefix(t.Name, "t"), "supportedBootModes": []any{"uefi"},
		"ebsInfo": Props{"ebsOptimizedSupport": "default", "encryptionSupport": "supported", "nvmeSupport": "required"},
		"networkInfo": Props{
			"maximumNetworkInterfaces": t.interfaces, "ipv4AddressesPerInterface": t.perInterface, "ipv6AddressesPerInterface": t.perInterface,
			"ipv6Supported": true, "enaSupport": "required", "efaSupported": false, "maximumNetworkCards": 1, "defaultNetworkCardIndex": 0,
			"networkCards": []any{Props{"networkCardIndex": 0, "maximumNetworkInterfaces": t.interfaces}},
		},
		"placementGroupInfo": Props{"supportedStrategies": []any{"partition", "spread"}},
	}
}

func zoneItems(_ *Tx, in *Call) []Props {
	var out []Props
	for _, zone := range zonesOf(in.Region) {
		out = append(out, Props{
			"zoneName": zone, "zoneId": zoneID(zone), "zoneState": "available", "zoneType": "availability-zone", "regionName": in.Region,
			"groupName": in.Region + "-zg-1", "networkBorderGroup": in.Region, "optInStatus": "opt-in-not-required", "messageSet": []any{},
		})
	}
	return out
}

// regions are those that every account has.
var regions = []string{
	"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
	"eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
}

func regionItems(*Tx, *Call) []Props {
	var out []Props
	for _, name := range regions {
		out = append(out, Props{"regionName": name, "regionEndpoint": fmt.Sprintf("ec2.%s.amazonaws.com", name), "optInStatus": "opt-in-not-required"})
	}
	return out
}

// tagItems are the tags of everything in EC2, by resource.
func tagItems(t *Tx, in *Call) []Props {
	var out []Props
	add := func(id, kind string, tags map[string]string) {
		for _, tag := range tagList(tags, "key", "value") {
			// with itself as its only tag, for the filters by tag
			out = append(out, merge(tag.(Props), Props{"resourceId": id, "resourceType": kind, "tagSet": []any{tag}}))
		}
	}
	for _, of := range []struct{ token, kind string }{
		{tokenVpc, "vpc"}, {tokenSubnet, "subnet"}, {tokenInternetGateway, "internet-gateway"}, {tokenEip, "elastic-ip"}, {tokenNatGateway, "natgateway"},
		{tokenRouteTable, "route-table"}, {tokenSecurityGroup, "security-group"}, {tokenIngressRule, "security-group-rule"},
		{tokenEgressRule, "security-group-rule"}, {tokenVpcEndpoint, "vpc-endpoint"}, {tokenFlowLog, "vpc-flow-log"},
	} {
		for _, r := range regional(t, in, of.token) {
			add(r.ID, of.kind, tagsOf(r))
		}
	}
	for _, r := range launchTemplates(t, in) {
		add(r.ID, "launch-template", tagsOf(r))
	}
	for _, r := range regional(t, in, tokenInstance) {
		add(r.ID, "instance", instanceTags(t, r))
	}
	return out
}
