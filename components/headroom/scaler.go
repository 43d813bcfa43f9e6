package headroom

import (
	"encoding/json"
	"fmt"
	"strings"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/labels"
	"paddock/components/restricted"
)

// port answers for the scaler's health; the binary has no flag for it.
const port = 8080

// parameters holds the law that the scaler reads anew in every round.
func (b *builder) parameters(ctx *pulumi.Context) error {
	law, err := json.Marshal(b.law())
	if err != nil {
		return err
	}
	config, err := corev1.NewConfigMap(ctx, b.name+"-parameters", &corev1.ConfigMapArgs{
		Metadata: metadata(Scaler, nil),
		Data:     pulumi.StringMap{"linear": pulumi.String(string(law))},
	}, append([]pulumi.ResourceOption{pulumi.DependsOn(b.before)}, b.opts...)...)
	b.before = append(b.before, config)
	return err
}

// flags is the scaler's command line.
func (b *builder) flags() []string {
	return []string{
		"--namespace=" + Namespace,
		"--configmap=" + Scaler,
		"--target=deployment/" + Slices,
		"--nodelabels=" + b.nodes(),
		"--poll-period-seconds=10",
		"--logtostderr=true",
		"--v=2",
	}
}

// nodes selects those that the share is of: a tainted group may grow without any more headroom beside it.
func (b *builder) nodes() string {
	if len(b.Groups) == 1 {
		return b.GroupLabel + "=" + b.Groups[0]
	}
	// The flag's help speaks of key=value, but the text goes to the API server as it is.
	return fmt.Sprintf("%s in (%s)", b.GroupLabel, strings.Join(b.Groups, ","))
}

// scaler runs the upstream cluster-proportional-autoscaler. It is one pod, for it elects no leader. It can always start: at
// ordinary priority it takes the place of a slice.
func (b *builder) scaler(ctx *pulumi.Context) error {
	_, err := appsv1.NewDeployment(ctx, b.name+"-scaler", &appsv1.DeploymentArgs{
		Metadata: metadata(Scaler, pulumi.StringMap{unawaited: pulumi.String("true")}),
		Spec: appsv1.DeploymentSpecArgs{
			Replicas:             pulumi.Int(1),
			Selector:             metav1.LabelSelectorArgs{MatchLabels: pulumi.ToStringMap(labels.Selector(Scaler))},
			Strategy:             appsv1.DeploymentStrategyArgs{Type: pulumi.String("Recreate")},
			RevisionHistoryLimit: pulumi.Int(history),
			Template: corev1.PodTemplateSpecArgs{
				Metadata: metav1.ObjectMetaArgs{Labels: pulumi.ToStringMap(labels.Of(Scaler))},
				Spec: corev1.PodSpecArgs{
					ServiceAccountName: pulumi.String(Scaler),
					SecurityContext:    restricted.Pod(),
					Containers:         corev1.ContainerArray{b.scalerContainer()},
				},
			},
		},
	}, append([]pulumi.ResourceOption{pulumi.DependsOn(b.before)}, b.opts...)...)
	return err
}

func (b *builder) scalerContainer() corev1.ContainerArgs {
	return corev1.ContainerArgs{
		Name:            pulumi.String("autoscaler"),
		Image:           pulumi.String(b.ScalerImage),
		ImagePullPolicy: pulumi.String("IfNotPresent"), // the tag is a fixed release
		Command:         pulumi.ToStringArray([]string{"/cluster-proportional-autoscaler"}),
		Args:            pulumi.ToStringArray(b.flags()),
		Ports: corev1.ContainerPortArray{corev1.ContainerPortArgs{
			Name: pulumi.String("http"), ContainerPort: pulumi.Int(port), Protocol: pulumi.String("TCP"),
		}},
		LivenessProbe: health("/healthz"),
		// Ready says that the last round worked, and so that it has the rights that it needs.
		ReadinessProbe:  health("/last-poll"),
		SecurityContext: restricted.Container(),
		// It keeps a few fields of each node.
		Resources: corev1.ResourceRequirementsArgs{
			Requests: pulumi.StringMap{"cpu": pulumi.String("10m"), "memory": pulumi.String("32Mi")},
			Limits:   pulumi.StringMap{"cpu": pulumi.String("100m"), "memory": pulumi.String("128Mi")},
		},
	}
}

func health(path string) corev1.ProbeArgs {
	return corev1.ProbeArgs{
		HttpGet:          corev1.HTTPGetActionArgs{Path: pulumi.String(path), Port: pulumi.Int(port)},
		PeriodSeconds:    pulumi.Int(10),
		TimeoutSeconds:   pulumi.Int(5),
		FailureThreshold: pulumi.Int(3),
	}
}
