package rollout_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/apps/rollout"
)

// proven marks versions as ones that have passed.
func (w *world) proven(versions ...string) {
	for _, set := range w.sets {
		for _, v := range versions {
			if set.Name == "frontend-"+v {
				set.Annotations["paddock/proven"] = set.Name
			}
		}
	}
}

// What a Deployment is put back to is a version that worked, never one that was only tried.
func TestUndo(t *testing.T) {
	for _, c := range []struct {
		name    string
		set     func(*world)
		want    rollout.Undone
		serving string // the Deployment's image afterwards
	}{
		{"the version before", func(*world) {}, rollout.Undone{Version: "v1"}, "v1"},
		{"the one before that never worked", func(w *world) {
			w.set("v0", 0, 0)
			w.proven("v0")
		}, rollout.Undone{Version: "v0"}, "v0"},
		{"a mark that was copied", func(w *world) {
			w.sets[1].Annotations["paddock/proven"] = "frontend-v1"
		}, rollout.Undone{Version: "v1"}, "v1"},
		{"it worked when it was deployed", func(w *world) { w.proven("v1", "v2") }, rollout.Undone{Why: "it passed before, so it is left as it is"}, "v2"},
		{"the first", func(w *world) { w.sets = w.sets[1:] }, rollout.Undone{Why: "there is no version before to put back"}, "v2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := moving()
			c.set(w)
			client := w.client()
			got, err := rollout.Undo(t.Context(), client, "frontend", "frontend")
			if err != nil || got != c.want {
				t.Errorf("%+v, %v, want %+v", got, err, c.want)
			}
			d, err := client.AppsV1().Deployments("frontend").Get(t.Context(), "frontend", metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if image := d.Spec.Template.Spec.Containers[0].Image; image != registry+":"+c.serving {
				t.Errorf("image %s, want %s", image, c.serving)
			}
			if hash := d.Spec.Template.Labels[appsv1.DefaultDeploymentUniqueLabelKey]; hash != "" {
				t.Errorf("the template has the controller's label %s", hash)
			}
		})
	}
}

func TestProve(t *testing.T) {
	w := moving()
	client := w.client()
	if err := rollout.Prove(t.Context(), client, "frontend", "frontend"); err != nil {
		t.Fatal(err)
	}
	set, err := client.AppsV1().ReplicaSets("frontend").Get(t.Context(), "frontend-v2", metav1.GetOptions{})
	if err != nil || set.Annotations["paddock/proven"] != "frontend-v2" {
		t.Errorf("%v, %v", set.Annotations, err)
	}
}
