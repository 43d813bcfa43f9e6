package aws

import (
	"fmt"
	"strings"
)

var _ = register(&Kind{
	Token: tokenNodeGroup, Tagged: true, Name: "nodeGroupName", NameMax: 63,
	Required: []string{"clusterName", "nodeRoleArn", "scalingConfig", "subnetIds"},
	ID:       func(o *Op) string { return str(o.In, "clusterName") + ":" + o.name() },
	Taken: func(o *Op) error {
		return fail("ResourceInUseException", "NodeGroup already exists with name %s and cluster name %s", o.name(), str(o.In, "clusterName"))
	},
	Missing: func(id string) *Error {
		return fail("ResourceNotFoundException", "No node group found for name: %s.", afterLast(id, ":"))
	},
	Defaults: Props{
		"capacityType": "ON_DEMAND", "nodeGroupNamePrefix": "", "updateConfig": Props{"maxUnavailable": 1},
		"labels": Props{}, "taints": []any{},
	},
	Computed: []string{
		"amiType", "arn", "diskSize", "instanceTypes", "nodeRepairConfig", "releaseVersion", "resources", "status", "version",
		"launchTemplate.id", "launchTemplate.name",
	},
	Volatile: []string{"releaseVersion"},
	Stirs: func(changes []Change) bool {
		for _, c := range changes {
			if c.Path == "version" {
				return true
			}
		}
		return false
	},
	Replace: []string{
		"amiType", "capacityType", "clusterName", "diskSize", "instanceTypes", "launchTemplate.id", "launchTemplate.name", "nodeGroupName",
		"nodeGroupNamePrefix", "nodeRoleArn", "remoteAccess", "subnetIds",
	},
	Sets: []string{"subnetIds"},
	Refs: []Ref{
		{Field: "clusterName", Kind: tokenCluster, Delete: Hold},
		{Field: "nodeRoleArn", Kind: tokenRole, By: "arn", Err: badNodeRole},
		{Field: "subnetIds", Kind: tokenSubnet, Delete: Hold, Err: func(id string) *Error {
			return fail("InvalidParameterException", "The subnet ID '%s' does not exist", id)
		}},
		{Field: "launchTemplate.id", Kind: tokenLaunchTemplate},
		{Field: "launchTemplate.name", Kind: tokenLaunchTemplate, By: "name"},
	},
	Check:    checks(checkNodeGroup),
	Fill:     fillNodeGroup,
	Update:   updateNodeGroup,
	Live:     liveNodeGroup,
	Settle:   settleNodeGroup,
	Teardown: teardownNodeGroup,
})

func badNodeRole(arn string) *Error {
	return fail("InvalidParameterException", "Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of nodeRole %s", arn)
}

func fillNodeGroup(o *Op) error {
	cluster, err := activeCluster(o.Tx, str(o.Out, "clusterName"))
	if err != nil {
		return err
	}
	if len(o.Kind.nameOf(o)) > 63 {
		return fail("InvalidParameterException", "nodeGroupName can't be longer than 63 characters!")
	}
	for _, rule := range []func() error{o.nodeRole, o.nodeRules} {
		if err := rule(); err != nil {
			return err
		}
	}
	for _, id := range strs(o.Out, "subnetIds") {
		if str(o.Tx.peek(tokenSubnet, id).State, "vpcId") != str(cluster.State, "vpcConfig.vpcId") {
			return fail("InvalidParameterException", "Subnet %s does not belong to the VPC of cluster %s", id, cluster.ID)
		}
	}
	template, err := o.nodeTemplate()
	if err != nil {
		return err
	}
	if err := o.nodeVersion(str(cluster.State, "version")); err != nil {
		return err
	}
	if o.Old != nil {
		o.Out["status"] = "ACTIVE"
		return o.resizeGroup()
	}
	if err := nodeScaling(o.Out); err != nil {
		return err
	}
	if err := o.joinable(cluster, template); err != nil {
		return err
	}
	o.newNodeGroup(cluster)
	return nil
}

// newNodeGroup computes what EKS decides at creation, and makes what EKS makes.
func (o *Op) newNodeGroup(cluster *Record) {
	o.Out["arn"] = o.Env.arn("eks", fmt.Sprintf("nodegroup/%s/%s/%s", cluster.ID, str(o.Out, "nodeGroupName"), uuid()))
	o.Out["nodeRepairConfig"], o.Out["status"] = Props{"enabled": false}, "ACTIVE"
	if str(cluster.State, "accessConfig.authenticationMode") != "CONFIG_MAP" {
		o.enter(cluster.ID, str(o.Out, "nodeRoleArn"), "EC2_LINUX")
	}
	o.newGroup(cluster)
}

// nodeTemplate works out image, type and disk, of which a launch template may say some. It answers what the template says.
func (o *Op) nodeTemplate() (Props, error) {
	data := Props{}
	if template := o.template(o.Out); template != nil {
		var err error
		if data, err = templateData(template, templateVersion(o.Out)); err != nil {
			return nil, err
		}
		if err := o.templateRules(data); err != nil {
			return nil, err
		}
		set(o.Out, "launchTemplate.id", template.ID)
		set(o.Out, "launchTemplate.name", str(template.State, "name"))
	}
	if len(strs(o.Out, "instanceTypes")) == 0 {
		o.Out["instanceTypes"] = []any{"t3.medium"}
		if t := str(data, "instanceType"); t != "" {
			o.Out["instanceTypes"] = []any{t}
		}
	}
	if str(o.Out, "amiType") == "" {
		o.Out["amiType"] = "AL2023_x86_64_STANDARD"
		if t, ok := instanceType(strs(o.Out, "instanceTypes")[0]); ok && t.Arch == "arm64" {
			o.Out["amiType"] = "AL2023_ARM_64_STANDARD"
		}
	}
	if o.Out["diskSize"] == nil {
		o.Out["diskSize"] = 20
		if o.Out["launchTemplate"] != nil {
			o.Out["diskSize"] = 0
		}
	}
	return data, nil
}

// template is the launch template of a node group; nil = none.
func (o *Op) template(group Props) *Record {
	if id := str(group, "launchTemplate.id"); id != "" {
		return o.Tx.peek(tokenLaunchTemplate, id)
	}
	if name := str(group, "launchTemplate.name"); name != "" {
		return o.resolve(Ref{Kind: tokenLaunchTemplate, By: "name"}, name)
	}
	return nil
}

func templateVersion(group Props) string {
	if n := num(group, "launchTemplate.version", 0); n > 0 {
		return fmt.Sprint(n)
	}
	return str(group, "launchTemplate.version")
}

// nodeVersion keeps the nodes at or below the control plane, and never turns them back.
func (o *Op) nodeVersion(cluster string) error {
	if str(o.Out, "version") == "" {
		o.Out["version"] = cluster
	}
	version := str(o.Out, "version")
	if err := offered(version); err != nil {
		return err
	}
	if minorOf(version) > minorOf(cluster) {
		return fail("InvalidParameterException", "Requested Nodegroup version %s is not supported for cluster version %s", version, cluster)
	}
	if minorOf(cluster)-minorOf(version) > 3 {
		return fail("InvalidParameterException", "Nodegroup Kubernetes version %s is too far behind cluster version %s", version, cluster)
	}
	if o.Old != nil && minorOf(version) < minorOf(str(o.Old.State, "version")) {
		return fail("InvalidParameterException", "Unsupported Kubernetes minor version update from %s to %s", str(o.Old.State, "version"), version)
	}
	if asked := str(o.In, "releaseVersion"); asked != "" && !strings.HasPrefix(asked, version+".") {
		return fail("InvalidParameterException", "Requested release version %s is not valid for kubernetes version %s.", asked, version)
	}
	if o.Old == nil || str(o.Old.State, "version") != version {
		o.Out["releaseVersion"] = releases[version].ami
	}
	return amiFits(str(o.Out, "amiType"), version, strs(o.Out, "instanceTypes"))
}

func scaling(p Props) (low, desired, high int) {
	return num(p, "scalingConfig.minSize", 0), num(p, "scalingConfig.desiredSize", 0), num(p, "scalingConfig.maxSize", 0)
}

func nodeScaling(p Props) error {
	low, desired, high := scaling(p)
	switch {
	case low < 0 || high < 1:
		return fail("InvalidParameterException", "minSize must be at least 0 and maxSize at least 1, got %d and %d", low, high)
	case low > high:
		return fail("InvalidParameterException", "minSize can't be greater than maxSize")
	case low > desired:
		return fail("InvalidParameterException", "minSize can't be greater than desiredSize")
	case desired > high:
		return fail("InvalidParameterException", "desiredSize can't be greater than maxSize")
	}
	return nil
}

// updateNodeGroup sends the sizes as AWS's provider does: all three if any has changed, the desired one as the caller last saw
// it (an autoscaler may have moved it since), and none otherwise.
func updateNodeGroup(o *Op) error {
	low, asked, high := scaling(o.In)
	if l, a, h := scaling(o.Was); l == low && a == asked && h == high {
		_, current, _ := scaling(o.Old.State)
		set(o.Out, "scalingConfig.desiredSize", current)
	} else {
		o.Out["scalingConfig"] = merge(mapAt(o.Old.State, "scalingConfig"), mapAt(o.In, "scalingConfig"))
	}
	_, desired, _ := scaling(o.Out)
	if low > desired {
		return fail("InvalidParameterException", "Minimum capacity %d can't be greater than desired size %d", low, desired)
	}
	return nodeScaling(o.Out)
}

// groupOf names the Auto Scaling group of a node group.
func groupOf(state Props) string {
	for _, r := range objs(state, "resources") {
		for _, g := range objs(r, "autoscalingGroups") {
			return str(g, "name")
		}
	}
	return ""
}

// liveNodeGroup takes the desired size from the Auto Scaling group, where autoscalers change it.
func liveNodeGroup(t *Tx, r *Record) {
	if g := t.peek(tokenGroup, groupOf(r.State)); g != nil {
		set(r.State, "scalingConfig.desiredSize", g.State["desiredCapacity"])
	}
}
