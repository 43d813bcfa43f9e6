package aws_test

import (
	"fmt"
	"strings"
)

func nodes(top props) func(*ground) error {
	return asks(aNodeGroup, func(g *ground) props { return over(over(g.nodeInputs(), props{"nodeGroupName": "more"}), top) })
}

// launched is a node group with a launch template of those contents.
func launched(contents, top props) func(*ground) error {
	return func(g *ground) error {
		template := g.create(aTemplate, contents)
		return nodes(over(props{"launchTemplate": props{"id": template.id, "version": "1"}}, top))(g)
	}
}

func sizes(low, desired, high int) props {
	return props{"scalingConfig": props{"minSize": low, "desiredSize": desired, "maxSize": high}}
}

func taint(key, effect string) props {
	return props{"taints": []any{props{"key": key, "value": "v", "effect": effect}}}
}

// theNodes is the ground's node group, made when first asked for.
func theNodes(g *ground) thing {
	for _, it := range g.all {
		if it.token == aNodeGroup {
			return it
		}
	}
	return g.add(aNodeGroup, g.nodeInputs())
}

func resized(top props) func(*ground) error {
	return func(g *ground) error { return g.change(theNodes(g), top) }
}

func groupTag(key, value string) func(*ground) error {
	return asks(aGroupTag, func(g *ground) props {
		return props{"autoscalingGroupName": groupName(theNodes(g)), "tag": props{"key": key, "value": value, "propagateAtLaunch": false}}
	})
}

// stranded is a node group of a network of its own, which prepare makes and alters: with a cluster whose endpoint is private.
func stranded(prepare func(p *platform) props) func(*ground) error {
	return func(g *ground) error {
		p := newNetwork(g.t)
		p.role = p.clusterRole()
		p.nodeRole = p.add(aRole, props{"assumeRolePolicy": trustEC2})
		p.attach(p.nodeRole, "AmazonEKSWorkerNodePolicy")
		top := prepare(p)
		if p.cluster.id == "" {
			p.cluster = p.add(aCluster, p.clusterInputs())
		}
		return p.ask(aNodeGroup, over(p.nodeInputs(), top))
	}
}

// public leads both subnets to an internet gateway.
func public(p *platform) props {
	gateway := p.add(aGateway, props{"vpcId": p.vpc.id})
	p.add(aRoute, props{"routeTableId": p.vpc.out["mainRouteTableId"], "destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway.id})
	return nil
}

// served but for one: all endpoints that nodes need.
func servedBut(missing string, access props) func(p *platform) props {
	return func(p *platform) props {
		for _, service := range []string{"ec2", "ecr.api", "ecr.dkr", "sts"} {
			if service != missing {
				p.add(anEndpoint, props{"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2." + service, "vpcEndpointType": "Interface",
					"privateDnsEnabled": true, "subnetIds": []any{p.a.id, p.b.id}})
			}
		}
		if missing != "s3" {
			p.add(anEndpoint, props{"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2.s3", "routeTableIds": []any{p.vpc.out["mainRouteTableId"]}})
		}
		if access != nil {
			in := p.clusterInputs()
			in["vpcConfig"] = over(in["vpcConfig"].(props), access)
			p.cluster = p.add(aCluster, in)
		}
		return nil
	}
}

var lost = says("waiting for EKS Node Group (dev:general) create: unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. last error: i-",
	"NodeCreationFailure: Instances failed to join the kubernetes cluster")

const trouble = "Ec2SubnetInvalidConfiguration"

var nodeRules = map[string]rule{
	"twice": {func(g *ground) error {
		theNodes(g)
		return g.ask(aNodeGroup, g.nodeInputs())
	}, says("ResourceInUseException", "NodeGroup already exists with name general and cluster name dev")},
	"no cluster": {nodes(props{"clusterName": "none"}), says("ResourceNotFoundException", "No cluster found for name: none.")},
	"long name":  {nodes(props{"nodeGroupName": strings.Repeat("x", 64)}), says("(0 - 63)")},
	"long name at AWS": {func(g *ground) error {
		return g.raw(aNodeGroup, over(g.nodeInputs(), props{"nodeGroupName": strings.Repeat("x", 64)}))
	}, says("InvalidParameterException", "longer than 63 characters")},
	"long prefix":       {nodes(props{"nodeGroupName": nil, "nodeGroupNamePrefix": strings.Repeat("x", 38)}), says("(0 - 37)")},
	"no role":           {nodes(props{"nodeRoleArn": "arn:aws:iam::1:role/x"}), says("InvalidParameterException", "Following required service principals [ec2.amazonaws.com]")},
	"role's trust":      {func(g *ground) error { return nodes(props{"nodeRoleArn": g.role.out["arn"]})(g) }, says("InvalidParameterException", "Following required service principals [ec2.amazonaws.com]")},
	"role's policies":   {func(g *ground) error { return nodes(props{"nodeRoleArn": newRole(g, nil).out["arn"]})(g) }, says("InvalidParameterException", "doesn't have the Amazon EKS Managed Policies", "AmazonEKSWorkerNodePolicy")},
	"no subnet":         {nodes(props{"subnetIds": []any{"subnet-0"}}), says("InvalidParameterException", "'subnet-0' does not exist")},
	"subnet elsewhere":  {func(g *ground) error { return nodes(props{"subnetIds": []any{g.subnet2.id}})(g) }, says("InvalidParameterException", "does not belong to the VPC")},
	"min over desired":  {nodes(sizes(3, 2, 6)), says("InvalidParameterException", "minSize can't be greater than desiredSize")},
	"desired over max":  {nodes(sizes(1, 7, 6)), says("InvalidParameterException", "desiredSize can't be greater than maxSize")},
	"min over max":      {nodes(sizes(7, 7, 6)), says("InvalidParameterException", "minSize can't be greater than maxSize")},
	"max of none":       {nodes(sizes(0, 0, 0)), says("expected scaling_config.0.max_size")},
	"451 nodes":         {nodes(sizes(1, 1, 451)), says("ResourceLimitExceededException", "limit of 450")},
	"two update rules":  {nodes(props{"updateConfig": props{"maxUnavailable": 1, "maxUnavailablePercentage": 50}}), says("and only one")},
	"no update rule":    {nodes(props{"updateConfig": props{}}), says("and only one")},
	"101 unavailable":   {nodes(props{"updateConfig": props{"maxUnavailable": 101}}), says("(1 - 100), got 101")},
	"0 percent":         {nodes(props{"updateConfig": props{"maxUnavailablePercentage": 0}}), says("(1 - 100), got 0")},
	"51 labels":         {nodes(props{"labels": tags(51)}), says("InvalidParameterException", "limit of 50")},
	"reserved label":    {nodes(props{"labels": props{"node-role.kubernetes.io/x": ""}}), says("InvalidParameterException", "Label cannot contain reserved prefixes [kubernetes.io/, k8s.io/, eks.amazonaws.com/]")},
	"long label":        {nodes(props{"labels": props{"x": strings.Repeat("v", 64)}}), says("InvalidParameterException", "63 characters")},
	"51 taints":         {nodes(props{"taints": many(51, func(i int) any { return props{"key": fmt.Sprint("k", i), "effect": "NO_EXECUTE"} })}), says("no more than 50")},
	"taint without key": {nodes(taint("", "NO_EXECUTE")), says("expected length of key")},
	"taint long key":    {nodes(taint(strings.Repeat("k", 64), "NO_EXECUTE")), says("expected length of key")},
	"taint effect":      {nodes(taint("k", "NoSchedule")), says("expected effect to be one of")},
	"capacity":          {nodes(props{"capacityType": "LEASED"}), says("expected capacity_type to be one of")},
	"no such type":      {nodes(props{"instanceTypes": []any{"m5.huge"}}), says("InvalidParameterException", "do not exist: [m5.huge]")},
	"architecture":      {nodes(props{"instanceTypes": []any{"m7g.large"}, "amiType": "AL2023_x86_64_STANDARD"}), says("InvalidParameterException", "is not a valid instance type for requested amiType")},
	"old image":         {nodes(props{"amiType": "AL2_x86_64"}), says("InvalidParameterException", "only supported for kubernetes versions 1.32 or earlier")},
	"ahead":             {nodes(props{"version": "1.34"}), says("InvalidParameterException", "not supported for cluster version 1.33")},
	"release":           {nodes(props{"releaseVersion": "1.32.9-20251120"}), says("InvalidParameterException", "is not valid for kubernetes version 1.33.")},
	"reserved tag":      {nodes(props{"tags": props{"aws:x": "y"}}), says("InvalidParameterException", "reserved")},

	"template twice named":  {nodes(props{"launchTemplate": props{"id": "a", "name": "b", "version": "1"}}), says("conflicts with launch_template.0.name")},
	"template of none":      {nodes(props{"launchTemplate": props{"id": "lt-0", "version": "1"}}), says("InvalidLaunchTemplateId.NotFound")},
	"template version":      {launched(props{}, props{"launchTemplate": props{"name": "x", "version": "9"}}), says("InvalidLaunchTemplate")},
	"template and disk":     {launched(props{}, props{"diskSize": 50}), says("InvalidParameterException", "Disk size must be specified within the launch template.")},
	"template and access":   {launched(props{}, props{"remoteAccess": props{"ec2SshKey": "x"}}), says("InvalidParameterException", "Remote access configuration cannot be specified")},
	"template's profile":    {launched(props{"iamInstanceProfile": props{"name": "x"}}, nil), says("InvalidParameterException", "should not specify an instance profile")},
	"template's market":     {launched(props{"instanceMarketOptions": props{"marketType": "spot"}}, nil), says("InvalidParameterException", "Instance market options are not supported with the launch template.")},
	"template's shutdown":   {launched(props{"instanceInitiatedShutdownBehavior": "stop"}, nil), says("InvalidParameterException", "shutdown behavior")},
	"template's sleep":      {launched(props{"hibernationOptions": props{"configured": true}}, nil), says("InvalidParameterException", "Hibernation options")},
	"template's subnet":     {launched(props{"networkInterfaces": []any{props{"subnetId": "x"}}}, nil), says("InvalidParameterException", "should not specify a subnet")},
	"template's interfaces": {launched(props{"networkInterfaces": []any{props{}, props{}}}, nil), says("InvalidParameterException", "max of one network interface")},
	"template's type":       {launched(props{"instanceType": "m5.large"}, nil), says("InvalidRequestException", "Cannot specify instance types in launch template and API request")},
	"template's image":      {launched(props{"imageId": "ami-1"}, props{"amiType": "AL2023_x86_64_STANDARD"}), says("InvalidParameterException", "other than CUSTOM")},

	"no addresses left": {func(g *ground) error {
		full := crowded(g, "10.0.203.0/28", "us-west-2a", 1)
		return nodes(props{"subnetIds": []any{full.id}})(g)
	}, says("create: unexpected state 'CREATE_FAILED'", "InsufficientFreeAddresses")},
	"template's group elsewhere": {func(g *ground) error { return launched(props{"vpcSecurityGroupIds": []any{g.group2.id}}, nil)(g) }, says("AsgInstanceLaunchFailures", "belong to different networks")},
	"update min":                 {resized(sizes(3, 2, 6)), says("InvalidParameterException", "Minimum capacity 3 can't be greater than desired size 2")},
	"update max":                 {resized(sizes(1, 2, 1)), says("InvalidParameterException", "desiredSize can't be greater than maxSize")},
	"update label":               {resized(props{"labels": props{"k8s.io/x": "y"}}), says("InvalidParameterException", "reserved prefixes")},
	"update version":             {resized(props{"version": "1.32"}), says("InvalidParameterException", "Unsupported Kubernetes minor version update from 1.33 to 1.32")},
	"update ahead":               {resized(props{"version": "1.34"}), says("InvalidParameterException", "not supported for cluster version 1.33")},
	"update taint":               {resized(taint("k", "NEVER")), says("expected effect to be one of")},

	"tag on nothing": {plainly(aGroupTag, props{"autoscalingGroupName": "x", "tag": props{"key": "k", "value": "v"}}), says("ValidationError", "AutoScalingGroup name not found")},
	"tag reserved":   {groupTag("aws:x", "y"), says("ValidationError", "reserved")},
	"tag long key":   {groupTag(strings.Repeat("k", 129), "y"), says("ValidationError", "maximum length of 128")},
	"tag long value": {groupTag("k", strings.Repeat("v", 257)), says("ValidationError", "maximum length of 256")},
	"tag 51": {func(g *ground) error {
		for i := range 50 {
			if err := groupTag(fmt.Sprint("k", i), "v")(g); err != nil {
				return err
			}
		}
		return nil
	}, says("LimitExceeded", "limit of 50")},

	"nowhere":            {stranded(func(*platform) props { return nil }), lost},
	"names do not work":  {stranded(func(p *platform) props { p.wayOut(); p.update(p.vpc, props{"cidrBlock": "10.0.0.0/16"}); return nil }), lost},
	"one endpoint short": {stranded(servedBut("ecr.dkr", nil)), lost},
	"S3 out of reach":    {stranded(servedBut("s3", nil)), lost},
	"endpoint out of it": {stranded(servedBut("", props{"endpointPrivateAccess": false, "endpointPublicAccess": true})), lost},
	"public, no address": {stranded(public), says("waiting for EKS Node Group (dev:general) create", "last error: subnet-", trouble, "does not automatically assign public IP addresses")},
	"NAT without way out": {stranded(func(p *platform) props {
		p.add(aGateway, props{"vpcId": p.vpc.id})
		nat := p.add(aNat, props{"subnetId": p.a.id, "allocationId": p.add(anAddress, props{}).id})
		p.add(aRoute, props{"routeTableId": p.vpc.out["mainRouteTableId"], "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": nat.id})
		return nil
	}), lost},
	"own table": {stranded(func(p *platform) props { // the main one leads out, the subnet's own does not
		p.wayOut()
		table := p.add(aTable, props{"vpcId": p.vpc.id})
		p.add(aJoin, props{"subnetId": p.a.id, "routeTableId": table.id})
		return nil
	}), lost},
	"no CNI": {stranded(func(p *platform) props {
		p.wayOut()
		p.cluster = p.add(aCluster, over(p.clusterInputs(), props{"bootstrapSelfManagedAddons": false}))
		return nil
	}), says("NodeCreationFailure: Unhealthy nodes in the kubernetes cluster")},
}
