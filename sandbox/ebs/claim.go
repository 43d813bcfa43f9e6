package ebs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// By these annotations the cluster's own controllers, and the scheduler, ask for a volume.
const (
	askedOf      = "volume.kubernetes.io/storage-provisioner"
	selectedNode = "volume.kubernetes.io/selected-node"
	madeBy       = "pv.kubernetes.io/provisioned-by"
)

// lookAtClaim makes the volume that a claim asks for.
func (c *Controller) lookAtClaim(ctx context.Context, k key) error {
	var claim corev1.PersistentVolumeClaim
	if err := c.get(ctx, claims, k.namespace, k.name, &claim); err != nil {
		return ignoreGone(err)
	}
	if claim.Annotations[askedOf] != Driver || claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil ||
		claim.Spec.StorageClassName == nil {
		return nil
	}
	var class storagev1.StorageClass
	if err := c.get(ctx, classes, "", *claim.Spec.StorageClassName, &class); err != nil {
		return err
	}
	later := class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
	if later && claim.Annotations[selectedNode] == "" {
		return nil
	}
	err := c.make(ctx, &claim, &class)
	if errors.Is(err, ErrAbsent) {
		return err
	}
	if err != nil {
		c.event(ctx, &claim, corev1.EventTypeWarning, "ProvisioningFailed",
			fmt.Sprintf("failed to provision volume with StorageClass %q: %v", class.Name, err))
		return err
	}
	c.event(ctx, &claim, corev1.EventTypeNormal, "ProvisioningSucceeded", "Successfully provisioned volume "+volumeName(&claim))
	return nil
}

func (c *Controller) make(ctx context.Context, claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) error {
	if err := c.cfg.Allowed(ctx); err != nil {
		return err
	}
	for _, m := range claim.Spec.AccessModes {
		if m != corev1.ReadWriteOnce && m != corev1.ReadWriteOncePod {
			return fmt.Errorf("rpc error: code = InvalidArgument desc = access mode %s: an EBS volume is of one node at a time", m)
		}
	}
	zone, err := c.zone(ctx, claim)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.cfg.Folder(volumeName(claim)), 0o700); err != nil {
		return err
	}
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(volume(claim, class, zone))
	if err != nil {
		return err
	}
	_, err = c.cfg.Kube.Resource(volumes).Create(ctx, &unstructured.Unstructured{Object: m}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil // it is being bound
	}
	return err
}

// zone is that of the node which the scheduler has chosen, or of any node where nobody waits for a pod.
func (c *Controller) zone(ctx context.Context, claim *corev1.PersistentVolumeClaim) (string, error) {
	if name := claim.Annotations[selectedNode]; name != "" {
		var node corev1.Node
		if err := c.get(ctx, nodes, "", name, &node); err != nil {
			return "", fmt.Errorf("node %s: %w", name, err)
		}
		return node.Labels[corev1.LabelTopologyZone], nil
	}
	list, err := c.cfg.Kube.Resource(nodes).List(ctx, metav1.ListOptions{})
	if err != nil {
		return "", err
	}
	var zones []string
	for _, n := range list.Items {
		zones = append(zones, n.GetLabels()[corev1.LabelTopologyZone])
	}
	if len(zones) == 0 {
		return "", errors.New("there is no node yet, and so no zone")
	}
	return slices.Min(zones), nil
}

func volumeName(claim *corev1.PersistentVolumeClaim) string { return "pvc-" + string(claim.UID) }

// volume is as the driver makes it: of whole GiB, in one zone.
func volume(claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass, zone string) *corev1.PersistentVolume {
	asked := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	gib := max((asked.Value()+1<<30-1)>>30, 1)
	reclaim := corev1.PersistentVolumeReclaimDelete
	if class.ReclaimPolicy != nil {
		reclaim = *class.ReclaimPolicy
	}
	id := sha256.Sum256([]byte(claim.UID))
	return &corev1.PersistentVolume{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolume"},
		ObjectMeta: metav1.ObjectMeta{Name: volumeName(claim), Annotations: map[string]string{madeBy: Driver}},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:    corev1.ResourceList{corev1.ResourceStorage: *resource.NewQuantity(gib<<30, resource.BinarySI)},
			AccessModes: claim.Spec.AccessModes, VolumeMode: claim.Spec.VolumeMode, StorageClassName: class.Name,
			PersistentVolumeReclaimPolicy: reclaim, MountOptions: class.MountOptions,
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID, ResourceVersion: claim.ResourceVersion,
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{
				Driver: Driver, VolumeHandle: "vol-0" + hex.EncodeToString(id[:8]), FSType: "ext4",
			}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{
					Key: corev1.LabelTopologyZone, Operator: corev1.NodeSelectorOpIn, Values: []string{zone},
				}},
			}}}},
		},
	}
}

// lookAtVolume removes what nobody claims any more, if its class says so.
func (c *Controller) lookAtVolume(ctx context.Context, k key) error {
	var v corev1.PersistentVolume
	if err := c.get(ctx, volumes, "", k.name, &v); err != nil {
		return ignoreGone(err)
	}
	if v.Annotations[madeBy] != Driver || v.Status.Phase != corev1.VolumeReleased ||
		v.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete {
		return nil
	}
	if err := c.cfg.Allowed(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(c.cfg.Folder(v.Name)); err != nil {
		return err
	}
	return c.cfg.Kube.Resource(volumes).Delete(ctx, v.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &v.UID}})
}

// ignoreGone is for what is not there any more, and asks for nothing.
func ignoreGone(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// event tells of a claim's volume; that it is not heard changes nothing.
func (c *Controller) event(ctx context.Context, claim *corev1.PersistentVolumeClaim, of, reason, message string) {
	about := corev1.ObjectReference{
		Kind: "PersistentVolumeClaim", APIVersion: "v1", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
	}
	if err := c.events.Happened(about, of, reason, message).Tell(ctx); err != nil {
		c.cfg.Log.Warn("an event is not heard", "claim", claim.Name, "cause", err)
	}
}
