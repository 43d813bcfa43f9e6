package plane

import (
	"errors"
	"fmt"
	"strings"

	metrics "sigs.k8s.io/kwok/kustomize/metrics/resource"
	nodefast "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	heartbeat "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
	podfast "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
	"sigs.k8s.io/yaml"

	"paddock/sandbox/atomicfile"
	"paddock/sandbox/login"
	"paddock/sandbox/machine"
	"paddock/sandbox/pods"
)

// object is a configuration file in its generic form: the types of these files live in modules that weigh far more than
// the few fields that are set here.
type object = map[string]any

// writeConfigs renders the files that flags alone cannot express.
func (c *cluster) writeConfigs(want machine.Cluster) error {
	return errors.Join(
		writeYAML(c.path("authentication.yaml"), authentication()),
		c.writeWebhook(want),
		writeYAML(c.path("scheduler.yaml"), c.schedulerConfig()),
		atomicfile.Write(c.path("kwok.yaml"), []byte(kwokConfig()), 0o644),
	)
}

// authentication lets callers without credentials see health and nothing else; EKS shows them the version as well,
// which nobody here needs.
func authentication() object {
	return object{
		"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration",
		"jwt": []any{},
		"anonymous": object{"enabled": true, "conditions": []object{
			{"path": "/healthz"}, {"path": "/livez"}, {"path": "/readyz"},
		}},
	}
}

// writeWebhook writes where the apiserver asks who the bearer of a token is.
func (c *cluster) writeWebhook(want machine.Cluster) error {
	if want.AuthURL == "" {
		return nil
	}
	return login.Kubeconfig{Server: want.AuthURL, CA: want.AuthCA}.Write(c.path("webhook.kubeconfig"))
}

func (c *cluster) schedulerConfig() object {
	return object{
		"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration",
		"clientConnection": object{"kubeconfig": c.path("scheduler.kubeconfig"), "qps": 200, "burst": 300},
		"leaderElection":   object{"leaderElect": false},
		"enableProfiling":  false,
	}
}

// Usage of a pod's containers, together with the annotations that set it.
const (
	usageCPUAnnotation    = "kwok.x-k8s.io/usage-cpu"
	usageMemoryAnnotation = "kwok.x-k8s.io/usage-memory"
	defaultUsageCPU       = "10m"
	defaultUsageMemory    = "20Mi"
)

// kwokConfig joins KWOK's own stages (nodes that renew their leases, pods that run at once) with our usage: what an
// annotation says, or else a little, so that `kubectl top` never shows an idle zero.
func kwokConfig() string {
	usage := func(annotation, otherwise string) object {
		return object{"expression": fmt.Sprintf("%q in pod.metadata.annotations ? Quantity(pod.metadata.annotations[%q]) : Quantity(%q)",
			annotation, annotation, otherwise)}
	}
	ours, err := yaml.Marshal(object{
		"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "ClusterResourceUsage",
		"metadata": object{"name": "usage"},
		"spec": object{"usages": []object{{"usage": object{
			"cpu":    usage(usageCPUAnnotation, defaultUsageCPU),
			"memory": usage(usageMemoryAnnotation, defaultUsageMemory),
		}}}},
	})
	if err != nil {
		panic(err) // maps and strings always render
	}
	return strings.Join([]string{
		nodefast.DefaultNodeInit, heartbeat.DefaultNodeHeartbeatWithLease,
		played(podfast.DefaultPodReady, pulled), played(podfast.DefaultPodComplete), played(podfast.DefaultPodDelete),
		metrics.DefaultMetricsResource, string(ours),
	}, "\n---\n")
}

// played narrows a stage of pods to those that KWOK plays: the others are processes (package pods).
func played(stage string, more ...func(spec object)) string {
	var s object
	if err := yaml.Unmarshal([]byte(stage), &s); err != nil {
		panic(err) // it is KWOK's own
	}
	spec := s["spec"].(object)
	selector := spec["selector"].(object)
	selector["matchExpressions"] = append(selector["matchExpressions"].([]any),
		object{"key": fmt.Sprintf(".metadata.annotations[%q]", pods.FromImage), "operator": "DoesNotExist"},
		object{"key": fmt.Sprintf(".spec.containers[].image | test(%q)", pods.ImagePattern()), "operator": "NotIn", "values": []any{"true"}})
	for _, f := range more {
		f(spec)
	}
	out, err := yaml.Marshal(s)
	if err != nil {
		panic(err) // what was read can be written
	}
	return string(out)
}

// pulled makes a pod ready as late as the annotation about its image says.
func pulled(spec object) {
	spec["delay"] = object{
		"durationMilliseconds": 0,
		"durationFrom":         object{"expressionFrom": fmt.Sprintf(".metadata.annotations[%q]", pods.PullDelay)},
	}
}

func writeYAML(path string, v any) error {
	raw, err := yaml.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return atomicfile.Write(path, raw, 0o600)
}
