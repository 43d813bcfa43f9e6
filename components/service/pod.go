package service

import (
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/labels"
	"paddock/components/placement"
	"paddock/components/restricted"
)

// tmpSize is what a pod may write to /tmp, the only place beside its volume.
const tmpSize = "256Mi"

func (b *builder) pod() corev1.PodSpecArgs {
	context := restricted.Pod()
	volumes := corev1.VolumeArray{corev1.VolumeArgs{
		Name: pulumi.String(tmpVolume), EmptyDir: corev1.EmptyDirVolumeSourceArgs{SizeLimit: pulumi.String(tmpSize)},
	}}
	if b.File.Keeps() {
		context.FsGroup = pulumi.Int(restricted.Nobody)
		context.FsGroupChangePolicy = pulumi.String("OnRootMismatch") // else each start walks through the whole volume
		volumes = append(volumes, corev1.VolumeArgs{
			Name:                  pulumi.String(dataVolume),
			PersistentVolumeClaim: corev1.PersistentVolumeClaimVolumeSourceArgs{ClaimName: pulumi.String(b.File.Name)},
		})
	}
	return corev1.PodSpecArgs{
		ServiceAccountName:            pulumi.String(b.File.Name),
		AutomountServiceAccountToken:  pulumi.Bool(false),
		EnableServiceLinks:            pulumi.Bool(false),
		TerminationGracePeriodSeconds: pulumi.Int(b.leave() + b.File.StopSeconds),
		SecurityContext:               context,
		TopologySpreadConstraints:     placement.Spread(labels.Selector(b.File.Name), placement.Zones, placement.Nodes),
		Containers:                    corev1.ContainerArray{b.container()},
		Volumes:                       volumes,
	}
}

func (b *builder) container() corev1.ContainerArgs {
	mounts := corev1.VolumeMountArray{corev1.VolumeMountArgs{Name: pulumi.String(tmpVolume), MountPath: pulumi.String("/tmp")}}
	if b.File.Keeps() {
		mounts = append(mounts, corev1.VolumeMountArgs{Name: pulumi.String(dataVolume), MountPath: pulumi.String(b.File.Volume.Path)})
	}
	return corev1.ContainerArgs{
		Name:            pulumi.String(b.File.Name),
		Image:           pulumi.String(b.Image),
		ImagePullPolicy: pulumi.String("IfNotPresent"), // tags of the platform's repositories never move
		Ports: corev1.ContainerPortArray{corev1.ContainerPortArgs{
			Name: pulumi.String(portName), ContainerPort: pulumi.Int(b.File.Port), Protocol: pulumi.String("TCP"),
		}},
		Env:             b.env(),
		Resources:       b.resources(),
		SecurityContext: restricted.Container(),
		VolumeMounts:    mounts,
		StartupProbe:    b.startup(),
		ReadinessProbe:  probe(b.File.Health.Ready, 5, 2),
		LivenessProbe:   probe(b.File.Health.Live, 10, 3),
		// The kubelet sleeps, so that the image needs no shell.
		Lifecycle: corev1.LifecycleArgs{PreStop: corev1.LifecycleHandlerArgs{
			Sleep: corev1.SleepActionArgs{Seconds: pulumi.Int(b.leave())},
		}},
	}
}

func (b *builder) resources() corev1.ResourceRequirementsArgs {
	f := b.File
	return corev1.ResourceRequirementsArgs{
		Requests: pulumi.StringMap{"cpu": pulumi.String(string(f.CPU.Request)), "memory": pulumi.String(string(f.Memory.Request))},
		Limits:   pulumi.StringMap{"cpu": pulumi.String(string(f.CPU.Limit)), "memory": pulumi.String(string(f.Memory.Limit))},
	}
}

// startup asks every second whether the service is ready for the first time: what the autoscaler has ordered is waited for.
func (b *builder) startup() corev1.ProbeArgs {
	return probe(b.File.Health.Ready, 1, b.File.Health.StartSeconds)
}

// probe asks a path every so many seconds; so many failures in a row count.
func probe(path string, period, failures int) corev1.ProbeArgs {
	return corev1.ProbeArgs{
		HttpGet:          corev1.HTTPGetActionArgs{Path: pulumi.String(path), Port: pulumi.String(portName)},
		PeriodSeconds:    pulumi.Int(period),
		TimeoutSeconds:   pulumi.Int(2),
		FailureThreshold: pulumi.Int(failures),
	}
}
