package pods

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var claims = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumeclaims"}

// claim leads a volume of the pod to the folder of the claim's own volume, which outlives the pod.
func (p *pod) claim(ctx context.Context, at, name string) error {
	u, err := p.run.cfg.Kube.Resource(claims).Namespace(p.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	var c corev1.PersistentVolumeClaim
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &c); err != nil {
		return err
	}
	if c.Status.Phase != corev1.ClaimBound || c.Spec.VolumeName == "" {
		return fmt.Errorf("persistentvolumeclaim %q is not bound", name)
	}
	to := VolumeDir(p.run.cfg.Volumes, c.Spec.VolumeName)
	if err := errors.Join(os.MkdirAll(to, 0o700), os.MkdirAll(filepath.Dir(at), 0o700)); err != nil {
		return err
	}
	if err := os.Symlink(to, at); err != nil && !errors.Is(err, fs.ErrExist) { // of an earlier run
		return err
	}
	return nil
}

// VolumeDir is where the data of a PersistentVolume lie.
func VolumeDir(volumes, name string) string { return filepath.Join(volumes, name) }
