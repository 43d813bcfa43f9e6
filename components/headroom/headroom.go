// Package headroom keeps room for a spike: pods that do nothing hold so many nodes' worth of it, and give way to any other pod.
//
// What waits for a node waits for EC2, a minute or more; what pushes a slice of headroom away starts at once. The slices that were
// pushed away then wait in its place, and the Cluster Autoscaler adds a node for them.
//
// At priority -10 it does: that is the default of its --expendable-pods-priority-cutoff, and only pods below it are left out of
// account. Recent releases also count every pod that never preempts; the priority does not rely on it.
//
// What counts when nodes are added counts when they are taken away, too. Slices hold what they are asked to hold: a node goes only
// if its slices have another place. They may hold more. Half a node's slices and the DaemonSets are more than half a node, which is
// above the default of --scale-down-utilization-threshold: at worst the slices of one node keep two, each half empty, and a slice
// beside a service's pods keeps a node that those pods alone would have left. Nothing else ties a node to them: they
// have an owner, no disruption budget and no grace period, and move when a node is drained.
//
// CapacityBuffer objects of the autoscaler do the same without pods and without preemption; they are alpha in its 1.34, beta in 1.35.
package headroom

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/versions"
)

// Token is the component's type.
const Token = "paddock:headroom:Headroom"

// Names in the cluster.
const (
	Namespace     = "paddock-headroom"
	PriorityClass = "paddock-headroom"
	Slices        = "headroom"        // the Deployment that holds the room
	Scaler        = "headroom-scaler" // what sizes it by a share: Deployment, ConfigMap, Role and service account
)

// MaxShare is the most that Share may be: from there on, more nodes would stand idle than work.
const MaxShare = 0.5

// Args says how much room is kept, and where. One of Nodes and Share is set.
type Args struct {
	Nodes         int      // so many nodes' worth; 0 = Share says
	Share         float64  // or this share of the nodes of Groups, one node at least; 0 = Nodes says
	InstanceTypes []string // of the nodes; of several, the least is what a node has to offer
	GroupLabel    string   // the node label that names a node's group
	Groups        []string // the groups whose nodes may hold room
	Image         string   // of the pods that do nothing; "" = that of package versions
	ScalerImage   string   // of the cluster-proportional-autoscaler; "" = that of package versions

	Gone      pulumi.ResourceOption // DeletedWith the cluster; nil = deleted one by one
	DependsOn []pulumi.Resource     // the nodes; nil = nothing
}

// Headroom is room in a cluster.
type Headroom struct {
	pulumi.ResourceState
}

// New registers the headroom. It needs a Kubernetes provider, by pulumi.Providers in opts. Faults in args are reported together,
// before anything registers.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Headroom, error) {
	s, err := args.settings()
	if err != nil {
		return nil, fmt.Errorf("headroom %s: %w", name, err)
	}
	h := &Headroom{}
	if err := ctx.RegisterComponentResource(Token, name, h, opts...); err != nil {
		return nil, fmt.Errorf("headroom %s: %w", name, err)
	}
	b := newBuilder(h, name, s)
	if err := b.build(ctx); err != nil {
		return nil, fmt.Errorf("headroom %s: %w", name, err)
	}
	return h, ctx.RegisterResourceOutputs(h, pulumi.Map{"slicesPerNode": pulumi.Int(s.perNode)})
}

// builder registers the parts in order.
type builder struct {
	*settings
	name   string                  // prefix of the children's Pulumi names
	opts   []pulumi.ResourceOption // of every child
	before []pulumi.Resource       // what the next step's objects must find
}

func newBuilder(h *Headroom, name string, s *settings) *builder {
	b := &builder{settings: s, name: name, opts: []pulumi.ResourceOption{pulumi.Parent(h), pulumi.DependsOn(s.DependsOn)}}
	if s.Gone != nil {
		b.opts = append(b.opts, s.Gone)
	}
	return b
}

func (b *builder) build(ctx *pulumi.Context) error {
	type step struct {
		what string
		do   func(*pulumi.Context) error
	}
	steps := []step{{"priority class", b.priority}, {"namespace", b.namespace}, {"slices", b.slices}}
	if b.Share > 0 {
		steps = append(steps, step{"scaler's access", b.access}, step{"scaler's parameters", b.parameters}, step{"scaler", b.scaler})
	}
	for _, step := range steps {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// settings are Args with every default filled in, and what follows from them.
type settings struct {
	Args
	slice
}

func (a *Args) settings() (*settings, error) {
	s := &settings{Args: *a}
	var errs []error
	if a.Nodes < 0 {
		errs = append(errs, fmt.Errorf("nodes: %d: want 0 or more", a.Nodes))
	}
	if a.Share < 0 || a.Share > MaxShare {
		errs = append(errs, fmt.Errorf("share: %g: want 0 to %g", a.Share, MaxShare))
	}
	if (a.Nodes == 0) == (a.Share == 0) {
		errs = append(errs, fmt.Errorf("nodes and share: %d and %g: want one of them", a.Nodes, a.Share))
	}
	if a.GroupLabel == "" || len(a.Groups) == 0 {
		errs = append(errs, errors.New("groups: none: want a label, and names of groups"))
	}
	node, err := versions.Least(a.InstanceTypes...)
	if err != nil {
		errs = append(errs, fmt.Errorf("instanceTypes: %w", err))
	}
	s.slice = sliceOf(node)
	orDefault(&s.Image, versions.PauseImage)
	orDefault(&s.ScalerImage, versions.ProportionalAutoscalerImage)
	return s, errors.Join(errs...)
}

func orDefault(field *string, value string) {
	if *field == "" {
		*field = value
	}
}
