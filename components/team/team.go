// Package team makes the fenced namespaces that one team ships its services into, and the two
// groups, viewer and deployer, that may look at them and work in them.
package team

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/labels"
)

// Token is the component's type.
const Token = "paddock:team:Team"

// Label names the owning team on everything made here.
const Label = labels.Team

// Pod Security levels, strictest first.
const (
	Restricted = "restricted"
	Baseline   = "baseline"
	Privileged = "privileged"
)

// Args says what one team gets.
type Args struct {
	Name       string      // of the team; part of its groups' names and the value of Label
	Namespaces []Namespace // at least one, no name twice

	Cluster pulumi.StringInput // name of the EKS cluster, for Roles; nil = no namespace may have any

	// Gone is DeletedWith the cluster, put on every object. nil = a namespace is deleted, with all that is in it, and waited for: so it
	// must be where something outside the cluster goes only if it is asked to, such as the load balancer of an Ingress.
	Gone      pulumi.ResourceOption
	DependsOn []pulumi.Resource // what must exist first, such as the administrators' access, and be there until the namespaces are gone; nil = nothing
}

// Namespace is one fenced namespace. The zero value of a fence is the absence of that fence,
// except PodSecurity.
type Namespace struct {
	Name          string            // of the Kubernetes namespace itself
	PodSecurity   string            // level that is enforced, audited and warned about; "" = restricted
	Quota         map[string]string // ResourceQuota's hard limits ("limits.cpu": "8"); empty = no quota, nor a ban on the system's priorities
	Limits        Limits            // per container; all empty = no LimitRange
	NetworkPolicy bool              // default deny, with DNS and the namespace itself allowed; false = pods talk to anything
	Roles         map[string]string // by service account: the ARN of the IAM role that its pods act as; empty = no pod has rights in AWS
}

// Limits are the namespace's LimitRange for containers, as Kubernetes quantities; "" = not set.
type Limits struct {
	DefaultCPU, DefaultMemory string // limits of a container that states none
	RequestCPU, RequestMemory string // requests of a container that states none
	MaxCPU, MaxMemory         string // a container with a higher limit is refused
}

// Team is a team's namespaces with their fences.
type Team struct {
	pulumi.ResourceState

	Namespaces    pulumi.StringArrayOutput // names, in the order of Args; deploy into these
	ViewerGroup   string                   // give to an access entry: reads all but secrets
	DeployerGroup string                   // give to an access entry: reads, and writes workloads
}

// What the names of a team's groups begin and end with.
const (
	groupPrefix    = "paddock:"
	viewerSuffix   = ":viewer"
	deployerSuffix = ":deployer"
)

// ViewerGroup is the Kubernetes group whose members read a team's namespaces.
func ViewerGroup(team string) string { return groupPrefix + team + viewerSuffix }

// DeployerGroup is the Kubernetes group whose members deploy into a team's namespaces.
func DeployerGroup(team string) string { return groupPrefix + team + deployerSuffix }

// New registers the team's namespaces, each with its fences. It needs a Kubernetes provider by pulumi.Providers in opts, and an AWS
// provider where a namespace has roles. Faults in args are reported together, before anything registers.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Team, error) {
	namespaces, err := args.check()
	if err != nil {
		return nil, fmt.Errorf("team %s: %w", name, err)
	}
	t := &Team{ViewerGroup: ViewerGroup(args.Name), DeployerGroup: DeployerGroup(args.Name)}
	if err := ctx.RegisterComponentResource(Token, name, t, opts...); err != nil {
		return nil, fmt.Errorf("team %s: %w", name, err)
	}
	var names pulumi.StringArray
	for _, ns := range namespaces {
		f := newFence(t, name+"-"+ns.Name, args, ns)
		if err := f.build(ctx, args.DependsOn); err != nil {
			return nil, fmt.Errorf("team %s: namespace %s: %w", name, ns.Name, err)
		}
		names = append(names, f.namespace)
	}
	t.Namespaces = names.ToStringArrayOutput()
	return t, ctx.RegisterResourceOutputs(t, pulumi.Map{
		"namespaces":    t.Namespaces,
		"viewerGroup":   pulumi.String(t.ViewerGroup),
		"deployerGroup": pulumi.String(t.DeployerGroup),
	})
}

// check finds what would break the fences or Pulumi's names, and returns the namespaces with their
// quantities in canonical form. Whether names are legal is the caller's to check, with the
// operator's config paths at hand.
func (a *Args) check() ([]Namespace, error) {
	var errs []error
	if a.Name == "" {
		errs = append(errs, errors.New("name: empty: want the team's name"))
	}
	if len(a.Namespaces) == 0 {
		errs = append(errs, errors.New("namespaces: empty: want at least one"))
	}
	var checked []Namespace
	seen := map[string]bool{}
	for _, ns := range a.Namespaces {
		if seen[ns.Name] {
			errs = append(errs, fmt.Errorf("namespaces: %s: listed twice", ns.Name))
		}
		seen[ns.Name] = true
		errs = append(errs, ns.check()...)
		if len(ns.Roles) > 0 && a.Cluster == nil {
			errs = append(errs, fmt.Errorf("cluster: none: want its name, for the roles of namespace %s", ns.Name))
		}
		fixed, faults := ns.canonical()
		errs = append(errs, faults...)
		checked = append(checked, fixed)
	}
	return checked, errors.Join(errs...)
}

func (ns Namespace) check() []error {
	var errs []error
	if ns.Name == "" {
		errs = append(errs, errors.New("namespaces: a name is empty"))
	}
	if levels := []string{"", Restricted, Baseline, Privileged}; !slices.Contains(levels, ns.PodSecurity) {
		errs = append(errs, fmt.Errorf("namespaces: %s: podSecurity: %q: want %s", ns.Name, ns.PodSecurity, strings.Join(levels[1:], ", ")))
	}
	return errs
}
