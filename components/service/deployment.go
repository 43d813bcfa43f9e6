package service

import (
	"maps"
	"slices"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/labels"
	"paddock/servicefile"
)

const (
	history = 5 // old ReplicaSets that are kept, to go back to
	// patience is how long a release may stand still, beyond the start of a pod, before the Deployment says that it is stuck: a
	// node may have to come first, and an image may be large.
	patience = 300
)

// Seconds until everybody who sends requests knows of a change: the proxies of the cluster's nodes, and the load balancer, which
// has to be told by its controller and then asks a new pod for its health twice.
const (
	tellCluster  = 5
	tellBalancer = 20
)

// leave is how long a pod serves on after it has left the Service: until then, requests still come.
func (b *builder) leave() int {
	if b.File.Exposed() {
		return tellBalancer
	}
	return tellCluster
}

// join is how long a pod must be ready before it may replace another. A Service sends to it at once; the load balancer may have no
// other by then.
func (b *builder) join() pulumi.IntPtrInput {
	if b.File.Exposed() {
		return pulumi.Int(tellBalancer)
	}
	return nil // not 0, which the API server would not keep
}

// told is what pods bear beside their spec. EKS gives a pod the means to act as a role only when it is created: another role takes
// other pods.
func (b *builder) told() metav1.ObjectMetaArgs {
	m := metav1.ObjectMetaArgs{Labels: b.labels()}
	if b.File.Role != "" {
		m.Annotations = pulumi.StringMap{labels.Role: pulumi.String(b.File.Role)}
	}
	return m
}

// deployment runs the service. Where an autoscaler sets the number of pods, nothing here does; and what was set before there was
// one is left alone: taken out, the field would fall to 1, until the autoscaler sees it.
func (b *builder) deployment(ctx *pulumi.Context) error {
	spec := appsv1.DeploymentSpecArgs{
		Selector:                metav1.LabelSelectorArgs{MatchLabels: b.selector()},
		Strategy:                b.strategy(),
		MinReadySeconds:         b.join(),
		RevisionHistoryLimit:    pulumi.Int(history),
		ProgressDeadlineSeconds: pulumi.Int(b.File.Health.StartSeconds + patience),
		Template:                corev1.PodTemplateSpecArgs{Metadata: b.told(), Spec: b.pod()},
	}
	opts := b.after(b.before...)
	if b.File.Scales() {
		opts = append(opts, pulumi.IgnoreChanges([]string{"spec.replicas"}))
	} else {
		spec.Replicas = pulumi.Int(b.File.Replicas.Min)
	}
	made, err := appsv1.NewDeployment(ctx, b.name+"-deployment", &appsv1.DeploymentArgs{
		Metadata: b.metadata(pulumi.StringMap{unawaited: pulumi.String("true"), forced: pulumi.String("true")}),
		Spec:     spec,
	}, opts...)
	if err != nil {
		return err
	}
	b.workload = made.Metadata.Name().Elem()
	return nil
}

// strategy takes no pod away before another is ready; but a volume must be let go first.
func (b *builder) strategy() appsv1.DeploymentStrategyArgs {
	if b.File.Keeps() {
		return appsv1.DeploymentStrategyArgs{Type: pulumi.String("Recreate")}
	}
	return appsv1.DeploymentStrategyArgs{
		Type: pulumi.String("RollingUpdate"),
		// The share is rounded up: one pod at least.
		RollingUpdate: appsv1.RollingUpdateDeploymentArgs{
			MaxUnavailable: pulumi.Int(0), MaxSurge: pulumi.Sprintf("%d%%", servicefile.SurgePercent),
		},
	}
}

func (b *builder) env() corev1.EnvVarArray {
	env := corev1.EnvVarArray{corev1.EnvVarArgs{Name: pulumi.String("PORT"), Value: pulumi.Sprintf("%d", b.File.Port)}}
	for _, name := range slices.Sorted(maps.Keys(b.File.Env)) {
		env = append(env, corev1.EnvVarArgs{Name: pulumi.String(name), Value: pulumi.String(b.File.Env[name])})
	}
	for _, name := range slices.Sorted(maps.Keys(b.File.Secrets)) {
		secret := b.File.Secrets[name]
		env = append(env, corev1.EnvVarArgs{Name: pulumi.String(name), ValueFrom: corev1.EnvVarSourceArgs{
			SecretKeyRef: corev1.SecretKeySelectorArgs{Name: pulumi.String(secret.Name), Key: pulumi.String(secret.Key)},
		}})
	}
	return env
}
