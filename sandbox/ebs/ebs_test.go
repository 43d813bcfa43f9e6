package ebs_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"

	"paddock/sandbox/ebs"
)

var (
	claims  = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumeclaims"}
	volumes = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumes"}
	events  = schema.GroupVersionResource{Version: "v1", Resource: "events"}
)

// world is a cluster of claims, with a node and two classes, and a controller in it.
type world struct {
	t     *testing.T
	kube  *fake.FakeDynamicClient
	dir   string
	why   atomic.Value // why no volume can be made; error
	asked atomic.Int32 // how often that was
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), storagev1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	wait, retain := storagev1.VolumeBindingWaitForFirstConsumer, corev1.PersistentVolumeReclaimRetain
	w := &world{t: t, dir: t.TempDir(), kube: fake.NewSimpleDynamicClient(scheme,
		&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node-1", Labels: map[string]string{corev1.LabelTopologyZone: "us-west-2b"}}},
		&storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "gp3"}, Provisioner: ebs.Driver, VolumeBindingMode: &wait},
		&storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "now"}, Provisioner: ebs.Driver, ReclaimPolicy: &retain},
	)}
	c := ebs.New(ebs.Config{
		Kube: w.kube, Folder: func(v string) string { return filepath.Join(w.dir, v) },
		Allowed: func(context.Context) error {
			w.asked.Add(1)
			err, _ := w.why.Load().(error)
			return err
		},
	})
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	return w
}

// another is a claim beside the first, which there are no changes to. Claims, and volumes, are looked at in their turn: what was
// put before it has been looked at when it is served.
func another() *corev1.PersistentVolumeClaim {
	return claim("gp3", func(c *corev1.PersistentVolumeClaim) { c.Name, c.UID = "other", "2" })
}

// claim is one that the scheduler has chosen a node for.
func claim(class string, change ...func(*corev1.PersistentVolumeClaim)) *corev1.PersistentVolumeClaim {
	c := &corev1.PersistentVolumeClaim{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"},
		ObjectMeta: metav1.ObjectMeta{Name: "data", Namespace: "red", UID: "1", Annotations: map[string]string{
			"volume.kubernetes.io/storage-provisioner": ebs.Driver, "volume.kubernetes.io/selected-node": "node-1",
		}},
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: &class, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1500Mi")}},
		},
	}
	for _, f := range change {
		f(c)
	}
	return c
}

func (w *world) put(of schema.GroupVersionResource, obj metav1.Object) {
	w.t.Helper()
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		w.t.Fatal(err)
	}
	u := &unstructured.Unstructured{Object: m}
	if err := w.kube.Tracker().Update(of, u, obj.GetNamespace()); err == nil {
		return
	}
	if err := w.kube.Tracker().Create(of, u, obj.GetNamespace()); err != nil {
		w.t.Fatal(err)
	}
}

// volume is that of the claim with the uid; nil = there is none.
func (w *world) volume(uid string) *corev1.PersistentVolume {
	u, err := w.kube.Resource(volumes).Get(w.t.Context(), "pvc-"+uid, metav1.GetOptions{})
	if err != nil {
		return nil
	}
	var v corev1.PersistentVolume
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &v); err != nil {
		w.t.Fatal(err)
	}
	return &v
}

// release is done to a volume whose claim is gone.
func (w *world) release(uid string) {
	w.t.Helper()
	v := w.volume(uid)
	v.Status.Phase = corev1.VolumeReleased
	v.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolume"}
	w.put(volumes, v)
}

func (w *world) eventually(what string, f func() bool) {
	w.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if f() {
			return
		}
	}
	w.t.Fatalf("never: %s", what)
}

func (w *world) says(reason, message string) {
	w.t.Helper()
	w.eventually(reason+": "+message, func() bool {
		list, err := w.kube.Resource(events).Namespace("red").List(w.t.Context(), metav1.ListOptions{})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, e := range list.Items {
			if e.Object["reason"] == reason && strings.Contains(e.Object["message"].(string), message) {
				return true
			}
		}
		return false
	})
}

func (w *world) folder() bool {
	_, err := os.Stat(filepath.Join(w.dir, "pvc-1"))
	return err == nil
}

// A claim gets a volume of whole GiB in the zone of its node; when it goes, so does the volume, with what it holds.
func TestVolume(t *testing.T) {
	w := newWorld(t)
	w.put(claims, claim("gp3"))
	w.eventually("a volume", func() bool { return w.volume("1") != nil })
	v := w.volume("1")
	size, zone := v.Spec.Capacity[corev1.ResourceStorage], v.Spec.NodeAffinity.Required.NodeSelectorTerms[0].MatchExpressions[0]
	if size.String() != "2Gi" || zone.Key != corev1.LabelTopologyZone || len(zone.Values) != 1 || zone.Values[0] != "us-west-2b" ||
		v.Spec.StorageClassName != "gp3" || v.Spec.ClaimRef.UID != "1" || v.Spec.CSI.Driver != ebs.Driver || !strings.HasPrefix(v.Spec.CSI.VolumeHandle, "vol-0") ||
		v.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete {
		t.Errorf("volume %+v", v.Spec)
	}
	if !w.folder() {
		t.Error("it has no folder")
	}
	w.says("ProvisioningSucceeded", "Successfully provisioned volume pvc-1")
	w.release("1")
	w.eventually("no volume", func() bool { return w.volume("1") == nil && !w.folder() })
}

// Where nobody waits for a pod, any zone is good; what its class says to keep is kept.
func TestAtOnceAndKept(t *testing.T) {
	w := newWorld(t)
	w.put(claims, claim("now", func(c *corev1.PersistentVolumeClaim) { delete(c.Annotations, "volume.kubernetes.io/selected-node") }))
	w.put(claims, another())
	w.eventually("volumes", func() bool { return w.volume("1") != nil && w.volume("2") != nil })
	w.release("1")
	w.release("2")
	w.eventually("the other goes", func() bool { return w.volume("2") == nil })
	if w.volume("1") == nil || !w.folder() {
		t.Error("it is gone")
	}
}

// Claims of others, and those that are not ready for it, get none.
func TestNotAsked(t *testing.T) {
	for name, change := range map[string]func(*corev1.PersistentVolumeClaim){
		"another driver": func(c *corev1.PersistentVolumeClaim) {
			c.Annotations["volume.kubernetes.io/storage-provisioner"] = "efs.csi.aws.com"
		},
		"no node yet": func(c *corev1.PersistentVolumeClaim) { delete(c.Annotations, "volume.kubernetes.io/selected-node") },
		"bound":       func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeName = "mine" },
		"no class":    func(c *corev1.PersistentVolumeClaim) { c.Spec.StorageClassName = nil },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.put(claims, claim("gp3", change))
			w.put(claims, another())
			w.eventually("the other's volume", func() bool { return w.volume("2") != nil })
			if w.volume("1") != nil {
				t.Error("it has a volume")
			}
		})
	}
}

// A volume that cannot be made is told, and made when it can be. A driver that is not there says nothing.
func TestCannot(t *testing.T) {
	t.Run("no role", func(t *testing.T) {
		w := newWorld(t)
		w.why.Store(errors.New("no role"))
		w.put(claims, claim("gp3"))
		w.says("ProvisioningFailed", `failed to provision volume with StorageClass "gp3": no role`)
		w.eventually("one event, twice", func() bool {
			list, err := w.kube.Resource(events).Namespace("red").List(t.Context(), metav1.ListOptions{})
			return err == nil && len(list.Items) == 1 && list.Items[0].Object["count"] == int64(2)
		})
		w.why.Store(errors.New("still none"))
		w.says("ProvisioningFailed", "still none")
	})
	t.Run("several nodes", func(t *testing.T) {
		w := newWorld(t)
		w.put(claims, claim("gp3", func(c *corev1.PersistentVolumeClaim) {
			c.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
		}))
		w.says("ProvisioningFailed", "access mode ReadWriteMany: an EBS volume is of one node at a time")
	})
	t.Run("no driver", func(t *testing.T) {
		w := newWorld(t)
		w.why.Store(error(ebs.ErrAbsent))
		w.put(claims, claim("gp3"))
		w.eventually("it is tried again", func() bool { return w.asked.Load() > 1 })
		list, err := w.kube.Resource(events).Namespace("red").List(t.Context(), metav1.ListOptions{})
		if err != nil || len(list.Items) != 0 || w.volume("1") != nil {
			t.Errorf("%d events, %v, volume %v; want silence", len(list.Items), err, w.volume("1"))
		}
	})
}
