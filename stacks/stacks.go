// Package stacks says which platform a stack is: its config in, its exports out.
package stacks

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/infra"
)

// Run is the program of every stack. It reads the config from where the engine
// puts it, not key by key, because only so does a misspelt key come to light.
func Run(ctx *pulumi.Context) error {
	cfg, err := Load(os.Getenv(pulumi.EnvConfig))
	if err != nil {
		return fmt.Errorf("config of stack %s:\n%w", ctx.Stack(), err)
	}
	p, err := infra.Up(ctx, cfg)
	if err != nil {
		return err
	}
	export(ctx, p)
	return nil
}

func export(ctx *pulumi.Context, p *infra.Platform) {
	ctx.Export("region", pulumi.String(p.Region))
	ctx.Export("tags", pulumi.ToStringMap(p.Tags))
	ctx.Export("vpcId", p.VpcID)
	ctx.Export("publicSubnetIds", p.PublicSubnetIDs)
	ctx.Export("privateSubnetIds", p.PrivateSubnetIDs)
	ctx.Export("clusterName", p.ClusterName)
	ctx.Export("endpoint", p.Endpoint)
	ctx.Export("kubeconfig", p.Kubeconfig)
	ctx.Export("nodeGroupNames", p.NodeGroupNames)
	ctx.Export("autoscalerRoleArn", p.AutoscalerRoleARN)
	ctx.Export("registry", pulumi.String(p.Registry))
	ctx.Export("nodeGroups", p.NodeGroups)
	ctx.Export("headroom", p.Headroom)
	if p.Ingress != nil {
		ctx.Export("ingress", p.Ingress)
	}
	ctx.Export("prices", p.Prices)
	ctx.Export("cost", p.Cost)
	ctx.Export("teams", p.Teams)
}
