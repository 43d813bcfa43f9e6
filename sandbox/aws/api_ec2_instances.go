package aws

import (
	"fmt"
	"strings"
	"time"
)

var _ = operates("ec2", map[string]*operation{
	"DescribeInstances": (&describe{
		set: "reservationSet", items: itemsOf(tokenInstance, instanceItem), wrap: reservation,
		ids: []identity{unfound("InstanceId", "instanceId", "InvalidInstanceID.NotFound", "The instance ID '%s' does not exist")},
		filters: map[string]string{
			"instance-id": "instanceId", "instance-state-name": "instanceState.name", "instance-state-code": "instanceState.code",
			"instance-type": "instanceType", "image-id": "imageId", "vpc-id": "vpcId", "subnet-id": "subnetId", "architecture": "architecture",
			"availability-zone": "placement.availabilityZone", "private-dns-name": "privateDnsName", "private-ip-address": "privateIpAddress",
			"network-interface.addresses.private-ip-address": "networkInterfaceSet.privateIpAddress", "instance.group-id": "groupSet.groupId",
			"instance.group-name": "groupSet.groupName", "instance-lifecycle": "instanceLifecycle", "iam-instance-profile.arn": "iamInstanceProfile.arn",
			"network-interface.network-interface-id": "networkInterfaceSet.networkInterfaceId", "launch-time": "launchTime",
			"dns-name": "dnsName", "tenancy": "placement.tenancy", "root-device-type": "rootDeviceType", "client-token": "clientToken",
		},
	}).operation(),
	"DescribeImages": (&describe{
		set: "imagesSet", items: imageItems,
		ids: []identity{unfound("ImageId", "imageId", "InvalidAMIID.NotFound", "The image id '[%s]' does not exist")},
		filters: map[string]string{
			"image-id": "imageId", "name": "name", "architecture": "architecture", "state": "imageState", "owner-id": "imageOwnerId",
			"owner-alias": "imageOwnerAlias", "image-type": "imageType", "is-public": "isPublic", "virtualization-type": "virtualizationType",
			"root-device-type": "rootDeviceType", "root-device-name": "rootDeviceName", "creation-date": "creationDate", "description": "description",
		},
	}).operation(),
})

// runningShare is the part of a boot after which EC2 calls an instance running: 16.5 of 45 s, as measured for m6i and its like
// by brevdev/ec2-coldboot-research and for EKS nodes.
const runningShare = 16.5 / 45

// ec2State turns Auto Scaling's state of an instance into EC2's.
func ec2State(r *Record) Props {
	switch str(r.State, "lifecycleState") {
	case statePending:
		if from, err := time.Parse(time.RFC3339Nano, str(r.Private, "runningTime")); err == nil && !time.Now().Before(from) {
			break
		}
		return Props{"code": 0, "name": "pending"}
	case stateTerminating:
		return Props{"code": 32, "name": "shutting-down"}
	}
	return Props{"code": 16, "name": "running"}
}

// ec2Architecture is EC2's name for what Go calls amd64 or arm64.
func ec2Architecture(arch string) string {
	if arch == "amd64" {
		return "x86_64"
	}
	return arch
}

func instanceItem(t *Tx, r *Record) Props {
	of, _ := instanceType(str(r.State, "instanceType"))
	groups := groupItems(t, strs(r.State, "securityGroups"))
	item := Props{
		"instanceId": r.ID, "imageId": r.State["imageId"], "instanceState": ec2State(r), "instanceType": of.Name, "amiLaunchIndex": 0,
		"privateDnsName": r.State["privateDns"], "dnsName": "", "reason": "", "productCodes": []any{}, "launchTime": moment(r.State, "launchTime"),
		"placement":  Props{"availabilityZone": r.State["availabilityZone"], "groupName": "", "tenancy": "default"},
		"monitoring": Props{"state": "disabled"}, "subnetId": r.State["subnetId"], "vpcId": r.State["vpcId"], "privateIpAddress": r.State["privateIp"],
		"architecture": ec2Architecture(of.Arch), "rootDeviceType": "ebs", "rootDeviceName": "/dev/xvda", "virtualizationType": "hvm", "hypervisor": "xen",
		"blockDeviceMapping": []any{}, "sourceDestCheck": true, "groupSet": groups, "ebsOptimized": false, "enaSupport": true,
		"clientToken": derivedID("fleet-", r.ID), "platformDetails": "Linux/UNIX", "usageOperation": "RunInstances",
		"cpuOptions":      Props{"coreCount": max(of.CPUs/threads(of), 1), "threadsPerCore": threads(of)},
		"metadataOptions": Props{"state": "applied", "httpTokens": "required", "httpPutResponseHopLimit": 2, "httpEndpoint": "enabled"},
		"networkInterfaceSet": []any{Props{
			"networkInterfaceId": instanceInterface(r), "subnetId": r.State["subnetId"], "vpcId": r.State["vpcId"], "ownerId": t.store.account,
			"status": "in-use", "macAddress": macAddress(instanceInterface(r)), "privateIpAddress": r.State["privateIp"],
			"privateDnsName": r.State["privateDns"], "sourceDestCheck": true, "groupSet": groups, "interfaceType": "interface",
			"privateIpAddressesSet": []any{Props{"privateIpAddress": r.State["privateIp"], "primary": true, "privateDnsName": r.State["privateDns"]}},
			"attachment": Props{
				"attachmentId": derivedID("eni-attach-", r.ID), "deviceIndex": 0, "networkCardIndex": 0, "status": "attached", "deleteOnTermination": true,
				"attachTime": moment(r.State, "launchTime"),
			},
		}},
		"tagSet": tagList(instanceTags(t, r), "key", "value"),
	}
	if str(r.State, "capacityType") == "SPOT" {
		item["instanceLifecycle"], item["spotInstanceRequestId"] = "spot", derivedID("sir-", r.ID)
	}
	if g := t.peek(tokenGroup, str(r.State, "group")); g != nil {
		p := profileOf(t, g)
		item["iamInstanceProfile"] = Props{"arn": p.State["arn"], "id": p.State["uniqueId"]}
	}
	return item
}

// threads of each core: Graviton has one.
func threads(t InstanceType) int64 {
	if t.Arch == "arm64" {
		return 1
	}
	return 2
}

// instanceTags are those that EKS's group propagates, and what Auto Scaling and EC2 add; then any of the instance's own.
func instanceTags(t *Tx, r *Record) map[string]string {
	out := map[string]string{}
	if g := t.peek(tokenGroup, str(r.State, "group")); g != nil {
		for k, tag := range groupTags(t, g) {
			if tag.propagate {
				out[k] = tag.value
			}
		}
		own := groupTemplate(t, g)
		out["aws:autoscaling:groupName"] = g.ID
		out["aws:ec2launchtemplate:id"], out["aws:ec2launchtemplate:version"] = own.ID, "1"
	}
	for k, v := range tagsOf(r) {
		out[k] = v
	}
	return out
}

func reservation(t *Tx, instance Props) Props {
	return Props{
		"reservationId": derivedID("r-", str(instance, "instanceId")), "ownerId": t.store.account, "groupSet": []any{}, "instancesSet": []any{instance},
	}
}

// imageOwner is the account of EKS's images in most regions.
const imageOwner = "602401143452"

// imageItems are the images that the region's node groups launch from.
func imageItems(t *Tx, in *Call) []Props {
	var out []Props
	seen := map[string]bool{}
	for _, r := range regional(t, in, tokenNodeGroup) {
		id := imageID(r.Region, r.State)
		if seen[id] || !ownedBy(in, imageOwner, "amazon") {
			continue
		}
		seen[id] = true
		ami, release := str(r.State, "amiType"), str(r.State, "releaseVersion")
		flavor := strings.ToLower(strings.ReplaceAll(ami, "_", "-"))
		name := fmt.Sprintf("amazon-eks-node-%s-%s-v%s", flavor, str(r.State, "version"), afterLast(release, "-"))
		out = append(out, Props{
			"imageId": id, "name": name, "imageLocation": "amazon/" + name, "imageState": "available", "imageOwnerId": imageOwner,
			"imageOwnerAlias": "amazon", "isPublic": true, "architecture": ec2Architecture(amiArchitecture[ami]), "imageType": "machine",
			"description": "EKS-optimized Kubernetes node, release " + release, "rootDeviceType": "ebs", "rootDeviceName": "/dev/xvda",
			"virtualizationType": "hvm", "hypervisor": "xen", "enaSupport": true, "platformDetails": "Linux/UNIX", "usageOperation": "RunInstances",
			"creationDate": imageDate(release), "productCodes": []any{}, "tagSet": []any{},
			"blockDeviceMapping": []any{Props{
				"deviceName": "/dev/xvda",
				"ebs":        Props{"volumeSize": 20, "volumeType": "gp3", "deleteOnTermination": true, "encrypted": false, "snapshotId": derivedID("snap-", id)},
			}},
		})
	}
	return out
}

// imageDate is the day at the end of a release such as 1.33.5-20251120.
func imageDate(release string) string {
	day := afterLast(release, "-")
	if len(day) != 8 {
		return ""
	}
	return day[:4] + "-" + day[4:6] + "-" + day[6:] + "T00:00:00.000Z"
}

// ownedBy says that the call asks for images of one of the owners, or of any.
func ownedBy(in *Call, owners ...string) bool {
	asked := strs(in.Params, "Owner")
	for _, a := range asked {
		for _, o := range owners {
			if a == o {
				return true
			}
		}
	}
	return len(asked) == 0
}
