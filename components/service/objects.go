package service

import (
	autoscalingv2 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/autoscaling/v2"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	policyv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/policy/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/scaling"
)

// Annotations of Pulumi's Kubernetes provider.
const (
	unawaited = "pulumi.com/skipAwait"
	// forced takes back a field that another hand has set since: what the file says counts.
	forced = "pulumi.com/patchForce"
)

const (
	portName    = "http"
	servicePort = 80
	dataVolume  = "data"
	tmpVolume   = "tmp"
)

// metadata is that of every object: all bear the service's name, and the kind tells them apart.
func (b *builder) metadata(annotations pulumi.StringMap) metav1.ObjectMetaArgs {
	return metav1.ObjectMetaArgs{
		Name: pulumi.String(b.File.Name), Namespace: pulumi.String(b.namespace), Labels: b.labels(), Annotations: annotations,
	}
}

// after returns the options of a child that waits for others.
func (b *builder) after(resources ...pulumi.Resource) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.DependsOn(resources)}, b.opts...)
}

// account gives the pods a name of their own, and no way to the API server.
func (b *builder) account(ctx *pulumi.Context) error {
	account, err := corev1.NewServiceAccount(ctx, b.name+"-account", &corev1.ServiceAccountArgs{
		Metadata:                     b.metadata(nil),
		AutomountServiceAccountToken: pulumi.Bool(false),
	}, b.opts...)
	b.before = append(b.before, account)
	return err
}

// claim asks for the volume, of the cluster's default class. It is made where the first pod is put. It stays when the service goes,
// and with it what is on the volume: a folder that is left out of a list by mistake must not cost data. A service of the same name
// and namespace takes it over, for server-side apply does not mind that it exists; forced, for it was another hand that made it.
func (b *builder) claim(ctx *pulumi.Context) error {
	claim, err := corev1.NewPersistentVolumeClaim(ctx, b.name+"-volume", &corev1.PersistentVolumeClaimArgs{
		Metadata: b.metadata(pulumi.StringMap{unawaited: pulumi.String("true"), forced: pulumi.String("true")}),
		Spec: corev1.PersistentVolumeClaimSpecArgs{
			AccessModes: pulumi.ToStringArray([]string{"ReadWriteOnce"}),
			Resources: corev1.VolumeResourceRequirementsArgs{
				Requests: pulumi.StringMap{"storage": pulumi.String(string(b.File.Volume.Size))},
			},
		},
	}, append([]pulumi.ResourceOption{pulumi.RetainOnDelete(true)}, b.opts...)...)
	b.before = append(b.before, claim)
	return err
}

// service is the address that peers call.
func (b *builder) service(ctx *pulumi.Context) error {
	service, err := corev1.NewService(ctx, b.name+"-service", &corev1.ServiceArgs{
		Metadata: b.metadata(pulumi.StringMap{unawaited: pulumi.String("true")}),
		Spec: corev1.ServiceSpecArgs{
			Type:     pulumi.String("ClusterIP"),
			Selector: b.selector(),
			Ports: corev1.ServicePortArray{corev1.ServicePortArgs{
				Name: pulumi.String(portName), Protocol: pulumi.String("TCP"), Port: pulumi.Int(servicePort),
				// By name: while a release changes the port, old pods and new ones are each reached at their own.
				TargetPort: pulumi.String(portName),
			}},
		},
	}, b.opts...)
	b.before = append(b.before, service)
	return err
}

// autoscaler lets the number of pods follow the load, as the platform recommends.
func (b *builder) autoscaler(ctx *pulumi.Context) error {
	hpa := b.File.HPA()
	made, err := autoscalingv2.NewHorizontalPodAutoscaler(ctx, b.name+"-autoscaler", &autoscalingv2.HorizontalPodAutoscalerArgs{
		Metadata: b.metadata(nil),
		Spec: autoscalingv2.HorizontalPodAutoscalerSpecArgs{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReferenceArgs{
				ApiVersion: pulumi.String("apps/v1"), Kind: pulumi.String("Deployment"), Name: b.workload,
			},
			MinReplicas: pulumi.Int(hpa.MinReplicas),
			MaxReplicas: pulumi.Int(b.File.Replicas.Max),
			Metrics: autoscalingv2.MetricSpecArray{autoscalingv2.MetricSpecArgs{
				Type: pulumi.String("Resource"),
				Resource: autoscalingv2.ResourceMetricSourceArgs{Name: pulumi.String("cpu"), Target: autoscalingv2.MetricTargetArgs{
					Type: pulumi.String("Utilization"), AverageUtilization: pulumi.Int(hpa.TargetPercent),
				}},
			}},
			Behavior: autoscalingv2.HorizontalPodAutoscalerBehaviorArgs{ScaleUp: rules(hpa.Up), ScaleDown: rules(hpa.Down)},
		},
	}, b.opts...)
	b.last = append(b.last, made)
	return err
}

func rules(r scaling.Rules) autoscalingv2.HPAScalingRulesArgs {
	var policies autoscalingv2.HPAScalingPolicyArray
	for _, p := range r.Policies {
		policies = append(policies, autoscalingv2.HPAScalingPolicyArgs{
			Type: pulumi.String(p.Kind), Value: pulumi.Int(p.Value), PeriodSeconds: pulumi.Int(int(p.Period.Seconds())),
		})
	}
	return autoscalingv2.HPAScalingRulesArgs{
		StabilizationWindowSeconds: pulumi.Int(int(r.Window.Seconds())), SelectPolicy: pulumi.String(r.Select), Policies: policies,
	}
}

// budget lets nodes be drained, one pod after the other. It always allows one: a budget that allows none keeps a node for ever. Nor
// do pods that are not ready hold a node.
func (b *builder) budget(ctx *pulumi.Context) error {
	made, err := policyv1.NewPodDisruptionBudget(ctx, b.name+"-budget", &policyv1.PodDisruptionBudgetArgs{
		Metadata: b.metadata(nil),
		Spec: policyv1.PodDisruptionBudgetSpecArgs{
			MaxUnavailable:             pulumi.Int(1),
			Selector:                   metav1.LabelSelectorArgs{MatchLabels: b.selector()},
			UnhealthyPodEvictionPolicy: pulumi.String("AlwaysAllow"),
		},
	}, b.opts...)
	b.last = append(b.last, made)
	return err
}
