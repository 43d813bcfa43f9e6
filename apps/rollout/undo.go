package rollout

import (
	"context"
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// proven is the annotation of a ReplicaSet whose version has passed its smoke check. Its value is the ReplicaSet's own name, since
// annotations are copied from one to another, by `kubectl rollout undo` among others.
const proven = "paddock/proven"

// Prove notes that a Deployment's newest version works: it is what a later one may be put back to.
func Prove(ctx context.Context, client kubernetes.Interface, namespace, deployment string) error {
	s, err := (&waiter{client: client, namespace: namespace, name: deployment}).snapshot(ctx)
	if err != nil || s.fresh == nil || isProven(s.fresh) {
		return err
	}
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, proven, s.fresh.Name)
	_, err = client.AppsV1().ReplicaSets(namespace).Patch(ctx, s.fresh.Name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	return err
}

func isProven(set *appsv1.ReplicaSet) bool { return set.Annotations[proven] == set.Name }

// Undone is what Undo did.
type Undone struct {
	Version string // that a Deployment was put back to; empty = it was left as it is
	Why     string // it was left; empty = it was not
}

// Undo puts a Deployment back to the version before, as `kubectl rollout undo` does: to the last that was proven, or else to the last
// that there was. A newest version that was proven itself stays: then it is not the release that is at fault.
func Undo(ctx context.Context, client kubernetes.Interface, namespace, deployment string) (Undone, error) {
	s, err := (&waiter{client: client, namespace: namespace, name: deployment}).snapshot(ctx)
	if err != nil {
		return Undone{}, err
	}
	if s.fresh != nil && isProven(s.fresh) {
		return Undone{Why: "it passed before, so it is left as it is"}, nil
	}
	to := s.before()
	if to == nil {
		return Undone{Why: "there is no version before to put back"}, nil
	}
	template := to.Spec.Template.DeepCopy()
	delete(template.Labels, appsv1.DefaultDeploymentUniqueLabelKey) // the controller's own
	patch, err := json.Marshal([]map[string]any{{"op": "replace", "path": "/spec/template", "value": template}})
	if err != nil {
		return Undone{}, err
	}
	_, err = client.AppsV1().Deployments(namespace).Patch(ctx, deployment, types.JSONPatchType, patch, metav1.PatchOptions{})
	return Undone{Version: versionOf(*template)}, err
}

// before is the version to go back to; nil = none.
func (s *snapshot) before() *appsv1.ReplicaSet {
	old := s.old()
	for _, set := range old {
		if isProven(set) {
			return set
		}
	}
	if len(old) == 0 {
		return nil
	}
	return old[0]
}
