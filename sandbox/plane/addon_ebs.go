package plane

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/sandbox/ebs"
)

const (
	ebsDriver     = ebs.Driver
	ebsController = "ebs-csi-controller"
)

// ebsCSIDriver attaches EBS volumes to pods. Its objects are whole; no code runs in its pods: package ebs plays what they do.
func ebsCSIDriver(in install) ([]any, error) {
	var set struct {
		Controller struct {
			ReplicaCount    int32             `json:"replicaCount"`
			ExtraVolumeTags map[string]string `json:"extraVolumeTags"` // shown as the driver's argument; no volume is made
		} `json:"controller"`
		Node                map[string]any `json:"node"` // accepted: it changes nothing that can be seen here
		DefaultStorageClass struct {
			Enabled bool `json:"enabled"`
		} `json:"defaultStorageClass"`
	}
	set.Controller.ReplicaCount = 2
	if err := configure(in, &set); err != nil {
		return nil, err
	}
	labels := map[string]string{"app.kubernetes.io/name": "aws-ebs-csi-driver"}
	objects := []any{
		serviceAccount("ebs-csi-controller-sa", labels),
		serviceAccount("ebs-csi-node-sa", labels),
		ebsControllerRole(labels),
		grant("ebs-csi-controller-binding", "ebs-csi-controller-role", "ebs-csi-controller-sa", labels),
		clusterRole("ebs-csi-node-role", labels,
			rule("", []string{"get", "patch"}, "nodes"), rule("storage.k8s.io", read, "volumeattachments", "csinodes")),
		grant("ebs-csi-node-getter-binding", "ebs-csi-node-role", "ebs-csi-node-sa", labels),
		ebsDriverObject(labels),
		deployment(ebsController, set.Controller.ReplicaCount, labels, map[string]string{"app": ebsController}, corev1.PodSpec{
			ServiceAccountName: "ebs-csi-controller-sa",
			Tolerations:        []corev1.Toleration{{Key: "CriticalAddonsOnly", Operator: corev1.TolerationOpExists}},
			Containers:         ebsContainers(in, set.Controller.ExtraVolumeTags, "csi-provisioner", "csi-attacher", "csi-snapshotter", "csi-resizer"),
		}),
		daemon("ebs-csi-node", labels, map[string]string{"app": "ebs-csi-node"}, corev1.PodSpec{
			ServiceAccountName: "ebs-csi-node-sa",
			Containers:         ebsContainers(in, nil, "csi-node-driver-registrar"),
		}),
	}
	if set.DefaultStorageClass.Enabled {
		objects = append(objects, ebsDefaultClass(labels))
	}
	return objects, nil
}

// ebsContainers is the driver itself between its sidecars; the add-on's version is the driver's.
func ebsContainers(in install, tags map[string]string, sidecars ...string) []corev1.Container {
	resources := need{cpu: "10m", memory: "40Mi", maxMemory: "256Mi"}.requirements()
	driver := corev1.Container{Name: "ebs-plugin", Image: in.image("eks/aws-ebs-csi-driver"), Resources: resources}
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		pairs = append(pairs, key+"="+tags[key])
	}
	if len(pairs) > 0 {
		driver.Args = []string{"--extra-tags=" + strings.Join(pairs, ",")}
	}
	containers := []corev1.Container{driver}
	for _, name := range sidecars {
		containers = append(containers, corev1.Container{Name: name, Image: in.image("eks/" + name), Resources: resources})
	}
	return append(containers, corev1.Container{Name: "liveness-probe", Image: in.image("eks/livenessprobe"), Resources: resources})
}

func ebsControllerRole(labels map[string]string) any {
	return clusterRole("ebs-csi-controller-role", labels,
		rule("", write, "persistentvolumes"),
		rule("", []string{"get", "list", "watch", "update", "patch"}, "persistentvolumeclaims", "persistentvolumeclaims/status"),
		rule("", append([]string{"create", "patch"}, read...), "events"),
		rule("", read, "nodes", "pods"),
		rule("storage.k8s.io", read, "storageclasses", "csinodes"),
		rule("storage.k8s.io", []string{"get", "list", "watch", "patch"}, "volumeattachments", "volumeattachments/status"),
		rule("coordination.k8s.io", write, "leases"),
	)
}

func ebsDriverObject(labels map[string]string) any {
	policy := storagev1.ReadWriteOnceWithFSTypeFSGroupPolicy
	return &storagev1.CSIDriver{
		TypeMeta: typed("storage.k8s.io/v1", "CSIDriver"), ObjectMeta: metav1.ObjectMeta{Name: ebsDriver, Labels: labels},
		Spec: storagev1.CSIDriverSpec{AttachRequired: ptr(true), PodInfoOnMount: ptr(false), FSGroupPolicy: &policy},
	}
}

func ebsDefaultClass(labels map[string]string) any {
	wait := storagev1.VolumeBindingWaitForFirstConsumer
	return &storagev1.StorageClass{
		TypeMeta: typed("storage.k8s.io/v1", "StorageClass"),
		ObjectMeta: metav1.ObjectMeta{Name: "ebs-csi-default-sc", Labels: labels, Annotations: map[string]string{
			"storageclass.kubernetes.io/is-default-class": "true",
		}},
		Provisioner: ebsDriver, VolumeBindingMode: &wait, AllowVolumeExpansion: ptr(true),
	}
}
