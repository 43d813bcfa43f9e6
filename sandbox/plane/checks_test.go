package plane_test

import (
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"paddock/sandbox/machine"
	"paddock/sandbox/plane"
)

var nodesResource = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}

func checkNodes(t *testing.T, p *plane.Plane, c cloud) {
	infos, err := p.Nodes(t.Context(), dev.Name)
	must(t, "nodes", err)
	want := plane.NodeInfo{
		Name: m5large(0).Name, Ready: true, Group: "general", InstanceType: "m5.large", Zone: "us-west-2a",
		CPU: "1930m", Memory: "6903Mi", Pods: "29", Kubelet: "v1.34.2-eks-ecaa3a6",
	}
	if len(infos) != 2 || infos[0] != want {
		t.Errorf("nodes = %+v, want two, first %+v", infos, want)
	}
	var n corev1.Node
	must(t, "node", c.get("", "v1", "nodes", "", want.Name, &n))
	if got := "aws:///us-west-2a/i-00000000000000000"; n.Spec.ProviderID != got {
		t.Errorf("provider id = %q, want %q", n.Spec.ProviderID, got)
	}
	if cpu, memory := n.Status.Capacity.Cpu().String(), n.Status.Capacity.Memory().String(); cpu != "2" || memory != "7934Mi" {
		t.Errorf("capacity = %s, %s", cpu, memory)
	}
	for key, value := range map[string]string{
		"kubernetes.io/hostname": want.Name, "kubernetes.io/arch": "amd64", "topology.kubernetes.io/region": "us-west-2",
		"node.kubernetes.io/instance-type": "m5.large", "eks.amazonaws.com/capacityType": "ON_DEMAND", "team": "any",
	} {
		if n.Labels[key] != value {
			t.Errorf("label %s = %q, want %q", key, n.Labels[key], value)
		}
	}
}

func checkBootstrap(t *testing.T, c cloud) {
	var b rbacv1.ClusterRoleBinding
	must(t, "binding", c.get("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "", machine.AccessPolicyGroup+"AmazonEKSClusterAdminPolicy", &b))
	if b.RoleRef.Name != "cluster-admin" || b.Subjects[0].Name != machine.AccessPolicyGroup+"AmazonEKSClusterAdminPolicy" {
		t.Errorf("binding = %+v", b)
	}
	var class storagev1.StorageClass
	must(t, "class", c.get("storage.k8s.io", "v1", "storageclasses", "", "gp2", &class))
	if class.Annotations["storageclass.kubernetes.io/is-default-class"] != "" {
		t.Error("gp2 is marked as default, which EKS no longer does")
	}
	var dns corev1.Service
	must(t, "dns", c.get("", "v1", "services", "kube-system", "kube-dns", &dns))
	if dns.Spec.ClusterIP != "172.20.0.10" {
		t.Errorf("kube-dns has %s, want the tenth address", dns.Spec.ClusterIP)
	}
	var cni appsv1.DaemonSet
	must(t, "cni", c.get("apps", "v1", "daemonsets", "kube-system", "aws-node", &cni))
	if cni.Status.NumberAvailable != 2 {
		t.Errorf("aws-node runs %d pods, want one per node", cni.Status.NumberAvailable)
	}
}

// checkNodeUpdate: what the group decides follows it, what others have set stays.
func checkNodeUpdate(t *testing.T, p *plane.Plane, c cloud) {
	node := m5large(1)
	patch := `{"metadata":{"labels":{"by":"hand"}},"spec":{"unschedulable":false}}`
	_, err := c.Resource(nodesResource).Patch(t.Context(), node.Name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	must(t, "label", err)
	node.Labels, node.Taints = map[string]string{"tier": "batch"}, []machine.Taint{{Key: "batch", Value: "yes", Effect: "NoSchedule"}}
	node.KubeletVersion = "v1.35.0-eks-ecaa3a6"
	must(t, "update", p.EnsureNode(t.Context(), dev.Name, node))
	var n corev1.Node
	must(t, "read", c.get("", "v1", "nodes", "", node.Name, &n))
	if _, old := n.Labels["team"]; old || n.Labels["tier"] != "batch" || n.Labels["by"] != "hand" {
		t.Errorf("labels = %v", n.Labels)
	}
	if len(n.Spec.Taints) != 1 || n.Spec.Taints[0].Key != "batch" || n.Status.NodeInfo.KubeletVersion != node.KubeletVersion {
		t.Errorf("taints = %v, kubelet %s", n.Spec.Taints, n.Status.NodeInfo.KubeletVersion)
	}
	must(t, "back", p.EnsureNode(t.Context(), dev.Name, m5large(1)))
	n = corev1.Node{}
	must(t, "read", c.get("", "v1", "nodes", "", node.Name, &n))
	if len(n.Spec.Taints) != 0 || n.Labels["tier"] != "" || n.Status.Allocatable.Cpu().String() != "1930m" {
		t.Errorf("after taking back: taints %v, labels %v, cpu %s", n.Spec.Taints, n.Labels, n.Status.Allocatable.Cpu())
	}
}

// checkPatchSurvives annotates the APIService as Pulumi does, and installs the add-on over it.
func checkPatchSurvives(t *testing.T, p *plane.Plane, c cloud) {
	gvr := schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"}
	patch := `{"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService","metadata":{"annotations":{"pulumi.com/waitFor":"condition=Available"}}}`
	_, err := c.Resource(gvr).Patch(t.Context(), "v1beta1.metrics.k8s.io", types.ApplyPatchType, []byte(patch), metav1.PatchOptions{FieldManager: "pulumi"})
	must(t, "annotate", err)
	must(t, "again", p.EnsureAddon(t.Context(), dev.Name, allAddons[len(allAddons)-1]))
	u, err := c.Resource(gvr).Get(t.Context(), "v1beta1.metrics.k8s.io", metav1.GetOptions{})
	must(t, "read", err)
	if u.GetAnnotations()["pulumi.com/waitFor"] == "" {
		t.Error("the annotation of another manager is gone")
	}
}

// checkTop asks the metrics API what `kubectl top nodes` would, and for a pod.
func checkTop(t *testing.T, c cloud) {
	for resource, want := range map[string]int{"nodes": 2, "pods": 14} {
		gvr := schema.GroupVersionResource{Group: "metrics.k8s.io", Version: "v1beta1", Resource: resource}
		eventually(t, 60*time.Second, "top "+resource, func() error {
			list, err := c.Resource(gvr).List(t.Context(), metav1.ListOptions{})
			if err != nil {
				return err
			}
			if len(list.Items) < want {
				return fmt.Errorf("%d entries, want %d", len(list.Items), want)
			}
			return nil
		})
	}
}

// checkMemory holds the plane to its part of the 3 GiB that the local cloud may use at rest.
func checkMemory(t *testing.T, p *plane.Plane) {
	var sum int64
	for _, i := range p.Processes() {
		t.Logf("%-24s %4d MiB", i.Name, i.RSS>>20)
		sum += i.RSS
	}
	if sum > 2<<30 {
		t.Errorf("processes use %d MiB, want 2048 at most", sum>>20)
	}
}
