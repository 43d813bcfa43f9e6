package team

import (
	"fmt"
	"slices"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/labels"
)

// Names of the objects inside a namespace. They are fixed, so that kubectl finds the same fence
// under the same name everywhere; the namespace keeps them apart.
const (
	quotaName    = "team-quota"
	priorityName = "team-priority"
	limitsName   = "team-limits"
)

// emptyTimeout bounds the wait until a namespace is empty. A load balancer takes a minute to go; what takes longer has a finalizer that
// nobody removes: docs/day-two.md says how to find whose.
const emptyTimeout = "10m"

const podSecurityPrefix = "pod-security.kubernetes.io/"

// fence builds one namespace and everything in it.
type fence struct {
	Namespace
	team      string                  // the team's own name
	prefix    string                  // of the children's Pulumi names
	cluster   pulumi.StringInput      // name of the EKS cluster
	outside   []pulumi.ResourceOption // of what is not in the cluster
	opts      []pulumi.ResourceOption // of every child; in the namespace, once there is one
	own       bool                    // the namespace does not go with the cluster, what is in it goes with the namespace
	namespace pulumi.StringOutput     // the made namespace's name: using it orders an object after the namespace
}

func newFence(t *Team, prefix string, args *Args, ns Namespace) *fence {
	opts := []pulumi.ResourceOption{pulumi.Parent(t)}
	if args.Gone != nil {
		opts = append(opts, args.Gone)
	}
	return &fence{
		Namespace: ns, team: args.Name, prefix: prefix, cluster: args.Cluster, outside: slices.Clip(opts), opts: slices.Clip(opts),
		own: args.Gone == nil,
	}
}

// build registers the namespace and then its fences, rights last.
func (f *fence) build(ctx *pulumi.Context, after []pulumi.Resource) error {
	if err := f.enclose(ctx, after); err != nil {
		return err
	}
	steps := []struct {
		what string
		do   func(*pulumi.Context) error
	}{
		{"quota", f.quota},
		{"limits", f.limits},
		{"network", f.network},
		{"access", f.access},
		{"identities", f.identities},
	}
	for _, step := range steps {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// enclose makes the namespace. Only it waits for the caller's dependencies: all else waits for it.
func (f *fence) enclose(ctx *pulumi.Context, after []pulumi.Resource) error {
	level := f.PodSecurity
	if level == "" {
		level = Restricted
	}
	labels := f.labels()
	for _, mode := range []string{"enforce", "audit", "warn"} {
		labels[podSecurityPrefix+mode] = level
		// The level as the running control plane defines it, so that an upgrade tightens it.
		labels[podSecurityPrefix+mode+"-version"] = "latest"
	}
	ns, err := corev1.NewNamespace(ctx, f.prefix, &corev1.NamespaceArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String(f.Name), Labels: pulumi.ToStringMap(labels)},
	}, append([]pulumi.ResourceOption{pulumi.DependsOn(after), pulumi.Timeouts(&pulumi.CustomTimeouts{Delete: emptyTimeout})}, f.opts...)...)
	if err != nil {
		return err
	}
	if f.own {
		f.opts = append(f.opts, pulumi.DeletedWith(ns))
	}
	f.namespace = ns.Metadata.Name().Elem()
	return nil
}

// quota caps what the namespace's pods may ask for together.
func (f *fence) quota(ctx *pulumi.Context) error {
	if len(f.Quota) == 0 {
		return nil
	}
	_, err := corev1.NewResourceQuota(ctx, f.prefix+"-quota", &corev1.ResourceQuotaArgs{
		Metadata: f.metadata(quotaName),
		Spec:     corev1.ResourceQuotaSpecArgs{Hard: pulumi.ToStringMap(f.Quota)},
	}, f.opts...)
	if err != nil {
		return err
	}
	return f.priority(ctx)
}

// systemPriorities are Kubernetes' own classes, above all others.
var systemPriorities = []string{"system-cluster-critical", "system-node-critical"}

// priority admits no pod of the system's priorities, which any namespace may otherwise use: a deployer's pods would push the
// platform's off their nodes, and take what all teams share.
func (f *fence) priority(ctx *pulumi.Context) error {
	_, err := corev1.NewResourceQuota(ctx, f.prefix+"-priority", &corev1.ResourceQuotaArgs{
		Metadata: f.metadata(priorityName),
		Spec: corev1.ResourceQuotaSpecArgs{
			Hard: pulumi.StringMap{"pods": pulumi.String("0")},
			ScopeSelector: corev1.ScopeSelectorArgs{MatchExpressions: corev1.ScopedResourceSelectorRequirementArray{
				corev1.ScopedResourceSelectorRequirementArgs{
					ScopeName: pulumi.String("PriorityClass"),
					Operator:  pulumi.String("In"),
					Values:    pulumi.ToStringArray(systemPriorities),
				},
			}},
		},
	}, f.opts...)
	return err
}

// limits gives containers that state nothing a share, without which a quota would refuse them.
func (f *fence) limits(ctx *pulumi.Context) error {
	if f.Limits == (Limits{}) {
		return nil
	}
	_, err := corev1.NewLimitRange(ctx, f.prefix+"-limits", &corev1.LimitRangeArgs{
		Metadata: f.metadata(limitsName),
		Spec: corev1.LimitRangeSpecArgs{Limits: corev1.LimitRangeItemArray{corev1.LimitRangeItemArgs{
			Type:           pulumi.String("Container"),
			Default:        quantities(f.Limits.DefaultCPU, f.Limits.DefaultMemory),
			DefaultRequest: quantities(f.Limits.RequestCPU, f.Limits.RequestMemory),
			Max:            quantities(f.Limits.MaxCPU, f.Limits.MaxMemory),
		}}},
	}, f.opts...)
	return err
}

// quantities is the part of a LimitRange that is set; nil, so absent from the object, when nothing is.
func quantities(cpu, memory string) pulumi.StringMapInput {
	set := pulumi.StringMap{}
	if cpu != "" {
		set["cpu"] = pulumi.String(cpu)
	}
	if memory != "" {
		set["memory"] = pulumi.String(memory)
	}
	if len(set) == 0 {
		return nil
	}
	return set
}

// metadata is that of an object inside the namespace.
func (f *fence) metadata(name string) metav1.ObjectMetaArgs {
	return metav1.ObjectMetaArgs{
		Name:      pulumi.String(name),
		Namespace: f.namespace,
		Labels:    pulumi.ToStringMap(f.labels()),
	}
}

func (f *fence) labels() map[string]string {
	return map[string]string{Label: f.team, labels.ManagedBy: labels.Paddock}
}
