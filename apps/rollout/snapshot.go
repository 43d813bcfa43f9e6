package rollout

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
)

// snapshot is a Deployment and what belongs to it, as they are now.
type snapshot struct {
	deployment *appsv1.Deployment
	sets       []*appsv1.ReplicaSet // newest first
	fresh      *appsv1.ReplicaSet   // the newest version's; nil = the controller is yet to make it
	pods       map[types.UID][]*corev1.Pod
	events     map[types.UID][]*corev1.Event // once they are added: of fresh pods that are not ready, and of fresh itself if it makes none; oldest first
}

// looked bounds for how many pods events are read: what is wrong with a version is wrong with its first pods.
const looked = 3

func (w *waiter) snapshot(ctx context.Context) (*snapshot, error) {
	d, err := w.client.AppsV1().Deployments(w.namespace).Get(ctx, w.name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	s := &snapshot{deployment: d, pods: map[types.UID][]*corev1.Pod{}, events: map[types.UID][]*corev1.Event{}}
	of := metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(d.Spec.Selector)}
	sets, err := w.client.AppsV1().ReplicaSets(w.namespace).List(ctx, of)
	if err != nil {
		return nil, err
	}
	s.addSets(sets.Items)
	pods, err := w.client.CoreV1().Pods(w.namespace).List(ctx, of)
	if err != nil {
		return nil, err
	}
	for i := range pods.Items {
		if owner := metav1.GetControllerOf(&pods.Items[i]); owner != nil {
			s.pods[owner.UID] = append(s.pods[owner.UID], &pods.Items[i])
		}
	}
	return s, nil
}

func (s *snapshot) addSets(all []appsv1.ReplicaSet) {
	for i := range all {
		if metav1.IsControlledBy(&all[i], s.deployment) {
			s.sets = append(s.sets, &all[i])
		}
	}
	slices.SortFunc(s.sets, func(a, b *appsv1.ReplicaSet) int { return cmp.Compare(revision(b), revision(a)) })
	for _, set := range s.sets {
		if sameTemplate(set.Spec.Template, s.deployment.Spec.Template) {
			s.fresh = set
			return
		}
	}
}

func revision(set *appsv1.ReplicaSet) int {
	n, _ := strconv.Atoi(set.Annotations["deployment.kubernetes.io/revision"]) // none counts as the oldest
	return n
}

// sameTemplate compares as the Deployment's controller does, which adds a label of its own.
func sameTemplate(a, b corev1.PodTemplateSpec) bool {
	a, b = *a.DeepCopy(), *b.DeepCopy()
	delete(a.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	delete(b.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	return equality.Semantic.DeepEqual(a, b)
}

// addEvents reads the events of pods in trouble, of the volumes that they wait for, and of a ReplicaSet that can make no pods.
func (w *waiter) addEvents(ctx context.Context, s *snapshot) error {
	of := map[types.UID][]fields.Selector{}
	for _, pod := range s.troubled() {
		of[pod.UID] = []fields.Selector{fields.OneTermEqualSelector("involvedObject.uid", string(pod.UID))}
		for _, v := range pod.Spec.Volumes {
			if v.PersistentVolumeClaim != nil && pod.Spec.NodeName == "" {
				of[pod.UID] = append(of[pod.UID], fields.Set{
					"involvedObject.kind": "PersistentVolumeClaim", "involvedObject.name": v.PersistentVolumeClaim.ClaimName,
				}.AsSelector())
			}
		}
	}
	if s.refused() != nil {
		of[s.fresh.UID] = []fields.Selector{fields.OneTermEqualSelector("involvedObject.uid", string(s.fresh.UID))}
	}
	for uid, selectors := range of {
		for _, selector := range selectors {
			list, err := w.client.CoreV1().Events(w.namespace).List(ctx, metav1.ListOptions{FieldSelector: selector.String()})
			if err != nil {
				return err
			}
			for i := range list.Items {
				s.events[uid] = append(s.events[uid], &list.Items[i])
			}
		}
		slices.SortStableFunc(s.events[uid], func(a, b *corev1.Event) int { return when(a).Compare(when(b)) })
	}
	return nil
}

// refused is what the newest version's ReplicaSet says of pods that it cannot make; nil = it makes them.
func (s *snapshot) refused() *appsv1.ReplicaSetCondition {
	if s.fresh == nil {
		return nil
	}
	for i := range s.fresh.Status.Conditions {
		if c := &s.fresh.Status.Conditions[i]; c.Type == appsv1.ReplicaSetReplicaFailure && c.Status == corev1.ConditionTrue {
			return c
		}
	}
	return nil
}

// troubled are the first pods of the new version that are not ready, the oldest first, without those that are on their way out, and
// those that the cluster has ended and replaced, which stay to be looked at.
func (s *snapshot) troubled() []*corev1.Pod {
	if s.fresh == nil {
		return nil
	}
	var list []*corev1.Pod
	for _, p := range s.pods[s.fresh.UID] {
		if p.DeletionTimestamp == nil && !ready(p) {
			list = append(list, p)
		}
	}
	ended := func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodFailed }
	if slices.ContainsFunc(s.pods[s.fresh.UID], func(p *corev1.Pod) bool { return !ended(p) }) {
		list = slices.DeleteFunc(list, ended)
	}
	slices.SortStableFunc(list, func(a, b *corev1.Pod) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	return list[:min(len(list), looked)]
}

func (s *snapshot) old() []*appsv1.ReplicaSet {
	return slices.DeleteFunc(slices.Clone(s.sets), func(set *appsv1.ReplicaSet) bool { return s.fresh != nil && set.UID == s.fresh.UID })
}

// wanted is how many pods there shall be.
func (s *snapshot) wanted() int32 {
	if n := s.deployment.Spec.Replicas; n != nil {
		return *n
	}
	return 1
}

// available is how many pods of a version serve.
func (s *snapshot) available(set *appsv1.ReplicaSet) int32 {
	if set == nil {
		return 0
	}
	return set.Status.AvailableReplicas
}

// done tells whether the newest version serves with all its pods, at least so many, and no other is left.
func (s *snapshot) done(least int32) bool {
	st, want := s.deployment.Status, s.wanted()
	return s.seen() && want >= least && st.UpdatedReplicas >= want && st.Replicas == st.UpdatedReplicas && st.AvailableReplicas >= want
}

// seen tells whether the controller has taken note of what was deployed last.
func (s *snapshot) seen() bool {
	return s.fresh != nil && s.deployment.Status.ObservedGeneration >= s.deployment.Generation
}

// versionOf calls a release by its image's tag, or by the start of its digest.
func versionOf(t corev1.PodTemplateSpec) string {
	if len(t.Spec.Containers) == 0 {
		return "?"
	}
	image := t.Spec.Containers[0].Image
	if _, digest, ok := strings.Cut(image, "@sha256:"); ok {
		return "sha256:" + digest[:min(len(digest), 12)]
	}
	if _, tag, ok := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":"); ok {
		return tag
	}
	return image
}
