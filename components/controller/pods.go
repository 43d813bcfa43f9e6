package controller

import (
	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	policyv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/policy/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/labels"
	"paddock/components/placement"
	"paddock/components/restricted"
	"paddock/components/versions"
)

// Budget lets drains take one pod at a time. It counts what may be missing, not what must be there, so that it cannot block a drain
// when there is only one pod.
func (c *Controller) Budget(ctx *pulumi.Context) error {
	_, err := policyv1.NewPodDisruptionBudget(ctx, c.Name+"-budget", &policyv1.PodDisruptionBudgetArgs{
		Metadata: c.Metadata(c.args.App, Namespace),
		Spec: policyv1.PodDisruptionBudgetSpecArgs{
			MaxUnavailable:             pulumi.Int(1),
			Selector:                   metav1.LabelSelectorArgs{MatchLabels: pulumi.ToStringMap(labels.Selector(c.args.App))},
			UnhealthyPodEvictionPolicy: pulumi.String("AlwaysAllow"), // a crashing pod must not hold its node
		},
	}, c.InCluster...)
	return err
}

// Deploy registers the pods, with all that Before holds by then. Pulumi waits until they are ready. metrics are the annotations by
// which they are found.
func (c *Controller) Deploy(ctx *pulumi.Context, pods corev1.PodSpecArgs, metrics map[string]string) (*appsv1.Deployment, error) {
	return appsv1.NewDeployment(ctx, c.Name+"-deployment", &appsv1.DeploymentArgs{
		Metadata: c.Metadata(c.args.App, Namespace),
		Spec: appsv1.DeploymentSpecArgs{
			Replicas: pulumi.Int(versions.Standby), // one leads, the other waits
			Selector: metav1.LabelSelectorArgs{MatchLabels: pulumi.ToStringMap(labels.Selector(c.args.App))},
			// The old pod leads until a new one is ready: a bad image never leaves a cluster without its controller.
			Strategy: appsv1.DeploymentStrategyArgs{
				Type:          pulumi.String("RollingUpdate"),
				RollingUpdate: appsv1.RollingUpdateDeploymentArgs{MaxSurge: pulumi.Int(1), MaxUnavailable: pulumi.Int(0)},
			},
			RevisionHistoryLimit: pulumi.Int(3),
			Template: corev1.PodTemplateSpecArgs{
				Metadata: metav1.ObjectMetaArgs{Labels: pulumi.ToStringMap(labels.Of(c.args.App)), Annotations: pulumi.ToStringMap(metrics)},
				Spec:     c.placed(pods),
			},
		},
	}, append([]pulumi.ResourceOption{pulumi.DependsOn(c.Before)}, c.InCluster...)...)
}

// placed says of pods what is alike for all controllers. Without them the cluster does not go on, so they may displace whatever else
// fills the nodes.
func (c *Controller) placed(pods corev1.PodSpecArgs) corev1.PodSpecArgs {
	security := restricted.Pod()
	security.FsGroup = pulumi.Int(restricted.Nobody) // so that projected tokens, and what else is mounted, are readable
	pods.ServiceAccountName = pulumi.String(c.args.App)
	pods.PriorityClassName = pulumi.String("system-cluster-critical")
	pods.SecurityContext = security
	pods.Affinity = placement.OffSpot()
	pods.Tolerations = placement.Tolerations()
	pods.TopologySpreadConstraints = placement.Spread(labels.Selector(c.args.App), placement.Nodes, placement.Zones)
	return pods
}
