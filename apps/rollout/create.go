package rollout

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// retried is the annotation of a ReplicaSet that says when a deploy had it try again.
const retried = "paddock/retried"

// retry has the controller try at once what it could not do in an earlier deploy: by itself it would come back to it after up to a
// quarter of an hour, and until then the old cause would be told, mended or not.
func (w *waiter) retry(ctx context.Context, s *snapshot) error {
	if w.retried || s.refused() == nil {
		return nil
	}
	w.retried = true
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, retried, w.began.UTC().Format(time.RFC3339))
	_, err := w.client.AppsV1().ReplicaSets(w.namespace).Patch(ctx, s.fresh.Name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	return err
}

// uncreated tells why the cluster refuses to make the new version's pods. The condition keeps the first message that there was; what
// was said last is an event's.
func (w *waiter) uncreated(s *snapshot) []*cause {
	c := s.refused()
	if c == nil {
		return nil
	}
	said := c.Message
	if e := last(s.events[s.fresh.UID], "FailedCreate"); e != nil {
		said = strings.TrimPrefix(e.Message, "Error creating: ")
	}
	_, why, forbidden := strings.Cut(said, " is forbidden: ")
	if !forbidden {
		why = said
	}
	switch {
	case strings.HasPrefix(why, "exceeded quota"):
		return []*cause{w.overQuota(why)}
	case strings.HasPrefix(why, "violates PodSecurity"):
		return []*cause{w.insecure(why)}
	case strings.Contains(why, " usage per "), strings.Contains(why, "limit to request ratio"):
		return []*cause{{kind: "limits", after: w.Patience.Refused, what: "the namespace's limits for one container forbid it",
			facts: strings.Split(butPattern.ReplaceAllString(strings.Trim(why, "[]"), "\n$1"), "\n"),
			todo:  "lower cpu or memory in service.yaml, or ask the platform for more: paddock:teams.<team>.limits"}}
	}
	if part := policyPattern.FindStringSubmatch(said); part != nil {
		return []*cause{{kind: "policy", after: w.Patience.Refused, what: "a policy of the cluster forbids it",
			facts: []string{part[1] + " says: " + part[2]},
			todo:  "mend what it names, or ask whoever runs the platform"}}
	}
	return []*cause{{kind: "create", after: w.Patience.Created, what: "its pods cannot be created", facts: []string{said},
		todo: "mend what is named above; the cluster tries again by itself"}}
}

// policyPattern finds in a refusal who refuses, a policy or a webhook, and what it says.
var policyPattern = regexp.MustCompile(`(ValidatingAdmissionPolicy '[^']+'|admission webhook "[^"]+")(?: with binding '[^']+')? denied (?:the )?request: (.*)$`)

// butPattern is between two limits, not within one: "maximum cpu usage per Container is 2, but limit is 4".
var butPattern = regexp.MustCompile(`, ((?:maximum|minimum) |\S+ max limit to request ratio )`)

var quotaPattern = regexp.MustCompile(`^exceeded quota: ([^,]+), requested: (.*), used: (.*), limited: (.*)$`)

// overQuota says which resource of which quota is short, and by how much.
func (w *waiter) overQuota(why string) *cause {
	c := &cause{kind: "quota", after: w.Patience.Created, what: "the namespace's quota is used up",
		todo: "lower cpu, memory or replicas in service.yaml, remove what is not needed, or ask the platform for more: paddock:teams.<team>.quota"}
	part := quotaPattern.FindStringSubmatch(why)
	if part == nil {
		c.facts = []string{why}
		return c
	}
	used, hard := amounts(part[3]), amounts(part[4])
	for _, ask := range strings.Split(part[2], ",") {
		name, amount, _ := strings.Cut(ask, "=")
		c.facts = append(c.facts, fmt.Sprintf("quota %s of namespace %s: %s: %s of %s are used, and a pod asks for %s",
			part[1], w.namespace, name, used[name], hard[name], amount))
	}
	return c
}

func amounts(list string) map[string]string {
	m := map[string]string{}
	for _, entry := range strings.Split(list, ",") {
		name, amount, _ := strings.Cut(entry, "=")
		m[name] = amount
	}
	return m
}

// insecure lists what the namespace's Pod Security level forbids.
func (w *waiter) insecure(why string) *cause {
	level, list, _ := strings.Cut(strings.TrimPrefix(why, "violates PodSecurity "), ": ")
	return &cause{kind: "policy", after: w.Patience.Refused,
		what:  "the namespace's policy forbids it: Pod Security " + strings.Trim(level, `"`),
		facts: strings.Split(strings.ReplaceAll(list, "), ", ")\n"), "\n"),
		todo:  "give the pod what is named above; pods that Paddock's own service files make are within the policy"}
}

// unschedulable tells why no node takes a pod, and whether one will come.
func (w *waiter) unschedulable(pod *corev1.Pod, said *corev1.PodCondition, events []*corev1.Event) *cause {
	c := &cause{kind: "unschedulable", after: w.Patience.Silence, what: "no node has room for it",
		facts: []string{"pod " + pod.Name + ": the scheduler says: " + said.Message}}
	scaled := last(events, "TriggeredScaleUp", "NotTriggerScaleUp")
	switch {
	case scaled == nil:
		c.facts = append(c.facts, "the autoscaler has said nothing of it")
		c.todo = "ask whoever runs the platform whether the cluster autoscaler works"
	case scaled.Reason == "TriggeredScaleUp":
		c.kind, c.after, c.what = "nodes", w.Patience.Nodes, "the nodes that it needs do not come"
		c.facts = append(c.facts, "the autoscaler says: "+scaled.Message)
		c.todo = "ask whoever runs the platform: the group's instances do not join the cluster, or AWS has none of that type"
	default:
		c.kind, c.after = "fit", w.Patience.Fit
		c.facts = append(c.facts, "the autoscaler will not add a node: "+autoscaler(scaled.Message))
		c.todo = unfit(scaled.Message)
	}
	if strings.Contains(said.Message, "PersistentVolumeClaim") || strings.Contains(said.Message, "volume node affinity") {
		c.todo = "look at the volume: it is in one zone, where there must be a node with room; " + c.todo
	}
	return c
}

// unseen is a pod that the scheduler has said nothing of: it waits for the pod's volume, or does not work.
func (w *waiter) unseen(pod *corev1.Pod, events []*corev1.Event) *cause {
	c := &cause{kind: "unplaced", after: w.Patience.Mount, what: "it is given no node",
		facts: []string{"pod " + pod.Name + ": the scheduler says nothing of it"},
		todo:  "ask whoever runs the platform whether the scheduler works"}
	for _, v := range pod.Spec.Volumes {
		if v.PersistentVolumeClaim == nil {
			continue
		}
		c.what, c.todo = "its volume does not come", "ask whoever runs the platform: volumes are its CSI driver's to make"
		c.facts = []string{"pod " + pod.Name + " waits for volume " + v.PersistentVolumeClaim.ClaimName}
	}
	if e := last(events, "ProvisioningFailed", "ExternalProvisioning", "FailedBinding", "FailedScheduling"); e != nil {
		c.facts = append(c.facts, "the cluster says: "+e.Message)
	}
	return c
}

// autoscaler takes from its message what every one of them begins with.
func autoscaler(message string) string {
	for _, prefix := range []string{
		"pod didn't trigger scale-up (it wouldn't fit if a new node is added): ", "pod didn't trigger scale-up: ",
	} {
		message = strings.TrimPrefix(message, prefix)
	}
	return message
}

func unfit(message string) string {
	if strings.Contains(message, "max node group size reached") || strings.Contains(message, "max cluster") {
		return "the node group is as large as it may be: lower replicas or requests in service.yaml, " +
			"or ask the platform for more: paddock:nodeGroups.<group>.max"
	}
	return "a node of the groups there are would not do: lower cpu.request or memory.request in service.yaml, " +
		"or ask the platform for a group of larger instances"
}
