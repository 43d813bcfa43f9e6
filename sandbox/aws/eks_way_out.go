package aws

import (
	"fmt"
	"slices"
	"strings"
)

// nodeServices are what a node without a way out must reach by interface endpoints; layers of images come from S3.
var nodeServices = []string{"ec2", "ecr.api", "ecr.dkr", "sts"}

// joinable refuses a new node group whose instances would never become nodes, as EKS reports it when it has waited long enough.
func (o *Op) joinable(cluster *Record, template Props) error {
	if err := o.launchable(cluster, template); err != nil {
		return err
	}
	var bare, cut []string
	subnets := strs(o.Out, "subnetIds")
	for _, id := range subnets {
		subnet := o.Tx.peek(tokenSubnet, id)
		switch noAddress, noWay := o.barred(cluster, subnet, template); {
		case noAddress:
			bare = append(bare, id)
		case noWay:
			cut = append(cut, id)
		}
	}
	if len(bare) > 0 {
		return createFailed(o.ID, bare, fail("Ec2SubnetInvalidConfiguration", "One or more Amazon EC2 Subnets of [%s] for node group %s does not automatically "+
			"assign public IP addresses to instances launched into it. If you want your instances to be assigned a public IP address, then you need to "+
			"enable auto-assign public IP address for the subnet. See IP addressing in VPC guide: "+
			"https://docs.aws.amazon.com/vpc/latest/userguide/vpc-ip-addressing.html#subnet-public-ip", strings.Join(bare, ", "), str(o.Out, "nodeGroupName")))
	}
	if !o.resolvesNames(cluster) {
		cut = subnets
	}
	var lost []string
	_, desired, _ := scaling(o.Out)
	for i := range desired {
		if slices.Contains(cut, subnets[i%len(subnets)]) {
			lost = append(lost, ec2ID("i-"))
		}
	}
	if len(lost) > 0 {
		return createFailed(o.ID, lost, fail("NodeCreationFailure", "Instances failed to join the kubernetes cluster"))
	}
	if desired > 0 && !yes(cluster.State, "bootstrapSelfManagedAddons", true) && o.Tx.peek(tokenAddon, cluster.ID+":vpc-cni") == nil {
		return createFailed(o.ID, []string{ec2ID("i-")}, fail("NodeCreationFailure", "Unhealthy nodes in the kubernetes cluster"))
	}
	return nil
}

// barred says what keeps instances in a subnet from AWS: that they get no public address where only those get out, or that
// there is neither a way out nor what replaces it.
func (o *Op) barred(cluster, subnet *Record, template Props) (noAddress, noWay bool) {
	public, open := o.wayOut(subnet)
	noAddress = public && !yes(subnet.State, "mapPublicIpOnLaunch", false) && !givesAddress(template)
	return noAddress, !open && !o.reachesAWS(cluster, subnet)
}

// resolvesNames says that names of the control plane and of nodes resolve in the cluster's VPC.
func (o *Op) resolvesNames(cluster *Record) bool {
	vpc := o.Tx.peek(tokenVpc, str(cluster.State, "vpcConfig.vpcId"))
	return yes(vpc.State, "enableDnsSupport", true) && yes(vpc.State, "enableDnsHostnames", false)
}

// stranded says that an instance that runs never becomes a node, since its subnet has lost the way out that it had when its
// node group was made.
func (c *Cloud) stranded(r *Record) (stranded bool) {
	c.store.view(func(t *Tx) {
		o := &Op{Cloud: c, Tx: t, Env: c.env(r.Region)}
		nodes, cluster := t.peek(tokenNodeGroup, str(r.State, "nodeGroup")), t.peek(tokenCluster, str(r.State, "cluster"))
		subnet := t.peek(tokenSubnet, str(r.State, "subnetId"))
		if nodes == nil || cluster == nil || subnet == nil {
			return // on its way out
		}
		noAddress, noWay := o.barred(cluster, subnet, templateInUse(t, nodes.State))
		stranded = noAddress || noWay || !o.resolvesNames(cluster)
	})
	return stranded
}

// launchable refuses a new node group whose instances EC2 would not even launch.
func (o *Op) launchable(cluster *Record, template Props) error {
	subnets := strs(o.Out, "subnetIds")
	free := 0
	for _, id := range subnets {
		free += o.Tx.free(o.Tx.peek(tokenSubnet, id))
	}
	_, desired, _ := scaling(o.Out)
	if desired > free {
		return createFailed(o.ID, subnets, fail("InsufficientFreeAddresses", "One or more of the subnets associated with your Amazon EKS nodegroup "+
			"does not have enough available IP addresses for new nodes."))
	}
	for _, id := range strs(template, "vpcSecurityGroupIds") {
		g := o.Tx.peek(tokenSecurityGroup, id)
		if desired > 0 && g != nil && g.State["vpcId"] != get(cluster.State, "vpcConfig.vpcId") {
			return createFailed(o.ID, []string{"eks-" + str(o.Out, "nodeGroupName")}, fail("AsgInstanceLaunchFailures", "Could not launch On-Demand Instances. "+
				"InvalidParameter - Security group %s and subnet %s belong to different networks. Launching EC2 instance failed.", id, subnets[0]))
		}
	}
	return nil
}

// createFailed is what the provider makes of a health issue. On AWS the group stays behind in that state, here nothing does.
func createFailed(id string, resources []string, issue *Error) error {
	return fmt.Errorf("waiting for EKS Node Group (%s) create: unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. last error: %s: %w",
		id, strings.Join(resources, ", "), issue)
}

// wayOut follows the default route of a subnet. public says that it leads to an internet gateway, so that only instances with
// public addresses get out; open that instances do get out.
func (o *Op) wayOut(subnet *Record) (public, open bool) {
	route := o.defaultOf(subnet)
	switch {
	case route == nil:
		return false, false
	case str(route, "gatewayId") != "":
		there := o.leadsToInternet(subnet)
		return there, there
	case str(route, "natGatewayId") != "":
		nat := o.Tx.peek(tokenNatGateway, str(route, "natGatewayId"))
		if nat == nil || str(nat.State, "connectivityType") != "public" {
			return false, false
		}
		home := o.Tx.peek(tokenSubnet, str(nat.State, "subnetId")) // in a private subnet, the gateway itself gets nowhere
		return false, home != nil && o.leadsToInternet(home)
	}
	return false, true // to appliances and other networks, which are not looked into
}

func (o *Op) defaultOf(subnet *Record) Props {
	table := o.Tx.tableOf(subnet)
	if table == nil {
		return nil
	}
	return o.Tx.defaultRoute(table)
}

// leadsToInternet says that a subnet's default route is to the internet gateway of its VPC. A route outlives its target.
func (o *Op) leadsToInternet(subnet *Record) bool {
	gateway := o.Tx.peek(tokenInternetGateway, str(o.defaultOf(subnet), "gatewayId"))
	return gateway != nil && str(gateway.State, "vpcId") == str(subnet.State, "vpcId")
}

// givesAddress says that a launch template gives instances public addresses, whatever their subnet does.
func givesAddress(template Props) bool {
	for _, i := range objs(template, "networkInterfaces") {
		if v := fmt.Sprint(i["associatePublicIpAddress"]); v == "true" {
			return true
		}
	}
	return false
}

// reachesAWS says that a subnet without a way out has the endpoints that nodes need, and the control plane's private one.
func (o *Op) reachesAWS(cluster, subnet *Record) bool {
	if !yes(cluster.State, "vpcConfig.endpointPrivateAccess", false) {
		return false
	}
	table := o.Tx.tableOf(subnet)
	prefix := "com.amazonaws." + o.Env.Region + "."
	reached := map[string]bool{}
	o.Tx.find(tokenVpcEndpoint, func(r *Record) bool {
		if str(r.State, "vpcId") != str(subnet.State, "vpcId") {
			return false
		}
		service := strings.TrimPrefix(str(r.State, "serviceName"), prefix)
		if str(r.State, "vpcEndpointType") == "Gateway" {
			reached[service] = reached[service] || table != nil && o.Tx.routesTo(r, table.ID)
		} else if yes(r.State, "privateDnsEnabled", false) && len(o.Tx.endpointSubnets(r)) > 0 {
			reached[service] = true
		}
		return false
	})
	for _, service := range append([]string{"s3"}, nodeServices...) {
		if !reached[service] {
			return false
		}
	}
	return true
}
