package workload

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// Load is the app of pods that send requests.
const Load = "load"

// Jobs is the path of the API.
const Jobs = "/apis/batch/v1/namespaces/" + Namespace + "/jobs"

// LoadJob is a Job whose pods run `grade` with these arguments, in which $(SHARD) stands for each pod's shard. Each is of QoS
// class Guaranteed, with a whole CPU: a throttled sender measures itself.
func LoadJob(name, image string, shards int, args []string) *batchv1.Job {
	all, none, indexed := int32(shards), int32(0), batchv1.IndexedCompletion
	c := container(Server{Image: image})
	c.Name = Load
	c.Args = args
	c.Env = []corev1.EnvVar{{Name: "JOB_COMPLETION_INDEX", ValueFrom: &corev1.EnvVarSource{
		FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.annotations['" + batchv1.JobCompletionIndexAnnotation + "']"},
	}}, {Name: "SHARD", Value: fmt.Sprintf("$(JOB_COMPLETION_INDEX)/%d", shards)}}
	c.Resources = resources(1000, 1000, 512)
	spec := deploy(Load, 1, corev1.PodSpec{Containers: []corev1.Container{c}}).Spec.Template
	spec.Spec.RestartPolicy = corev1.RestartPolicyNever
	return &batchv1.Job{ObjectMeta: meta(name, Load), Spec: batchv1.JobSpec{
		Completions: &all, Parallelism: &all, BackoffLimit: &none, CompletionMode: &indexed, Template: spec,
	}}
}
