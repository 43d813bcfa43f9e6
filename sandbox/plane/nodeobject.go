package plane

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/sandbox/machine"
)

// nodeLabels are the group's own labels and those that kubelet, cloud controller and EKS put on every node.
func nodeLabels(n machine.Node) map[string]string {
	cluster := md5.Sum([]byte(n.Cluster)) // only needs to be the same for all nodes of a cluster
	labels := maps.Clone(n.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	arch := orElse(n.Arch, "amd64")
	maps.Copy(labels, map[string]string{
		corev1.LabelArchStable: arch, "beta.kubernetes.io/arch": arch,
		corev1.LabelOSStable: "linux", "beta.kubernetes.io/os": "linux",
		corev1.LabelHostname:           n.Name,
		corev1.LabelInstanceTypeStable: n.InstanceType, corev1.LabelInstanceType: n.InstanceType,
		corev1.LabelTopologyZone: n.Zone, corev1.LabelFailureDomainBetaZone: n.Zone,
		corev1.LabelTopologyRegion: n.Region, corev1.LabelFailureDomainBetaRegion: n.Region,
		"k8s.io/cloud-provider-aws":         hex.EncodeToString(cluster[:]),
		"eks.amazonaws.com/nodegroup":       n.NodeGroup,
		"eks.amazonaws.com/nodegroup-image": n.AMI,
		"eks.amazonaws.com/capacityType":    n.CapacityType,
	})
	return labels
}

func nodeObject(n machine.Node, kubeletPort int) *corev1.Node {
	labels := nodeLabels(n)
	var taints []corev1.Taint
	for _, t := range n.Taints {
		taints = append(taints, corev1.Taint{Key: t.Key, Value: t.Value, Effect: corev1.TaintEffect(t.Effect)})
	}
	mine, err := json.Marshal(managed{Labels: slices.Sorted(maps.Keys(labels)), Taints: n.Taints})
	if err != nil {
		panic(err) // strings always render
	}
	quantity := func(cpu, memory int64) corev1.ResourceList {
		return corev1.ResourceList{
			corev1.ResourceCPU:              *resource.NewMilliQuantity(cpu, resource.DecimalSI),
			corev1.ResourceMemory:           *resource.NewQuantity(memory<<20, resource.BinarySI),
			corev1.ResourceEphemeralStorage: *resource.NewQuantity(n.EphemeralGi<<30, resource.BinarySI),
			corev1.ResourcePods:             *resource.NewQuantity(n.Pods, resource.DecimalSI),
		}
	}
	return &corev1.Node{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Node"},
		ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: labels, Annotations: map[string]string{
			fakeNode:                               "fake",
			"metrics.k8s.io/resource-metrics-path": "/metrics/nodes/" + n.Name + "/metrics/resource",
			ours:                                   string(mine),
		}},
		Spec: corev1.NodeSpec{ProviderID: "aws:///" + n.Zone + "/" + n.InstanceID, Taints: taints},
		Status: corev1.NodeStatus{
			Capacity:    quantity(n.CPUMilli, n.MemoryMi),
			Allocatable: quantity(n.AllocCPUMilli, n.AllocMemoryMi),
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: n.InternalIP},
				{Type: corev1.NodeInternalDNS, Address: n.Name},
				{Type: corev1.NodeHostName, Address: n.Name},
				{Type: kubeletAddress, Address: "localhost"},
			},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(kubeletPort)}},
			NodeInfo:        nodeInfo(n),
		},
	}
}

// nodeInfo is what a kubelet on Amazon Linux 2023 tells about its machine.
func nodeInfo(n machine.Node) corev1.NodeSystemInfo {
	arch := orElse(n.Arch, "amd64")
	kernel := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[arch]
	return corev1.NodeSystemInfo{
		Architecture: arch, OperatingSystem: "linux", OSImage: "Amazon Linux 2023",
		KernelVersion:           "6.12.40-64.114.amzn2023." + kernel,
		ContainerRuntimeVersion: "containerd://2.1.4",
		KubeletVersion:          n.KubeletVersion,
		MachineID:               n.InstanceID, SystemUUID: n.InstanceID, BootID: n.InstanceID,
	}
}
