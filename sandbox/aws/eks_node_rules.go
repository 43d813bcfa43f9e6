package aws

import (
	"math"
	"slices"
	"strings"
)

func checkNodeGroup(c *check) {
	c.length("nodeGroupName", 0, 63)
	c.length("nodeGroupNamePrefix", 0, 63-26)
	c.apart("nodeGroupName", "nodeGroupNamePrefix")
	c.oneOf("capacityType", "ON_DEMAND", "SPOT", "CAPACITY_BLOCK")
	c.between("scalingConfig.minSize", 0, math.MaxInt32)
	c.between("scalingConfig.desiredSize", 0, math.MaxInt32)
	c.between("scalingConfig.maxSize", 1, math.MaxInt32)
	c.between("updateConfig.maxUnavailable", 1, 100)
	c.between("updateConfig.maxUnavailablePercentage", 1, 100)
	if u := mapAt(c.in, "updateConfig"); u != nil && present(u, []string{"maxUnavailable", "maxUnavailablePercentage"}) != 1 {
		c.fault("updateConfig", "\"update_config.0.max_unavailable\": one of `update_config.0.max_unavailable,"+
			"update_config.0.max_unavailable_percentage` must be specified, and only one")
	}
	c.apart("launchTemplate.id", "launchTemplate.name")
	taints := objs(c.in, "taints")
	if len(taints) > 50 {
		c.fault("taints", "Too many list items: no more than 50 \"taint\" items are allowed, got %d", len(taints))
	}
	for _, taint := range taints {
		one := &check{in: taint}
		one.length("key", 1, 63)
		one.length("value", 0, 63)
		one.oneOf("effect", "NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE")
		for _, f := range one.faults {
			c.fault("taints", "taint: %s", f.Reason)
		}
	}
}

// reservedLabels are prefixes of labels that EKS and Kubernetes keep for themselves.
var reservedLabels = []string{"kubernetes.io/", "k8s.io/", "eks.amazonaws.com/"}

const maxLabels = 50

// nodeRules are those of EKS that need nothing but the request and its role.
func (o *Op) nodeRules() error {
	labels := pairs(o.Out, "labels")
	if len(labels) > maxLabels {
		return fail("InvalidParameterException", "Nodegroup labels exceed the limit of %d, got %d", maxLabels, len(labels))
	}
	for key, value := range labels {
		if slices.ContainsFunc(reservedLabels, func(prefix string) bool { return strings.Contains(key, prefix) }) {
			return fail("InvalidParameterException", "Label cannot contain reserved prefixes [%s]", strings.Join(reservedLabels, ", "))
		}
		if len(afterLast(key, "/")) > 63 || len(value) > 63 {
			return fail("InvalidParameterException", "Label keys and values cannot be longer than 63 characters: %s", key)
		}
	}
	if o.In["updateConfig"] != nil && get(o.In, "updateConfig.maxUnavailablePercentage") != nil {
		delete(mapAt(o.Out, "updateConfig"), "maxUnavailable") // which is there by default only
	}
	_, _, high := scaling(o.Out)
	return o.within("nodes per node group", high)
}

// nodeRole checks that EC2 may assume the role, and that the role may do something.
func (o *Op) nodeRole() error {
	arn := str(o.Out, "nodeRoleArn")
	role := o.Tx.role(arn)
	if !trusts(role, "ec2.amazonaws.com", "", nil) {
		return badNodeRole(arn)
	}
	if o.Old == nil && o.Tx.mayNothing(role, "AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy") {
		return noPolicies("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly")
	}
	return nil
}

// templateRules are what EKS does not take from a launch template.
func (o *Op) templateRules(data Props) error {
	const code = "InvalidParameterException"
	interfaces := objs(data, "networkInterfaces")
	switch {
	case o.In["diskSize"] != nil:
		return fail(code, "Disk size must be specified within the launch template.")
	case o.In["remoteAccess"] != nil:
		return fail(code, "Remote access configuration cannot be specified with a launch template.")
	case data["iamInstanceProfile"] != nil:
		return fail(code, "Launch template should not specify an instance profile. The noderole in your request will be used to construct an instance profile.")
	case data["instanceMarketOptions"] != nil:
		return fail(code, "Instance market options are not supported with the launch template.")
	case str(data, "instanceInitiatedShutdownBehavior") != "":
		return fail(code, "Instance initiated shutdown behavior is not supported with the launch template.")
	case yes(data, "hibernationOptions.configured", false):
		return fail(code, "Hibernation options are not supported with the launch template.")
	case len(interfaces) > 1:
		return fail(code, "The launch template version can only have a max of one network interface.")
	case len(interfaces) == 1 && str(interfaces[0], "subnetId") != "":
		return fail(code, "Launch template should not specify a subnet. The subnets in your request will be used.")
	case str(data, "instanceType") != "" && len(strs(o.In, "instanceTypes")) > 0:
		return fail("InvalidRequestException", "Cannot specify instance types in launch template and API request")
	case str(data, "imageId") != "" && str(o.In, "amiType") != "" && str(o.In, "amiType") != "CUSTOM":
		return fail(code, "You cannot specify an AMI Type other than CUSTOM, when specifying an image id in your launch template.")
	case str(data, "imageId") != "" && str(o.In, "version") != "":
		return fail(code, "You cannot specify the field kubernetesVersion when specifying an image id in your launch template.")
	case str(data, "imageId") != "":
		return notModelled(o.Kind.Token + " with an image of its own in the launch template")
	}
	return nil
}

// effectOf turns EKS's NO_SCHEDULE into Kubernetes's NoSchedule.
func effectOf(s string) string {
	out := ""
	for _, word := range strings.Split(strings.ToLower(s), "_") {
		if word != "" {
			out += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return out
}
