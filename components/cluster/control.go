package cluster

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-eks/sdk/v2/go/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const defaultServiceBlock = "172.20.0.0/16"

// secretsKey makes the key that encrypts Kubernetes Secrets. Who loses it loses them.
func (c *Cluster) secretsKey(ctx *pulumi.Context, name string, args *Args, p *parts) error {
	days := 7
	if args.Protect {
		days = 30
	}
	key, err := kms.NewKey(ctx, name+"-secrets", &kms.KeyArgs{
		Description:          pulumi.String("Kubernetes secrets of the EKS cluster " + args.Name),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(days),
	}, c.child(pulumi.Protect(args.Protect))...)
	if err != nil {
		return err
	}
	p.key = key
	_, err = kms.NewAlias(ctx, name+"-secrets", &kms.AliasArgs{
		Name:        pulumi.String("alias/" + args.Name),
		TargetKeyId: key.KeyId,
	}, c.child()...)
	return err
}

// logGroup makes the group that EKS writes control-plane logs to. EKS would make it itself, without retention.
func (c *Cluster) logGroup(ctx *pulumi.Context, name string, args *Args, p *parts) error {
	if len(args.LogTypes) == 0 {
		return nil
	}
	logs, err := cloudwatch.NewLogGroup(ctx, name+"-logs", &cloudwatch.LogGroupArgs{
		Name:            pulumi.String("/aws/eks/" + args.Name + "/cluster"),
		RetentionInDays: pulumi.Int(args.LogDays),
	}, c.child()...)
	p.logs = logs
	return err
}

// controlPlane makes the EKS cluster by the component of pulumi-eks, with all that it does beyond that switched off.
func (c *Cluster) controlPlane(ctx *pulumi.Context, name string, args *Args, p *parts) error {
	cluster, err := eks.NewCluster(ctx, name+"-eks", controlPlaneArgs(args, p),
		c.child(pulumi.Protect(args.Protect), pulumi.Providers(c.providers...))...)
	if err != nil {
		return err
	}
	c.EKS = cluster
	c.Name = cluster.EksCluster.Name()
	c.Endpoint = cluster.EksCluster.Endpoint()
	c.Kubeconfig = cluster.KubeconfigJson
	c.Gone = pulumi.DeletedWith(cluster)
	return nil
}

func controlPlaneArgs(args *Args, p *parts) *eks.ClusterArgs {
	mode, yes := eks.AuthenticationModeApi, true
	a := &eks.ClusterArgs{
		Name:                            pulumi.String(args.Name),
		Version:                         pulumi.String(args.Version),
		VpcId:                           args.VpcID.ToStringOutput().ToStringPtrOutput(),
		PublicSubnetIds:                 args.PublicSubnetIDs,
		PrivateSubnetIds:                args.PrivateSubnetIDs,
		KubernetesServiceIpAddressRange: pulumi.String(args.serviceBlock()),
		EncryptionConfigKeyArn:          p.key.Arn,
		EnabledClusterLogTypes:          logTypes(args, p),
		EndpointPrivateAccess:           pulumi.Bool(true),
		AuthenticationMode:              &mode,
		InstanceRole:                    p.role, // gives the nodes their access entry
		SkipDefaultNodeGroup:            &yes,
		UseDefaultVpcCni:                &yes, // the add-on replaces it
		CreateOidcProvider:              pulumi.Bool(false),
	}
	if len(args.PublicAccess) == 0 {
		a.EndpointPublicAccess = pulumi.Bool(false)
	} else {
		// The endpoint is public unless told otherwise. Saying so makes the component poll /healthz from here at every update,
		// for five minutes when this machine is not in the list.
		a.PublicAccessCidrs = prefixes(args)
	}
	return a
}

// logTypes come by way of the log group: a dependsOn of the component would not reach the cluster inside it, and on the way down
// the group would go first and EKS make it anew.
func logTypes(args *Args, p *parts) pulumi.StringArrayInput {
	types := pulumi.ToStringArray(args.LogTypes)
	if p.logs == nil {
		return types
	}
	return p.logs.Name.ApplyT(func(string) []string { return args.LogTypes }).(pulumi.StringArrayOutput)
}

func (args *Args) serviceBlock() string {
	if !args.ServiceBlock.IsValid() {
		return defaultServiceBlock
	}
	return args.ServiceBlock.String()
}

func prefixes(args *Args) pulumi.StringArray {
	var list pulumi.StringArray
	for _, block := range args.PublicAccess {
		list = append(list, pulumi.String(block.String()))
	}
	return list
}
