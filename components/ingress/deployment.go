package ingress

import (
	"fmt"
	"maps"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	policyv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/policy/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/placement"
	"paddock/components/restricted"
	"paddock/components/versions"
)

const (
	lease       = Name + "-leader"
	replicas    = versions.Standby // one leads, the other waits
	healthPort  = 61779
	metricsPort = 8080
	webhookPort = 9443
	servingPath = "/etc/serving"
)

// No webhook is configured, though the binary serves several. Those of Services, bindings and IngressClassParams check what nobody
// writes here by hand; that of Ingresses repeats what the controller says in an event. The one that puts readiness gates into
// pods would stand in the way of every pod of a team: each waits for it, whichever pods the API server can reach, and without an
// answer starts ungated after the timeout. What it is for, a rollout that takes no pod away before the load balancer has the next
// one, a Deployment has by minReadySeconds above the health check's time, and a preStop pause above the deregistration's.

// selector picks the pods out; it never changes, for a Deployment's selector cannot.
func selector() map[string]string { return map[string]string{"app.kubernetes.io/name": Name} }

func labels() map[string]string {
	l := map[string]string{"app.kubernetes.io/managed-by": "paddock"}
	maps.Copy(l, selector())
	return l
}

// deployment registers the pods. Pulumi waits until they are ready.
func (b *builder) deployment(ctx *pulumi.Context) error {
	pods, err := appsv1.NewDeployment(ctx, b.name+"-deployment", &appsv1.DeploymentArgs{
		Metadata: metadata(Name, Namespace),
		Spec: appsv1.DeploymentSpecArgs{
			Replicas: pulumi.Int(replicas),
			Selector: metav1.LabelSelectorArgs{MatchLabels: pulumi.ToStringMap(selector())},
			Strategy: appsv1.DeploymentStrategyArgs{
				Type:          pulumi.String("RollingUpdate"),
				RollingUpdate: appsv1.RollingUpdateDeploymentArgs{MaxSurge: pulumi.Int(1), MaxUnavailable: pulumi.Int(0)},
			},
			RevisionHistoryLimit: pulumi.Int(3),
			Template:             b.template(),
		},
	}, append([]pulumi.ResourceOption{pulumi.DependsOn(b.before)}, b.inCluster...)...)
	b.Ready = append(b.Ready, pods)
	return err
}

// budget lets drains take one pod at a time. It counts what may be missing, so that it cannot block a drain when there is only one.
func (b *builder) budget(ctx *pulumi.Context) error {
	_, err := policyv1.NewPodDisruptionBudget(ctx, b.name+"-budget", &policyv1.PodDisruptionBudgetArgs{
		Metadata: metadata(Name, Namespace),
		Spec: policyv1.PodDisruptionBudgetSpecArgs{
			MaxUnavailable:             pulumi.Int(1),
			Selector:                   metav1.LabelSelectorArgs{MatchLabels: pulumi.ToStringMap(selector())},
			UnhealthyPodEvictionPolicy: pulumi.String("AlwaysAllow"), // a crashing pod must not hold its node
		},
	}, b.inCluster...)
	return err
}

func (b *builder) template() corev1.PodTemplateSpecArgs {
	security := restricted.Pod()
	security.FsGroup = pulumi.Int(restricted.Nobody) // so that token and certificate are readable
	return corev1.PodTemplateSpecArgs{
		Metadata: metav1.ObjectMetaArgs{
			Labels: pulumi.ToStringMap(labels()),
			Annotations: pulumi.StringMap{
				"prometheus.io/scrape": pulumi.String("true"),
				"prometheus.io/port":   pulumi.String(fmt.Sprint(metricsPort)),
			},
		},
		Spec: corev1.PodSpecArgs{
			ServiceAccountName: pulumi.String(ServiceAccount),
			// Without it no new pod gets requests, so it may displace whatever else fills the nodes.
			PriorityClassName:             pulumi.String("system-cluster-critical"),
			SecurityContext:               security,
			Containers:                    corev1.ContainerArray{b.container()},
			TerminationGracePeriodSeconds: pulumi.Int(10), // what is under way in AWS is taken up by the next leader
			Affinity:                      placement.OffSpot(),
			Tolerations:                   placement.Tolerations(),
			TopologySpreadConstraints:     placement.Spread(selector()),
			Volumes: corev1.VolumeArray{corev1.VolumeArgs{
				Name:   pulumi.String("serving"),
				Secret: corev1.SecretVolumeSourceArgs{SecretName: pulumi.String(ServingSecret), DefaultMode: pulumi.Int(0o440)},
			}},
		},
	}
}

func (b *builder) container() corev1.ContainerArgs {
	return corev1.ContainerArgs{
		Name:            pulumi.String(Name),
		Image:           pulumi.String(b.Image),
		ImagePullPolicy: pulumi.String("IfNotPresent"), // the tag is a fixed release
		Args:            b.flags(),
		Env: corev1.EnvVarArray{
			// Unset, the SDK asks the instance metadata service, which pods cannot reach.
			corev1.EnvVarArgs{Name: pulumi.String("AWS_REGION"), Value: pulumi.String(b.Region)},
		},
		Ports: corev1.ContainerPortArray{
			containerPort("health", healthPort), containerPort("metrics", metricsPort), containerPort("webhook", webhookPort),
		},
		LivenessProbe:            probe("/healthz", 30),
		ReadinessProbe:           probe("/readyz", 10),
		SecurityContext:          restricted.Container(),
		TerminationMessagePolicy: pulumi.String("FallbackToLogsOnError"),
		VolumeMounts: corev1.VolumeMountArray{corev1.VolumeMountArgs{
			Name: pulumi.String("serving"), MountPath: pulumi.String(servingPath), ReadOnly: pulumi.Bool(true),
		}},
		// It holds the cluster's pods, Services and Ingresses in memory.
		Resources: corev1.ResourceRequirementsArgs{
			Requests: pulumi.ToStringMap(versions.BalancerController.Requests()),
			Limits:   pulumi.StringMap{"cpu": pulumi.String("500m"), "memory": pulumi.String("512Mi")},
		},
	}
}

func containerPort(name string, port int) corev1.ContainerPortArgs {
	return corev1.ContainerPortArgs{Name: pulumi.String(name), ContainerPort: pulumi.Int(port), Protocol: pulumi.String("TCP")}
}

// probe asks every so many seconds; the pod that waits for the lease is healthy, and ready, too.
func probe(path string, period int) corev1.ProbeArgs {
	return corev1.ProbeArgs{
		HttpGet:          corev1.HTTPGetActionArgs{Path: pulumi.String(path), Port: pulumi.Int(healthPort)},
		PeriodSeconds:    pulumi.Int(period),
		TimeoutSeconds:   pulumi.Int(5),
		FailureThreshold: pulumi.Int(3),
	}
}
