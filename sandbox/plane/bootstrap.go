package plane

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/sandbox/machine"
	"paddock/sandbox/parallel"
)

// accessPolicies maps EKS's access policies, as groups that the token webhook puts a caller into, to the cluster roles
// that grant the same. Inside EKS an authorizer of its own does this; the rights are what Kubernetes' roles of the same
// purpose hold.
var accessPolicies = map[string]string{
	"AmazonEKSClusterAdminPolicy": "cluster-admin",
	"AmazonEKSAdminPolicy":        "admin",
	"AmazonEKSEditPolicy":         "edit",
	"AmazonEKSViewPolicy":         "view",
}

// bootstrap applies what a new EKS cluster holds before anything is installed into it.
func bootstrap(ctx context.Context, k *kube, more ...any) error {
	objects := append([]any{gp2()}, more...)
	for policy, role := range accessPolicies {
		name := machine.AccessPolicyGroup + policy
		objects = append(objects, &rbacv1.ClusterRoleBinding{
			TypeMeta:   metav1.TypeMeta{APIVersion: rbacGroup + "/v1", Kind: "ClusterRoleBinding"},
			ObjectMeta: metav1.ObjectMeta{Name: name},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacGroup, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.GroupKind, APIGroup: rbacGroup, Name: name}},
		})
	}
	if err := parallel.Each(objects, func(obj any) error { return k.apply(ctx, obj) }); err != nil {
		return fmt.Errorf("bootstrap: %w", err)
	}
	return nil
}

// gp2 is the storage class that EKS brings; since 1.30 it is not the default one.
func gp2() *storagev1.StorageClass {
	wait, reclaim := storagev1.VolumeBindingWaitForFirstConsumer, corev1.PersistentVolumeReclaimDelete
	return &storagev1.StorageClass{
		TypeMeta:          metav1.TypeMeta{APIVersion: "storage.k8s.io/v1", Kind: "StorageClass"},
		ObjectMeta:        metav1.ObjectMeta{Name: "gp2"},
		Provisioner:       "kubernetes.io/aws-ebs",
		Parameters:        map[string]string{"type": "gp2", "fsType": "ext4"},
		VolumeBindingMode: &wait,
		ReclaimPolicy:     &reclaim,
	}
}
