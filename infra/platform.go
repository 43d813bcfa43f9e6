package infra

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/autoscaler"
	"paddock/components/cluster"
	"paddock/components/delivery"
	"paddock/components/ingress"
	"paddock/components/metrics"
	"paddock/components/policy"
	"paddock/components/storage"
	"paddock/components/team"
	"paddock/components/vpc"
	"paddock/cost"
)

// Platform is what a platform tells the world about itself.
type Platform struct {
	Region            string
	Tags              map[string]string // on all its AWS resources
	VpcID             pulumi.StringOutput
	PublicSubnetIDs   pulumi.StringArrayOutput
	PrivateSubnetIDs  pulumi.StringArrayOutput
	ClusterName       pulumi.StringOutput
	Endpoint          pulumi.StringOutput // of the Kubernetes API
	Kubeconfig        pulumi.StringOutput // for any principal that has an access entry
	NodeGroupNames    pulumi.StringArrayOutput
	AutoscalerRoleARN pulumi.StringOutput
	Registry          string     // what the names of the teams' images begin with; empty if no team has any
	NodeGroups        pulumi.Map // by name: instance types and bounds
	Headroom          pulumi.Map // nodes or share
	Ingress           pulumi.Map // domain, class, certificateArn, sourceBlocks and validation; nil without ingress
	Prices            pulumi.Map // the stack's own, in place of the table's
	Cost              pulumi.Map // a month: floor and ceiling, by part and by team
	Teams             pulumi.Map // by name: namespaces with quota and limits, groups, principals and delivery
}

// build is a platform going up: each step leaves what the next ones need.
type build struct {
	providers
	ctx            *pulumi.Context
	cfg            Config
	vpcPart        *vpc.Vpc
	clusterPart    *cluster.Cluster
	autoscalerPart *autoscaler.Autoscaler
	guardPart      *team.Guard
	ingressPart    *ingress.Ingress // nil without ingress
	teamParts      pulumi.Map
	account        delivery.Account          // known where anybody is given access, or pods a role
	deliveries     map[string]*delivery.Team // by team
	bill           cost.Estimate
}

// Up registers the platform. Nothing registers if the config has a fault.
func Up(ctx *pulumi.Context, cfg Config) (*Platform, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	b := &build{ctx: ctx, cfg: cfg, teamParts: pulumi.Map{}, deliveries: map[string]*delivery.Team{}}
	for _, step := range []struct {
		name string
		run  func() error
	}{
		{"providers", b.cloud},
		{"principals", b.whoami},
		{"capacity", b.capacity},
		{"cost", b.cost},
		{"vpc", b.network},
		{"cluster", b.control},
		{"kubernetes provider", b.inside},
		{"delivery", b.delivery},
		{"access", b.admit},
		{"storage", b.storage},
		{"metrics", b.metrics},
		{"autoscaler", b.autoscaler},
		{"headroom", b.headroom},
		{"ingress", b.ingress},
		{"guard", b.guard},
		{"teams", b.teams},
	} {
		if err := step.run(); err != nil {
			return nil, fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return b.platform(), nil
}

func (b *build) name(part string) string { return b.cfg.Name + "-" + part }

func (b *build) network() (err error) {
	n := b.cfg.Network
	b.vpcPart, err = vpc.New(b.ctx, b.name("vpc"), &vpc.Args{
		Block:              n.Block,
		Zones:              n.Zones.In(b.cfg.Region),
		Region:             b.cfg.Region,
		ClusterName:        b.cfg.Name,
		NAT:                n.NAT,
		InterfaceEndpoints: n.InterfaceEndpoints,
		FlowLogDays:        n.FlowLogDays,
		Protect:            b.cfg.Cluster.Protect,
	}, pulumi.Providers(b.aws))
	return err
}

// controlPlaneZones is how many zones EKS wants at least. The control plane gets no more: it can never follow the network into
// a zone that is added later.
const controlPlaneZones = 2

func (b *build) control() (err error) {
	k, home := b.cfg.Cluster, b.cfg.Network.Zones.In(b.cfg.Region)[:controlPlaneZones]
	b.clusterPart, err = cluster.New(b.ctx, b.name("cluster"), &cluster.Args{
		Name:             b.cfg.Name,
		Version:          k.Version,
		Partition:        policy.PartitionOf(b.cfg.Region),
		VpcID:            b.vpcPart.ID,
		PublicSubnetIDs:  inZones(b.vpcPart.PublicSubnetByZone, home),
		PrivateSubnetIDs: inZones(b.vpcPart.PrivateSubnetByZone, home),
		SubnetByZone:     b.vpcPart.PrivateSubnetByZone,
		ServiceBlock:     k.ServiceBlock,
		PublicAccess:     k.PublicAccess,
		LogTypes:         k.LogTypes,
		LogDays:          k.LogDays,
		NodeGroups:       b.cfg.nodeGroupArgs(),
		AddonVersions:    b.cfg.Addons,
		VolumeTags:       b.cfg.DefaultTags(),
		NodesReady:       b.vpcPart.Ready,
		Protect:          k.Protect,
	}, pulumi.Providers(b.aws, b.eks))
	return err
}

func inZones(subnets map[string]pulumi.StringOutput, zones []string) pulumi.StringArray {
	var ids pulumi.StringArray
	for _, zone := range zones {
		ids = append(ids, subnets[zone])
	}
	return ids
}

// nodeGroupArgs says the groups in the component's words, by name.
func (c Config) nodeGroupArgs() []cluster.NodeGroup {
	var groups []cluster.NodeGroup
	for _, name := range slices.Sorted(maps.Keys(c.NodeGroups)) {
		g := c.NodeGroups[name]
		var taints []cluster.Taint
		for _, t := range g.Taints {
			taints = append(taints, cluster.Taint(t))
		}
		groups = append(groups, cluster.NodeGroup{
			Name: name, InstanceTypes: g.InstanceTypes, AMIType: g.AMIType, Spot: g.Capacity == "spot",
			Min: g.Min, Desired: g.InitialSize(), Max: g.Max, Resize: g.Resize, DiskGiB: g.DiskGiB, MaxUnavailable: g.MaxUnavailable,
			Labels: g.Labels, Taints: taints, Zones: g.Zones,
			Tags: c.DefaultTags(), // the provider's default tags do not reach instances and volumes
		})
	}
	return groups
}

func (b *build) storage() error {
	_, err := storage.New(b.ctx, b.name("storage"), &storage.Args{
		Gone:      b.clusterPart.Gone,
		DependsOn: b.clusterPart.Nodes,
	}, pulumi.Providers(b.aws, b.kubernetes))
	return err
}

func (b *build) metrics() error {
	_, err := metrics.New(b.ctx, b.name("metrics"), &metrics.Args{
		ClusterName:  b.clusterPart.Name,
		Version:      b.cfg.Cluster.Version,
		AddonVersion: b.cfg.Addons["metrics-server"],
		Gone:         b.clusterPart.Gone,
		DependsOn:    b.clusterPart.Nodes,
	}, pulumi.Providers(b.aws, b.kubernetes))
	return err
}

func (b *build) autoscaler() (err error) {
	a := b.cfg.Autoscaler
	b.autoscalerPart, err = autoscaler.New(b.ctx, b.name("autoscaler"), &autoscaler.Args{
		ClusterName:          b.cfg.Name,
		ClusterNameOutput:    b.clusterPart.Name,
		Region:               b.cfg.Region,
		Version:              b.cfg.Cluster.Version,
		Image:                a.Image,
		GroupLabels:          []string{cluster.GroupLabel},
		ScanInterval:         time.Duration(a.ScanInterval),
		UnneededTime:         time.Duration(a.UnneededTime),
		DelayAfterAdd:        time.Duration(a.DelayAfterAdd),
		UtilizationThreshold: a.UtilizationThreshold,
		Gone:                 b.clusterPart.Gone,
		DependsOn:            b.clusterPart.Nodes,
	}, pulumi.Providers(b.aws, b.kubernetes))
	return err
}

func (b *build) platform() *Platform {
	return &Platform{
		Region:            b.cfg.Region,
		Tags:              b.cfg.DefaultTags(),
		VpcID:             b.vpcPart.ID.ToStringOutput(),
		PublicSubnetIDs:   b.vpcPart.PublicSubnetIDs,
		PrivateSubnetIDs:  b.vpcPart.PrivateSubnetIDs,
		ClusterName:       b.clusterPart.Name,
		Endpoint:          b.clusterPart.Endpoint,
		Kubeconfig:        b.kubeconfig(),
		NodeGroupNames:    b.clusterPart.NodeGroupNames,
		AutoscalerRoleARN: b.autoscalerPart.RoleARN,
		Registry:          b.registry(),
		NodeGroups:        b.cfg.groups(),
		Headroom:          b.cfg.Headroom.room(),
		Ingress:           b.exposed(),
		Prices:            b.cfg.Cost.exports(),
		Cost:              exported(b.bill, b.cfg.Cost.Budget),
		Teams:             b.teamParts,
	}
}
