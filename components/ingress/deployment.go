package ingress

import (
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/restricted"
	"paddock/components/versions"
)

const (
	lease       = Name + "-leader"
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

// deployment registers the pods.
func (b *builder) deployment(ctx *pulumi.Context) error {
	metrics := map[string]string{"prometheus.io/scrape": "true", "prometheus.io/port": fmt.Sprint(metricsPort)}
	made, err := b.Deploy(ctx, b.pods(), metrics)
	b.Ready = append(b.Ready, made)
	return err
}

func (b *builder) pods() corev1.PodSpecArgs {
	return corev1.PodSpecArgs{
		Containers:                    corev1.ContainerArray{b.container()},
		TerminationGracePeriodSeconds: pulumi.Int(10), // what is under way in AWS is taken up by the next leader
		Volumes: corev1.VolumeArray{corev1.VolumeArgs{
			Name:   pulumi.String("serving"),
			Secret: corev1.SecretVolumeSourceArgs{SecretName: pulumi.String(ServingSecret), DefaultMode: pulumi.Int(0o440)},
		}},
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
