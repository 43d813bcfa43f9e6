// Package metrics installs metrics-server, the source of `kubectl top` and of the figures that a HorizontalPodAutoscaler follows.
package metrics

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	apiregistration "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiregistration/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/versions"
)

// apiService is the API that metrics-server answers through the API server.
const apiService = "v1beta1.metrics.k8s.io"

// Args describe metrics-server in one cluster.
type Args struct {
	ClusterName  pulumi.StringInput
	Version      string                // Kubernetes minor
	AddonVersion string                // unset: the version of package versions for that minor
	DependsOn    []pulumi.Resource     // the node groups: it needs a node to run on
	Gone         pulumi.ResourceOption // deletes it with the cluster; nil: deleted on its own
}

// Metrics is metrics-server, answering.
type Metrics struct {
	pulumi.ResourceState

	// Ready exists once the API is Available: what reads metrics depends on it.
	Ready pulumi.Resource
}

// New installs the managed add-on and waits for its API. It needs an AWS and a Kubernetes provider, by pulumi.Providers in opts.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Metrics, error) {
	version := args.AddonVersion
	if version == "" {
		var err error
		if version, err = versions.Addon(args.Version, versions.MetricsServer); err != nil {
			return nil, fmt.Errorf("metrics %s: %w", name, err)
		}
	}
	m := &Metrics{}
	if err := ctx.RegisterComponentResource("paddock:metrics:Metrics", name, m, opts...); err != nil {
		return nil, fmt.Errorf("metrics %s: %w", name, err)
	}
	addon, err := m.addon(ctx, name, args, version)
	if err != nil {
		return nil, fmt.Errorf("metrics %s: add-on: %w", name, err)
	}
	if err := m.available(ctx, name, args, addon); err != nil {
		return nil, fmt.Errorf("metrics %s: API: %w", name, err)
	}
	return m, ctx.RegisterResourceOutputs(m, pulumi.Map{"version": pulumi.String(version)})
}

func (m *Metrics) addon(ctx *pulumi.Context, name string, args *Args, version string) (*eks.Addon, error) {
	return eks.NewAddon(ctx, name+"-addon", &eks.AddonArgs{
		ClusterName:              args.ClusterName,
		AddonName:                pulumi.String(versions.MetricsServer),
		AddonVersion:             pulumi.String(version),
		ResolveConflictsOnCreate: pulumi.String("OVERWRITE"),
		ResolveConflictsOnUpdate: pulumi.String("OVERWRITE"),
	}, m.child(args, pulumi.DependsOn(args.DependsOn))...)
}

// available waits for the add-on's APIService, which is not ours to own: a patch that adds nothing but the annotations that say
// what to wait for. An add-on that EKS calls ACTIVE may still be out of the API server's reach.
func (m *Metrics) available(ctx *pulumi.Context, name string, args *Args, addon *eks.Addon) error {
	patch, err := apiregistration.NewAPIServicePatch(ctx, name+"-api", &apiregistration.APIServicePatchArgs{
		Metadata: metav1.ObjectMetaPatchArgs{
			Name: pulumi.String(apiService),
			Annotations: pulumi.StringMap{
				"pulumi.com/waitFor": pulumi.String("condition=Available"),
				// After an interrupted run the annotations may belong to a field manager that no state knows any more.
				"pulumi.com/patchForce": pulumi.String("true"),
			},
		},
	}, m.child(args, pulumi.DependsOn([]pulumi.Resource{addon}))...)
	m.Ready = patch
	return err
}

func (m *Metrics) child(args *Args, opts ...pulumi.ResourceOption) []pulumi.ResourceOption {
	opts = append([]pulumi.ResourceOption{pulumi.Parent(m)}, opts...)
	if args.Gone != nil {
		opts = append(opts, args.Gone)
	}
	return opts
}
