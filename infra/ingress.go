package infra

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/ingress"
	"paddock/components/team"
	"paddock/components/vpc"
)

func (i Ingress) on() bool { return i.Domain != "" }

// ingress opens the cluster to the internet, if the stack names a domain.
func (b *build) ingress() (err error) {
	i := b.cfg.Ingress
	if !i.on() {
		return nil
	}
	b.ingressPart, err = ingress.New(b.ctx, b.name("ingress"), &ingress.Args{
		ClusterName:       b.cfg.Name,
		ClusterNameOutput: b.clusterPart.Name,
		Region:            b.cfg.Region,
		VpcID:             b.vpcPart.ID,
		Image:             i.Image,
		Tags:              b.cfg.DefaultTags(),
		Domain:            i.Domain,
		CertificateARN:    i.Certificate,
		ZoneID:            i.Zone,
		NamespaceLabel:    team.Label,
		Deployer:          team.IsDeployer,
		Gone:              b.clusterPart.Gone,
		DependsOn:         b.clusterPart.Nodes,
	}, pulumi.Providers(b.aws, b.kubernetes))
	return err
}

// grounds are what the teams' namespaces stand on, and whether they go with the cluster. A load balancer does not: where there can
// be some, the namespaces are deleted one by one, with the Ingresses in them, while the controller still runs.
func (b *build) grounds() (gone pulumi.ResourceOption, dependsOn []pulumi.Resource) {
	if b.ingressPart == nil {
		return b.clusterPart.Gone, b.clusterPart.Nodes
	}
	return nil, slices.Concat(b.clusterPart.Nodes, b.ingressPart.Ready)
}

// exposed is what a service that is exposed needs to know; nil without ingress.
func (b *build) exposed() pulumi.Map {
	if b.ingressPart == nil {
		return nil
	}
	return pulumi.Map{
		"domain":         pulumi.String(b.cfg.Ingress.Domain),
		"class":          pulumi.String(ingress.Class),
		"certificateArn": b.ingressPart.CertificateARN,
		"sourceBlocks":   pulumi.ToStringArray(b.cfg.publicBlocks()),
		"validation":     b.ingressPart.Validation,
	}
}

// publicBlocks are those of the public subnets, in the zones' order: requests come to the pods from load balancers in them.
func (c Config) publicBlocks() []string {
	zones := c.Network.Zones.In(c.Region)
	plan, err := vpc.Plan(c.Network.Block, zones)
	if err != nil {
		return nil // the VPC itself could not be made
	}
	var blocks []string
	for _, zone := range zones {
		blocks = append(blocks, plan[zone].Public.String())
	}
	return blocks
}
