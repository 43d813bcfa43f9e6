package headroom

import (
	"fmt"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	schedulingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/scheduling/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/labels"
	"paddock/components/restricted"
)

const (
	// priority is the lowest that makes the Cluster Autoscaler add a node: see the package's comment.
	priority = -10
	history  = 3 // old ReplicaSets that are kept
)

// unawaited lets no `up` wait for pods, or fail on their account: they may need a node first, which an up does not bring.
const unawaited = "pulumi.com/skipAwait"

// metadata is that of an object in the headroom's namespace.
func metadata(name string, annotations pulumi.StringMap) metav1.ObjectMetaArgs {
	return metav1.ObjectMetaArgs{
		Name: pulumi.String(name), Namespace: pulumi.String(Namespace), Labels: pulumi.ToStringMap(labels.Of(name)), Annotations: annotations,
	}
}

// priority makes the class of the slices. They push nobody away themselves.
func (b *builder) priority(ctx *pulumi.Context) error {
	class, err := schedulingv1.NewPriorityClass(ctx, b.name+"-priority", &schedulingv1.PriorityClassArgs{
		Metadata:         metav1.ObjectMetaArgs{Name: pulumi.String(PriorityClass), Labels: pulumi.ToStringMap(labels.Of(Slices))},
		Value:            pulumi.Int(priority),
		GlobalDefault:    pulumi.Bool(false),
		PreemptionPolicy: pulumi.String("Never"),
		Description:      pulumi.String("Room that is kept for a spike: any other pod pushes these away."),
	}, b.opts...)
	b.before = append(b.before, class)
	return err
}

// namespace makes the headroom's own: teams have no rights in it, and their quotas do not count what is in it.
func (b *builder) namespace(ctx *pulumi.Context) error {
	l := labels.Of(Slices)
	for _, mode := range []string{"enforce", "audit", "warn"} {
		l["pod-security.kubernetes.io/"+mode] = "restricted"
		l["pod-security.kubernetes.io/"+mode+"-version"] = "latest"
	}
	ns, err := corev1.NewNamespace(ctx, b.name+"-namespace", &corev1.NamespaceArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String(Namespace), Labels: pulumi.ToStringMap(l)},
	}, b.opts...)
	b.before = append(b.before, ns)
	return err
}

// slices makes the Deployment that holds the room.
func (b *builder) slices(ctx *pulumi.Context) error {
	annotations := pulumi.StringMap{
		unawaited: pulumi.String("true"),
		// Whoever set the number of slices last, the scaler of an earlier share or a hand, owns that field; what the stack says
		// counts all the same.
		"pulumi.com/patchForce": pulumi.String("true"),
	}
	opts := append([]pulumi.ResourceOption{pulumi.DependsOn(b.before)}, b.opts...)
	if b.Share > 0 {
		opts = append(opts, pulumi.IgnoreChanges([]string{"spec.replicas"})) // from the first minute on, the scaler's
	}
	sleepers, err := appsv1.NewDeployment(ctx, b.name+"-slices", &appsv1.DeploymentArgs{
		Metadata: metadata(Slices, annotations),
		Spec: appsv1.DeploymentSpecArgs{
			Replicas: pulumi.Int(b.replicas()),
			Selector: metav1.LabelSelectorArgs{MatchLabels: pulumi.ToStringMap(labels.Selector(Slices))},
			// A rolling update would first ask for more than there is to be, and get a node for it.
			Strategy:             appsv1.DeploymentStrategyArgs{Type: pulumi.String("Recreate")},
			RevisionHistoryLimit: pulumi.Int(history),
			Template: corev1.PodTemplateSpecArgs{
				Metadata: metav1.ObjectMetaArgs{Labels: pulumi.ToStringMap(labels.Of(Slices))},
				Spec:     b.sleeper(),
			},
		},
	}, opts...)
	b.before = append(b.before, sleepers)
	return err
}

// sleeper is the pod that is one slice.
func (b *builder) sleeper() corev1.PodSpecArgs {
	size := pulumi.StringMap{
		"cpu":    pulumi.String(fmt.Sprintf("%dm", b.milliCPU)),
		"memory": pulumi.String(fmt.Sprintf("%dMi", b.memoryMi)),
	}
	return corev1.PodSpecArgs{
		PriorityClassName:             pulumi.String(PriorityClass),
		TerminationGracePeriodSeconds: pulumi.Int(0), // whoever needs the room needs it now
		AutomountServiceAccountToken:  pulumi.Bool(false),
		EnableServiceLinks:            pulumi.Bool(false),
		SecurityContext:               restricted.Pod(),
		Affinity:                      b.inGroups(),
		TopologySpreadConstraints:     spread(),
		Containers: corev1.ContainerArray{corev1.ContainerArgs{
			Name:            pulumi.String("pause"),
			Image:           pulumi.String(b.Image),
			ImagePullPolicy: pulumi.String("IfNotPresent"), // the tag is a fixed release
			SecurityContext: restricted.Container(),
			Resources:       corev1.ResourceRequirementsArgs{Requests: size, Limits: size},
		}},
	}
}

// inGroups keeps the slices on the nodes that they are cut for. Taints alone would not: one that only prefers lets them in.
func (b *builder) inGroups() corev1.AffinityArgs {
	return corev1.AffinityArgs{NodeAffinity: corev1.NodeAffinityArgs{
		RequiredDuringSchedulingIgnoredDuringExecution: corev1.NodeSelectorArgs{
			NodeSelectorTerms: corev1.NodeSelectorTermArray{corev1.NodeSelectorTermArgs{
				MatchExpressions: corev1.NodeSelectorRequirementArray{corev1.NodeSelectorRequirementArgs{
					Key: pulumi.String(b.GroupLabel), Operator: pulumi.String("In"), Values: pulumi.ToStringArray(b.Groups),
				}},
			}},
		},
	}}
}

// spread prefers that every zone has some of the room: a pod that is bound to a zone finds it there. It only prefers, since the
// autoscaler is slow with what must be spread.
func spread() corev1.TopologySpreadConstraintArray {
	return corev1.TopologySpreadConstraintArray{corev1.TopologySpreadConstraintArgs{
		MaxSkew:           pulumi.Int(1),
		TopologyKey:       pulumi.String("topology.kubernetes.io/zone"),
		WhenUnsatisfiable: pulumi.String("ScheduleAnyway"),
		LabelSelector:     metav1.LabelSelectorArgs{MatchLabels: pulumi.ToStringMap(labels.Selector(Slices))},
	}}
}
