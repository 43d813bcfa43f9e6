package vpc

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awsvpc "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// interfaceServices is what nodes, the autoscaler and pods with an identity call; without a way
// out a node cannot join unless all of them answer. Image layers come through the S3 endpoint.
var interfaceServices = []string{
	"autoscaling", "ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing", "logs", "sts",
}

// InterfaceEndpoints is how many of them a network has, each in all of its zones.
func InterfaceEndpoints(nat string, wanted bool) int {
	if wanted || nat == NATNone {
		return len(interfaceServices)
	}
	return 0
}

func (v *Vpc) wantsInterfaces() bool {
	return InterfaceEndpoints(v.args.NAT, v.args.InterfaceEndpoints) > 0
}

func (v *Vpc) service(name string) pulumi.String {
	return pulumi.String("com.amazonaws." + v.args.Region + "." + name)
}

// s3Endpoint keeps S3 traffic (image layers above all) off the NAT gateways; it costs nothing.
// Tables join one by one, not in a list on the endpoint, so that a new zone only adds.
func (v *Vpc) s3Endpoint() error {
	endpoint, err := ec2.NewVpcEndpoint(v.ctx, v.name+"-s3", &ec2.VpcEndpointArgs{
		VpcId:           v.vpc.ID(),
		ServiceName:     v.service("s3"),
		VpcEndpointType: pulumi.String("Gateway"),
		Tags:            named(v.name + "-s3"),
	}, v.under()...)
	if err != nil {
		return err
	}
	for _, zoneName := range v.args.Zones {
		join, err := ec2.NewVpcEndpointRouteTableAssociation(v.ctx, v.name+"-s3-"+zoneName, &ec2.VpcEndpointRouteTableAssociationArgs{
			VpcEndpointId: endpoint.ID(),
			RouteTableId:  v.zones[zoneName].privateTable.ID(),
		}, v.under()...)
		if err != nil {
			return err
		}
		v.needs(join)
	}
	return nil
}

func (v *Vpc) interfaceEndpoints() error {
	if !v.wantsInterfaces() {
		return nil
	}
	group, err := v.endpointGroup()
	if err != nil {
		return err
	}
	for _, service := range interfaceServices {
		if err := v.interfaceEndpoint(service, group); err != nil {
			return err
		}
	}
	return nil
}

// endpointGroup lets the VPC, and nobody else, call the endpoints; they never call out.
func (v *Vpc) endpointGroup() (*ec2.SecurityGroup, error) {
	name := v.name + "-endpoints"
	group, err := ec2.NewSecurityGroup(v.ctx, name, &ec2.SecurityGroupArgs{
		VpcId:       v.vpc.ID(),
		Description: pulumi.String("Interface endpoints of AWS APIs"),
		Tags:        named(name),
	}, v.under()...)
	if err != nil {
		return nil, err
	}
	rule, err := awsvpc.NewSecurityGroupIngressRule(v.ctx, name+"-https", &awsvpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: group.ID(),
		Description:     pulumi.String("HTTPS from the VPC"),
		CidrIpv4:        pulumi.String(v.args.Block.String()),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(443),
		ToPort:          pulumi.Int(443),
		Tags:            named(name + "-https"),
	}, v.under()...)
	if err != nil {
		return nil, err
	}
	v.needs(rule)
	return group, nil
}

func (v *Vpc) interfaceEndpoint(service string, group *ec2.SecurityGroup) error {
	name := v.name + "-" + service
	endpoint, err := ec2.NewVpcEndpoint(v.ctx, name, &ec2.VpcEndpointArgs{
		VpcId:            v.vpc.ID(),
		ServiceName:      v.service(service),
		VpcEndpointType:  pulumi.String("Interface"),
		SecurityGroupIds: pulumi.StringArray{group.ID().ToStringOutput()},
		// Clients keep using the public names, which then resolve to private addresses.
		PrivateDnsEnabled: pulumi.Bool(true),
		Tags:              named(name),
	}, v.under()...)
	if err != nil {
		return err
	}
	for _, zoneName := range v.args.Zones {
		join, err := ec2.NewVpcEndpointSubnetAssociation(v.ctx, name+"-"+zoneName, &ec2.VpcEndpointSubnetAssociationArgs{
			VpcEndpointId: endpoint.ID(),
			SubnetId:      v.zones[zoneName].private.ID(),
		}, v.under()...)
		if err != nil {
			return err
		}
		v.needs(join)
	}
	return nil
}
