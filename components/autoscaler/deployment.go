package autoscaler

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
	appName = "cluster-autoscaler"
	port    = 8085 // health and metrics, the binary's default

	replicas = versions.AutoscalerReplicas // one leads, the other waits
)

// selector picks the pods out; it never changes, for a Deployment's selector cannot.
func selector() map[string]string { return map[string]string{"app.kubernetes.io/name": appName} }

func labels() map[string]string {
	l := map[string]string{"app.kubernetes.io/managed-by": "paddock"}
	maps.Copy(l, selector())
	return l
}

// deployment registers the pods. Pulumi waits until they are ready.
func (b *builder) deployment(ctx *pulumi.Context) error {
	_, err := appsv1.NewDeployment(ctx, b.name+"-deployment", &appsv1.DeploymentArgs{
		Metadata: metadata(appName, Namespace),
		Spec: appsv1.DeploymentSpecArgs{
			Replicas: pulumi.Int(replicas),
			Selector: metav1.LabelSelectorArgs{MatchLabels: pulumi.ToStringMap(selector())},
			// The old pod leads until a new one is ready: a bad image never leaves a cluster that cannot grow.
			Strategy: appsv1.DeploymentStrategyArgs{
				Type:          pulumi.String("RollingUpdate"),
				RollingUpdate: appsv1.RollingUpdateDeploymentArgs{MaxSurge: pulumi.Int(1), MaxUnavailable: pulumi.Int(0)},
			},
			RevisionHistoryLimit: pulumi.Int(3),
			Template:             template(b.settings),
		},
	}, append([]pulumi.ResourceOption{pulumi.DependsOn(b.before)}, b.inCluster...)...)
	return err
}

// budget lets drains take one pod at a time. It counts what may be missing, not what must be there,
// so that it cannot block a drain when there is only one pod.
func (b *builder) budget(ctx *pulumi.Context) error {
	_, err := policyv1.NewPodDisruptionBudget(ctx, b.name+"-budget", &policyv1.PodDisruptionBudgetArgs{
		Metadata: metadata(appName, Namespace),
		Spec: policyv1.PodDisruptionBudgetSpecArgs{
			MaxUnavailable:             pulumi.Int(1),
			Selector:                   metav1.LabelSelectorArgs{MatchLabels: pulumi.ToStringMap(selector())},
			UnhealthyPodEvictionPolicy: pulumi.String("AlwaysAllow"), // a crashing pod must not hold its node
		},
	}, b.inCluster...)
	return err
}

func template(s *settings) corev1.PodTemplateSpecArgs {
	return corev1.PodTemplateSpecArgs{
		Metadata: metav1.ObjectMetaArgs{
			Labels: pulumi.ToStringMap(labels()),
			Annotations: pulumi.StringMap{
				"prometheus.io/scrape": pulumi.String("true"),
				"prometheus.io/port":   pulumi.String(fmt.Sprint(port)),
				"prometheus.io/path":   pulumi.String("/metrics"),
			},
		},
		Spec: corev1.PodSpecArgs{
			ServiceAccountName: pulumi.String(ServiceAccount),
			// Without it no node comes, so it may displace whatever else fills the nodes.
			PriorityClassName:         pulumi.String("system-cluster-critical"),
			SecurityContext:           podSecurity(),
			Containers:                corev1.ContainerArray{container(s)},
			Affinity:                  placement.OffSpot(),
			Tolerations:               placement.Tolerations(),
			TopologySpreadConstraints: placement.Spread(selector()),
		},
	}
}

func container(s *settings) corev1.ContainerArgs {
	return corev1.ContainerArgs{
		Name:            pulumi.String(appName),
		Image:           pulumi.String(s.Image),
		ImagePullPolicy: pulumi.String("IfNotPresent"), // the tag is a fixed release
		Command:         pulumi.ToStringArray([]string{"./cluster-autoscaler"}),
		Args:            pulumi.ToStringArray(flags(s)),
		Env: corev1.EnvVarArray{
			// Unset, the SDK asks the instance metadata service, which pods cannot reach.
			corev1.EnvVarArgs{Name: pulumi.String("AWS_REGION"), Value: pulumi.String(s.Region)},
		},
		Ports: corev1.ContainerPortArray{corev1.ContainerPortArgs{
			Name: pulumi.String("http"), ContainerPort: pulumi.Int(port), Protocol: pulumi.String("TCP"),
		}},
		LivenessProbe:   health(30, 3),
		ReadinessProbe:  health(10, 3),
		SecurityContext: restricted.Container(),
		// It writes no termination message: the end of its log tells in the pod's status why it died.
		TerminationMessagePolicy: pulumi.String("FallbackToLogsOnError"),
		// It holds the whole cluster in memory, about 80 Mi with a few nodes; the limit leaves room for
		// hundreds. CPU comes in short bursts, one per scan.
		Resources: corev1.ResourceRequirementsArgs{
			Requests: pulumi.StringMap{
				"cpu":    pulumi.String(fmt.Sprintf("%dm", versions.Autoscaler.MilliCPU)),
				"memory": pulumi.String(fmt.Sprintf("%dMi", versions.Autoscaler.MemoryMi)),
			},
			Limits: pulumi.StringMap{"cpu": pulumi.String("1"), "memory": pulumi.String("600Mi")},
		},
	}
}

// health asks whether the scan loop still turns; a pod that waits for the lease is healthy too.
// The period is in seconds.
func health(period, failures int) corev1.ProbeArgs {
	return corev1.ProbeArgs{
		HttpGet:          corev1.HTTPGetActionArgs{Path: pulumi.String("/health-check"), Port: pulumi.Int(port)},
		PeriodSeconds:    pulumi.Int(period),
		TimeoutSeconds:   pulumi.Int(5),
		FailureThreshold: pulumi.Int(failures),
	}
}

func podSecurity() corev1.PodSecurityContextArgs {
	s := restricted.Pod()
	s.FsGroup = pulumi.Int(restricted.Nobody) // so that the projected token is readable
	return s
}
