// A cluster by hand, as a user of another tool writes it, with one at a time of the mistakes that such users report: the config
// key mistake names it, and without it the program is right.
package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const clusterName = "byhand"

func main() { pulumi.Run(run) }

// program is what its steps leave for each other.
type program struct {
	*pulumi.Context
	mistake         string
	caller          *aws.GetCallerIdentityResult
	public, private pulumi.StringArray
	routed          []pulumi.Resource // the subnets' associations with their routes
	cluster         *eks.Cluster
	group           *eks.NodeGroup
}

func run(ctx *pulumi.Context) error {
	if vpc, ok := ctx.GetConfig("paddock:balancerIn"); ok {
		return balancer(ctx, vpc)
	}
	mistake, _ := ctx.GetConfig("paddock:mistake")
	caller, err := aws.GetCallerIdentity(ctx, nil)
	if err != nil {
		return err
	}
	p := &program{Context: ctx, mistake: mistake, caller: caller}
	for _, step := range []func() error{p.network, p.controlPlane, p.nodes, p.access, p.autoscaler} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// is tells which mistake is made.
func (p *program) is(mistake string) bool { return p.mistake == mistake }

// balancer stands for what a load balancer's controller makes in a VPC: a group that no program knows of.
func balancer(ctx *pulumi.Context, vpc string) error {
	_, err := ec2.NewSecurityGroup(ctx, "balancer", &ec2.SecurityGroupArgs{
		VpcId: pulumi.String(vpc), Name: pulumi.String("k8s-traffic-" + clusterName), Description: pulumi.String("managed by a controller"),
	})
	ctx.Export("kubeconfig", pulumi.String(""))
	return err
}

func (p *program) network() error {
	vpc, err := ec2.NewVpc(p.Context, "vpc", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16"), EnableDnsHostnames: pulumi.Bool(true)})
	if err != nil {
		return err
	}
	gateway, err := ec2.NewInternetGateway(p.Context, "gateway", &ec2.InternetGatewayArgs{VpcId: vpc.ID()})
	if err != nil {
		return err
	}
	table, err := p.table("public", vpc, ec2.RouteTableRouteArgs{CidrBlock: pulumi.String("0.0.0.0/0"), GatewayId: gateway.ID()})
	if err != nil {
		return err
	}
	zones := []string{"us-west-2a", "us-west-2b"}
	if p.is("third zone") {
		zones = append(zones, "us-west-2c")
	}
	// Blocks are counted through, public subnets first: with a further zone those of the private ones move.
	if p.public, err = p.subnets("public", vpc, table, zones, 0); err != nil {
		return err
	}
	if p.private, err = p.behindNAT(vpc, gateway, zones); err != nil {
		return err
	}
	p.Export("vpcId", vpc.ID())
	return nil
}

// behindNAT makes the private subnets and their way out.
func (p *program) behindNAT(vpc *ec2.Vpc, gateway *ec2.InternetGateway, zones []string) (pulumi.StringArray, error) {
	address, err := ec2.NewEip(p.Context, "nat", &ec2.EipArgs{Domain: pulumi.String("vpc")})
	if err != nil {
		return nil, err
	}
	nat, err := ec2.NewNatGateway(p.Context, "nat", &ec2.NatGatewayArgs{AllocationId: address.ID(), SubnetId: p.public[0]},
		pulumi.DependsOn([]pulumi.Resource{gateway, p.routed[0]}))
	if err != nil {
		return nil, err
	}
	var routes []ec2.RouteTableRouteInput
	if !p.is("no way out") {
		routes = append(routes, ec2.RouteTableRouteArgs{CidrBlock: pulumi.String("0.0.0.0/0"), NatGatewayId: nat.ID()})
	}
	table, err := p.table("private", vpc, routes...)
	if err != nil {
		return nil, err
	}
	return p.subnets("private", vpc, table, zones, len(zones))
}

func (p *program) table(name string, vpc *ec2.Vpc, routes ...ec2.RouteTableRouteInput) (*ec2.RouteTable, error) {
	return ec2.NewRouteTable(p.Context, name, &ec2.RouteTableArgs{VpcId: vpc.ID(), Routes: ec2.RouteTableRouteArray(routes)})
}

func (p *program) subnets(name string, vpc *ec2.Vpc, table *ec2.RouteTable, zones []string, first int) (pulumi.StringArray, error) {
	var ids pulumi.StringArray
	for i, zone := range zones {
		name := fmt.Sprintf("%s-%d", name, i)
		subnet, err := ec2.NewSubnet(p.Context, name, &ec2.SubnetArgs{
			VpcId: vpc.ID(), AvailabilityZone: pulumi.String(zone), CidrBlock: pulumi.Sprintf("10.0.%d.0/24", first+i),
		})
		if err != nil {
			return nil, err
		}
		way, err := ec2.NewRouteTableAssociation(p.Context, name, &ec2.RouteTableAssociationArgs{SubnetId: subnet.ID(), RouteTableId: table.ID()})
		if err != nil {
			return nil, err
		}
		ids, p.routed = append(ids, subnet.ID()), append(p.routed, way)
	}
	return ids, nil
}

// role makes a role with managed policies; it is there when they are.
func (p *program) role(name, service string, policies ...string) (*iam.Role, []pulumi.Resource, error) {
	role, err := iam.NewRole(p.Context, name, &iam.RoleArgs{AssumeRolePolicy: document(object{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": object{"Service": service},
	})})
	if err != nil {
		return nil, nil, err
	}
	var attached []pulumi.Resource
	for _, policy := range policies {
		a, err := iam.NewRolePolicyAttachment(p.Context, name+"-"+policy, &iam.RolePolicyAttachmentArgs{
			Role: role.Name, PolicyArn: pulumi.String("arn:aws:iam::aws:policy/" + policy),
		})
		if err != nil {
			return nil, nil, err
		}
		attached = append(attached, a)
	}
	return role, attached, nil
}

func (p *program) controlPlane() error {
	role, attached, err := p.role("cluster", "eks.amazonaws.com", "AmazonEKSClusterPolicy")
	if err != nil {
		return err
	}
	p.cluster, err = eks.NewCluster(p.Context, "cluster", &eks.ClusterArgs{
		Name: pulumi.String(clusterName), Version: pulumi.String("1.34"), RoleArn: role.Arn,
		AccessConfig: eks.ClusterAccessConfigArgs{
			AuthenticationMode: pulumi.String("API"), BootstrapClusterCreatorAdminPermissions: pulumi.Bool(true),
		},
		VpcConfig: eks.ClusterVpcConfigArgs{SubnetIds: slices.Concat(p.public, p.private)},
	}, pulumi.DependsOn(attached))
	if err != nil {
		return err
	}
	p.Export("kubeconfig", kubeconfig(p.cluster))
	return nil
}

func kubeconfig(c *eks.Cluster) pulumi.StringOutput {
	return pulumi.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "%s", certificate-authority-data: "%s"}}]
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws, args: [eks, get-token, --cluster-name, %s]}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`, c.Endpoint, c.CertificateAuthority.Data().Elem(), clusterName)
}

func (p *program) nodes() error {
	role, ready, err := p.role("nodes", "ec2.amazonaws.com", "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly")
	if err != nil {
		return err
	}
	ready = slices.Concat(ready, p.routed)
	if p.is("coredns first") {
		dns, err := p.coredns()
		if err != nil {
			return err
		}
		ready = append(ready, dns)
	}
	if p.group, err = p.nodeGroup(role, ready); err != nil || p.is("coredns first") {
		return err
	}
	p.Export("group", p.group.NodeGroupName)
	_, err = p.coredns(p.group)
	return err
}

// nodeGroup is inside a component, as most tools have it. Its desired size belongs to the autoscaler.
func (p *program) nodeGroup(role *iam.Role, ready []pulumi.Resource) (*eks.NodeGroup, error) {
	left := pulumi.IgnoreChanges([]string{"scalingConfig.desiredSize"})
	var workers pulumi.ResourceState
	var outside, inside []pulumi.ResourceOption
	switch {
	case p.is("ignored on the component"):
		outside = append(outside, left)
	case !p.is("size not ignored"):
		inside = append(inside, left)
	}
	if err := p.RegisterComponentResource("byhand:index:Workers", "workers", &workers, outside...); err != nil {
		return nil, err
	}
	args := &eks.NodeGroupArgs{
		ClusterName: p.cluster.Name, NodeGroupNamePrefix: pulumi.String("workers-"), NodeRoleArn: role.Arn,
		InstanceTypes: pulumi.ToStringArray([]string{"m5.large"}), AmiType: pulumi.String("AL2023_x86_64_STANDARD"), SubnetIds: p.private,
		ScalingConfig: eks.NodeGroupScalingConfigArgs{MinSize: pulumi.Int(1), DesiredSize: pulumi.Int(1), MaxSize: pulumi.Int(4)},
	}
	switch p.mistake {
	case "old image":
		args.AmiType = pulumi.String("AL2_x86_64")
	case "every subnet":
		args.SubnetIds = slices.Concat(p.public, p.private)
	case "higher minimum":
		args.ScalingConfig = eks.NodeGroupScalingConfigArgs{MinSize: pulumi.Int(2), DesiredSize: pulumi.Int(2), MaxSize: pulumi.Int(4)}
	}
	return eks.NewNodeGroup(p.Context, "workers", args, append(inside, pulumi.Parent(&workers), pulumi.DependsOn(ready))...)
}

func (p *program) coredns(after ...pulumi.Resource) (*eks.Addon, error) {
	return eks.NewAddon(p.Context, "coredns", &eks.AddonArgs{
		ClusterName: p.cluster.Name, AddonName: pulumi.String("coredns"), ResolveConflictsOnCreate: pulumi.String("OVERWRITE"),
	}, pulumi.DependsOn(after))
}

// access lets an administrator in; whoever makes the cluster is one already.
func (p *program) access() error {
	if !p.is("own entry") {
		return nil
	}
	role := strings.Split(p.caller.Arn, "/")[1]
	_, err := eks.NewAccessEntry(p.Context, "administrator", &eks.AccessEntryArgs{
		ClusterName: p.cluster.Name, PrincipalArn: pulumi.Sprintf("arn:aws:iam::%s:role/%s", p.caller.AccountId, role),
	})
	return err
}

// autoscaler makes the role that the Cluster Autoscaler works with. The account may assume it, so that it can be tried.
func (p *program) autoscaler() error {
	role, err := iam.NewRole(p.Context, "autoscaler", &iam.RoleArgs{Name: pulumi.String("autoscaler"), AssumeRolePolicy: document(object{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": object{"AWS": "arn:aws:iam::" + p.caller.AccountId + ":root"},
	})})
	if err != nil {
		return err
	}
	_, err = iam.NewRolePolicy(p.Context, "autoscaler", &iam.RolePolicyArgs{Role: role.Name, Policy: p.rights()})
	return err
}

// rights name what the autoscaler calls. Its mistake is to narrow the calls that look: listing groups knows no resource, and a
// node group has no key of the Auto Scaling service.
func (p *program) rights() pulumi.String {
	const groups = "arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/*"
	tagged := func(key string) object {
		return object{"StringEquals": object{key + "/k8s.io/cluster-autoscaler/" + clusterName: "owned"}}
	}
	list := object{"Effect": "Allow", "Action": "autoscaling:DescribeAutoScalingGroups", "Resource": "*"}
	look := object{"Effect": "Allow", "Action": "eks:DescribeNodegroup", "Resource": "*"}
	if p.is("autoscaler's conditions") {
		list["Resource"] = groups
		look["Condition"] = tagged("autoscaling:ResourceTag")
	}
	return document(list, look, object{
		"Effect": "Allow", "Action": []string{"autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"},
		"Resource": groups, "Condition": tagged("aws:ResourceTag"),
	})
}

type object = map[string]any

func document(statements ...object) pulumi.String {
	text, err := json.Marshal(object{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		panic(err) // it is made of strings
	}
	return pulumi.String(text)
}
