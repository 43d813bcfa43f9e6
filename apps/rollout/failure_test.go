package rollout_test

import (
	"errors"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"paddock/apps/rollout"
)

// Each way to fail: the whole explanation, and how soon it comes.
func TestFailures(t *testing.T) {
	const serves = "version v1 still serves with 2 of 2 pods\n"
	for _, c := range []struct {
		name    string
		set     func(*world)
		options rollout.Options
		within  time.Duration
		want    string
	}{
		{"image", func(w *world) {
			w.container(waits("ImagePullBackOff", "Back-off pulling image"))
			w.event("Failed", `Failed to pull image "`+registry+`:v2": rpc error: code = NotFound desc = failed to pull and unpack image "`+registry+`:v2": `+registry+`:v2: not found`)
			w.event("BackOff", "Back-off pulling image")
		}, rollout.Options{}, 12 * time.Second, `
frontend/frontend: version v2 did not roll out: its image cannot be pulled
  image ` + registry + `:v2
  the registry says: ` + registry + `:v2: not found
` + serves + `what to do: push the image, or deploy a tag that is in the registry: paddock-apps:tags`},
		{"image's name", func(w *world) { w.container(waits("InvalidImageName", `couldn't parse image name "x:y:z"`)) },
			rollout.Options{}, time.Second, `
frontend/frontend: version v2 did not roll out: that is no name of an image
  image ` + registry + `:v2
  the registry says: couldn't parse image name "x:y:z"
` + serves + `what to do: mend image in service.yaml, or the tag: paddock-apps:tags`},
		{"crash", func(w *world) {
			w.container(again(2, corev1.ContainerStateTerminated{ExitCode: 2, Reason: "Error"}))
			w.log = map[bool]string{false: "starts\npanic: no database\n"}
		}, rollout.Options{Version: "v2"}, time.Second, `
frontend/frontend: version v2 did not roll out: it crashes
  pod new-1: exit code 2, 3 times
  the end of its log:
    starts
    panic: no database
` + serves + `what to do: mend what its log tells, and deploy again`},
		{"crash, while it runs once more", func(w *world) {
			st := running(false)
			st.RestartCount, st.LastTerminationState.Terminated = 3, &corev1.ContainerStateTerminated{ExitCode: 139, Reason: "Error"}
			w.container(st)
			w.log = map[bool]string{false: "starts", true: "starts\nbad pointer"}
		}, rollout.Options{}, time.Second, `
frontend/frontend: version v2 did not roll out: it crashes
  pod new-1: exit code 139: signal 11, 3 times
  the end of its log:
    starts
    bad pointer
` + serves + `what to do: mend what its log tells, and deploy again`},
		{"ends by itself", func(w *world) { w.container(again(2, corev1.ContainerStateTerminated{Reason: "Completed"})) },
			rollout.Options{}, time.Second, `
frontend/frontend: version v2 did not roll out: it ends instead of serving
  pod new-1: exit code 0, 3 times
` + serves + `what to do: let the service's process run until it is sent SIGTERM`},
		{"memory", func(w *world) {
			w.container(again(2, corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled"}))
		},
			rollout.Options{}, time.Second, `
frontend/frontend: version v2 did not roll out: it uses more memory than its limit of 64Mi
  pod new-1: OOMKilled, 3 times
` + serves + `what to do: raise memory.limit in service.yaml, or let the service use less`},
		{"secret", func(w *world) { w.container(waits("CreateContainerConfigError", `secret "backend-db" not found`)) },
			rollout.Options{}, 20 * time.Second, `
frontend/frontend: version v2 did not roll out: something that its container is given is missing
  pod new-1: secret "backend-db" not found
` + serves + `what to do: make it in namespace frontend, or mend secrets in service.yaml; the cluster tries again by itself`},
		{"readiness", func(w *world) {
			w.container(running(true))
			w.event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
			w.log = map[bool]string{false: "is not ready"}
		}, rollout.Options{Ask: ask(503, "database: disk I/O error\n", nil)}, 50 * time.Second, `
frontend/frontend: version v2 did not roll out: its readiness probe fails
  pod new-1: GET /healthz on port http: answers 503
  asked once more: 503: database: disk I/O error
  the end of its log:
    is not ready
` + serves + `what to do: let it answer with a status from 200 to 399, or mend health.ready in service.yaml`},
		{"nothing listens", func(w *world) {
			w.container(running(true))
			w.event("Unhealthy", `Readiness probe failed: Get "http://10.0.0.9:8080/healthz": dial tcp 10.0.0.9:8080: connect: connection refused`)
		}, rollout.Options{Ask: ask(0, "", errors.New("dial tcp 127.0.0.1:8080: connect: connection refused"))}, 50 * time.Second, `
frontend/frontend: version v2 did not roll out: its readiness probe fails
  pod new-1: GET /healthz on port http: the connection is refused
  asked once more: dial tcp 127.0.0.1:8080: connect: connection refused
` + serves + `what to do: listen on $PORT, on all interfaces: nothing does`},
		{"startup, killed for it", func(w *world) {
			w.container(again(1, corev1.ContainerStateTerminated{ExitCode: 2}))
			w.event("Unhealthy", "Startup probe failed: HTTP probe failed with statuscode: 404")
			w.events[0].Count = 12
			w.event("Unhealthy", `Startup probe failed: Get "http://10.0.0.9:8080/healthz": dial tcp 10.0.0.9:8080: connect: connection refused`)
			w.event("Killing", "Container frontend failed startup probe, will be restarted")
			w.log = map[bool]string{false: "listens"}
		}, rollout.Options{}, time.Second, `
frontend/frontend: version v2 did not roll out: its startup probe fails
  pod new-1: GET /healthz on port http: answers 404
  the cluster has ended it for that, once
  the end of its log:
    listens
` + serves + `what to do: let it answer with a status from 200 to 399, or mend health.ready in service.yaml; a service that needs longer says so: health.startSeconds`},
		{"liveness, killed for it", func(w *world) {
			st := running(true)
			st.RestartCount, st.LastTerminationState.Terminated = 3, &corev1.ContainerStateTerminated{ExitCode: 137}
			w.container(st)
			w.event("Unhealthy", `Liveness probe failed: Get "http://10.0.0.9:8080/livez": context deadline exceeded`)
			w.event("Killing", "Container frontend failed liveness probe, will be restarted")
		}, rollout.Options{Ask: ask(200, "", nil)}, time.Second, `
frontend/frontend: version v2 did not roll out: its liveness probe fails
  pod new-1: GET /livez on port http: no answer in time
  the cluster has ended it for that, 3 times
  asked once more: 200, with an empty body
` + serves + `what to do: let it answer with a status from 200 to 399, or mend health.live in service.yaml`},
		{"quota", func(w *world) {
			w.refused(`pods "frontend-v2-abc" is forbidden: exceeded quota: frontend-quota, requested: limits.cpu=400m,pods=1, used: limits.cpu=8,pods=40, limited: limits.cpu=8,pods=40`)
		}, rollout.Options{}, 35 * time.Second, `
frontend/frontend: version v2 did not roll out: the namespace's quota is used up
  quota frontend-quota of namespace frontend: limits.cpu: 8 of 8 are used, and a pod asks for 400m
  quota frontend-quota of namespace frontend: pods: 40 of 40 are used, and a pod asks for 1
` + serves + `what to do: lower cpu, memory or replicas in service.yaml, remove what is not needed, or ask the platform for more: paddock:teams.<team>.quota`},
		{"a quota of an earlier deploy, and a policy now", func(w *world) {
			w.refused(`pods "frontend-v2-abc" is forbidden: exceeded quota: frontend-quota, requested: pods=1, used: pods=40, limited: pods=40`)
			w.event("FailedCreate", `Error creating: pods "frontend-v2-abd" is forbidden: maximum memory usage per Container is 32Mi, but limit is 64Mi`)
			w.events[0].InvolvedObject.UID = w.sets[1].UID
		}, rollout.Options{}, 10 * time.Second, `
frontend/frontend: version v2 did not roll out: the namespace's limits for one container forbid it
  maximum memory usage per Container is 32Mi, but limit is 64Mi
` + serves + `what to do: lower cpu or memory in service.yaml, or ask the platform for more: paddock:teams.<team>.limits`},
		{"policy", func(w *world) {
			w.refused(`pods "frontend-v2-abc" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "frontend" must set securityContext.allowPrivilegeEscalation=false), runAsNonRoot != true (pod or container "frontend" must set securityContext.runAsNonRoot=true)`)
		}, rollout.Options{}, 10 * time.Second, `
frontend/frontend: version v2 did not roll out: the namespace's policy forbids it: Pod Security restricted:latest
  allowPrivilegeEscalation != false (container "frontend" must set securityContext.allowPrivilegeEscalation=false)
  runAsNonRoot != true (pod or container "frontend" must set securityContext.runAsNonRoot=true)
` + serves + `what to do: give the pod what is named above; pods that Paddock's own service files make are within the policy`},
		{"a policy of the operator's", func(w *world) {
			w.refused(`pods "frontend-v2-abc" is forbidden: ValidatingAdmissionPolicy 'signed' with binding 'all' denied request: want a signed image`)
		}, rollout.Options{}, 10 * time.Second, `
frontend/frontend: version v2 did not roll out: a policy of the cluster forbids it
  ValidatingAdmissionPolicy 'signed' says: want a signed image
` + serves + `what to do: mend what it names, or ask whoever runs the platform`},
		{"a webhook", func(w *world) {
			w.refused(`admission webhook "validate.kyverno.svc" denied the request: want a label`)
		}, rollout.Options{}, 10 * time.Second, `
frontend/frontend: version v2 did not roll out: a policy of the cluster forbids it
  admission webhook "validate.kyverno.svc" says: want a label
` + serves + `what to do: mend what it names, or ask whoever runs the platform`},
		{"limits", func(w *world) {
			w.refused(`pods "frontend-v2-abc" is forbidden: [maximum cpu usage per Container is 2, but limit is 4, maximum memory usage per Container is 4Gi, but limit is 8Gi]`)
		}, rollout.Options{}, 10 * time.Second, `
frontend/frontend: version v2 did not roll out: the namespace's limits for one container forbid it
  maximum cpu usage per Container is 2, but limit is 4
  maximum memory usage per Container is 4Gi, but limit is 8Gi
` + serves + `what to do: lower cpu or memory in service.yaml, or ask the platform for more: paddock:teams.<team>.limits`},
		{"refused otherwise", func(w *world) {
			w.refused(`pods "frontend-v2-" is forbidden: error looking up service account frontend/frontend: serviceaccount "frontend" not found`)
		}, rollout.Options{}, 35 * time.Second, `
frontend/frontend: version v2 did not roll out: its pods cannot be created
  pods "frontend-v2-" is forbidden: error looking up service account frontend/frontend: serviceaccount "frontend" not found
` + serves + `what to do: mend what is named above; the cluster tries again by itself`},
		{"group at its max", func(w *world) {
			w.unschedulable("0/6 nodes are available: 6 Insufficient cpu.")
			w.event("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 max node group size reached")
		}, rollout.Options{}, 35 * time.Second, `
frontend/frontend: version v2 did not roll out: no node has room for it
  pod new-1: the scheduler says: 0/6 nodes are available: 6 Insufficient cpu.
  the autoscaler will not add a node: 1 max node group size reached
` + serves + `what to do: the node group is as large as it may be: lower replicas or requests in service.yaml, or ask the platform for more: paddock:nodeGroups.<group>.max`},
		{"fits nowhere", func(w *world) {
			w.unschedulable("0/2 nodes are available: 2 Insufficient memory.")
			w.event("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 Insufficient memory")
		}, rollout.Options{}, 35 * time.Second, `
frontend/frontend: version v2 did not roll out: no node has room for it
  pod new-1: the scheduler says: 0/2 nodes are available: 2 Insufficient memory.
  the autoscaler will not add a node: 1 Insufficient memory
` + serves + `what to do: a node of the groups there are would not do: lower cpu.request or memory.request in service.yaml, or ask the platform for a group of larger instances`},
		{"no word of the autoscaler", func(w *world) { w.unschedulable("0/2 nodes are available: 2 Insufficient cpu.") },
			rollout.Options{}, 130 * time.Second, `
frontend/frontend: version v2 did not roll out: no node has room for it
  pod new-1: the scheduler says: 0/2 nodes are available: 2 Insufficient cpu.
  the autoscaler has said nothing of it
` + serves + `what to do: ask whoever runs the platform whether the cluster autoscaler works`},
		{"nodes do not come", func(w *world) {
			w.unschedulable("0/2 nodes are available: 2 Insufficient cpu.")
			w.event("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 in backoff after failed scale-up")
			w.event("TriggeredScaleUp", "pod triggered scale-up: [{eks-default 2->3 (max: 6)}]")
		}, rollout.Options{}, 11 * time.Minute, `
frontend/frontend: version v2 did not roll out: the nodes that it needs do not come
  pod new-1: the scheduler says: 0/2 nodes are available: 2 Insufficient cpu.
  the autoscaler says: pod triggered scale-up: [{eks-default 2->3 (max: 6)}]
` + serves + `what to do: ask whoever runs the platform: the group's instances do not join the cluster, or AWS has none of that type`},
		{"volume", func(w *world) {
			w.container(waits("ContainerCreating", ""))
			w.event("FailedAttachVolume", "Multi-Attach error for volume pvc-1: already used by pod old-1")
		}, rollout.Options{}, 190 * time.Second, `
frontend/frontend: version v2 did not roll out: its container does not come to be
  pod new-1 on node node-1
  Multi-Attach error for volume pvc-1: already used by pod old-1
` + serves + `what to do: ask whoever runs the platform: this is between the cluster and its node`},
		{"volume that is not made", func(w *world) {
			w.fresh().Spec.NodeName = ""
			w.fresh().Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "frontend"}}}}
			w.event("ProvisioningFailed", "failed to provision volume with StorageClass gp3: VolumeLimitExceeded")
		}, rollout.Options{}, 190 * time.Second, `
frontend/frontend: version v2 did not roll out: its volume does not come
  pod new-1 waits for volume frontend
  the cluster says: failed to provision volume with StorageClass gp3: VolumeLimitExceeded
` + serves + `what to do: ask whoever runs the platform: volumes are its CSI driver's to make`},
		{"no progress", func(w *world) {
			seconds := int32(600)
			w.deployment.Spec.ProgressDeadlineSeconds = &seconds
			w.deployment.Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse, Reason: "ProgressDeadlineExceeded"}}
		}, rollout.Options{}, time.Second, `
frontend/frontend: version v2 did not roll out: it has made no progress for 600 seconds
  pod new-1: Pending
` + serves + `what to do: look at what is said above, and at the events of the namespace`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := moving()
			c.set(w)
			got := w.wait(t, c.options)
			got.explained(t, c.want)
			if got.took > c.within {
				t.Errorf("took %v, want it within %v", got.took, c.within)
			}
		})
	}
}
