package autoscaler

import (
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/restricted"
	"paddock/components/versions"
)

const port = 8085 // health and metrics, the binary's default

func metrics() map[string]string {
	return map[string]string{"prometheus.io/scrape": "true", "prometheus.io/port": fmt.Sprint(port), "prometheus.io/path": "/metrics"}
}

func pods(s *settings) corev1.PodSpecArgs {
	return corev1.PodSpecArgs{Containers: corev1.ContainerArray{container(s)}}
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
			Requests: pulumi.ToStringMap(versions.Autoscaler.Requests()),
			Limits:   pulumi.StringMap{"cpu": pulumi.String("1"), "memory": pulumi.String("600Mi")},
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
