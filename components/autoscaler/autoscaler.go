// Package autoscaler runs the Cluster Autoscaler: the AWS rights it needs, the cluster rights it
// needs, and the Deployment that uses both.
package autoscaler

import (
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/controller"
	"paddock/components/policy"
	"paddock/components/versions"
)

// Token is the component's type.
const Token = "paddock:autoscaler:Autoscaler"

// appName is that of the Deployment, the service account and all else that has a name.
const appName = "cluster-autoscaler"

// Args says which cluster is scaled, and how eagerly.
type Args struct {
	ClusterName       string             // EKS cluster name: selects the Auto Scaling groups, by tag
	ClusterNameOutput pulumi.StringInput // the same name from the made cluster; nil = ClusterName
	Region            string             // of the cluster
	Version           string             // the cluster's Kubernetes minor, "1.34": the image's minor is the same
	Image             string             // "" = that of package versions, on registry.k8s.io, for Version
	GroupLabels       []string           // node labels whose values tell the platform's groups apart; nil = only EKS has such

	ScanInterval         time.Duration // between looks at the cluster; 0 = 10s
	UnneededTime         time.Duration // a node is idle this long before it goes; 0 = 10m
	DelayAfterAdd        time.Duration // no node goes this long after one came; 0 = 10m
	UtilizationThreshold float64       // requested share of a node, 0 to 1, below which it is idle; 0 = 0.5

	Gone      pulumi.ResourceOption // DeletedWith the cluster, on all that lives in it; nil = deleted one by one
	DependsOn []pulumi.Resource     // what the pods need first, such as nodes and the Pod Identity agent; nil = nothing
}

// Autoscaler is a running Cluster Autoscaler.
type Autoscaler struct {
	pulumi.ResourceState

	RoleARN pulumi.StringOutput // of the IAM role that the pods act as
}

// New registers the autoscaler. Faults in args are reported together, before anything registers.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Autoscaler, error) {
	s, err := args.settings()
	if err != nil {
		return nil, fmt.Errorf("autoscaler %s: %w", name, err)
	}
	a := &Autoscaler{}
	if err := ctx.RegisterComponentResource(Token, name, a, opts...); err != nil {
		return nil, fmt.Errorf("autoscaler %s: %w", name, err)
	}
	c := controller.New(a, name, &controller.Args{App: appName, Cluster: s.ClusterNameOutput, Gone: s.Gone, DependsOn: s.DependsOn})
	if err := build(ctx, c, s); err != nil {
		return nil, fmt.Errorf("autoscaler %s: %w", name, err)
	}
	a.RoleARN = c.RoleARN
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{"roleArn": a.RoleARN})
}

// build ends with the pods. Pods that start before their association exists never get credentials:
// EKS injects them when a pod is created.
func build(ctx *pulumi.Context, c *controller.Controller, s *settings) error {
	steps := []struct {
		what string
		do   func() error
	}{
		{"role", func() error { return c.Role(ctx, "Cluster Autoscaler of "+s.ClusterName, appName, rights(s)) }},
		{"identity", func() error { return c.Identity(ctx) }},
		{"access", func() error { return c.Access(ctx, clusterGrants(s.minor), ownGrants) }},
		{"budget", func() error { return c.Budget(ctx) }},
		{"deployment", func() error { _, err := c.Deploy(ctx, pods(s), metrics()); return err }},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// settings are Args with every default filled in.
type settings struct {
	Args
	partition string // the region's
	minor     int    // of the Kubernetes version, 34 for "1.34"
}

func (a *Args) settings() (*settings, error) {
	s := &settings{Args: *a}
	var errs []error
	if a.ClusterName == "" {
		errs = append(errs, errors.New("clusterName: empty"))
	}
	if a.Region == "" {
		errs = append(errs, errors.New("region: empty"))
	}
	if a.UtilizationThreshold < 0 || a.UtilizationThreshold > 1 {
		errs = append(errs, fmt.Errorf("utilizationThreshold: %g: want 0 to 1", a.UtilizationThreshold))
	}
	if image, err := versions.AutoscalerImage(a.Version); err != nil {
		errs = append(errs, fmt.Errorf("version: %w", err))
	} else if _, err := fmt.Sscanf(a.Version, "1.%d", &s.minor); err != nil {
		errs = append(errs, fmt.Errorf("version: %q: %w", a.Version, err))
	} else {
		orDefault(&s.Image, image)
	}
	s.fill()
	return s, errors.Join(errs...)
}

// fill states the autoscaler's own defaults, so that a preview shows what is in force.
func (s *settings) fill() {
	orDefault(&s.ScanInterval, 10*time.Second)
	orDefault(&s.UnneededTime, 10*time.Minute)
	orDefault(&s.DelayAfterAdd, 10*time.Minute)
	orDefault(&s.UtilizationThreshold, 0.5)
	s.partition = policy.PartitionOf(s.Region)
	if s.ClusterNameOutput == nil {
		s.ClusterNameOutput = pulumi.String(s.ClusterName)
	}
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
