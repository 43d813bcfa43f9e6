package plane

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"paddock/sandbox/parallel"
)

// freeNodes drops the leases by which an earlier KWOK, now ended, held the nodes. Each run of KWOK has a name of its own and
// waits for the leases of others to end, for up to 40 s; until then no pod would come or go.
func freeNodes(ctx context.Context, k *kube) error {
	err := k.of("Lease", corev1.NamespaceNodeLease).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("node leases: %w", err)
	}
	return nil
}

// repointNodes tells the nodes of an earlier start where KWOK listens now; KWOK itself would say so minutes later.
func repointNodes(ctx context.Context, k *kube, port int) error {
	nodes, err := listNodes(ctx, k)
	if err != nil {
		return err
	}
	return parallel.Each(nodes, func(n corev1.Node) error {
		if int(n.Status.DaemonEndpoints.KubeletEndpoint.Port) == port {
			return nil
		}
		endpoint := object{"daemonEndpoints": object{"kubeletEndpoint": object{"Port": port}}}
		return k.patch(ctx, "Node", n.Name, object{"status": endpoint}, "status")
	})
}

func listNodes(ctx context.Context, k *kube) ([]corev1.Node, error) {
	list, err := k.of("Node", "").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	nodes := make([]corev1.Node, len(list.Items))
	for i, item := range list.Items {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &nodes[i]); err != nil {
			return nil, fmt.Errorf("list nodes: %w", err)
		}
	}
	return nodes, nil
}

// NodeInfo is a node as `sandbox status` shows it.
type NodeInfo struct {
	Name         string `json:"name"`
	Ready        bool   `json:"ready"`
	Group        string `json:"group"`
	InstanceType string `json:"instanceType"`
	Zone         string `json:"zone"`
	CPU          string `json:"cpu"`    // allocatable
	Memory       string `json:"memory"` // allocatable
	Pods         string `json:"pods"`   // allocatable
	Kubelet      string `json:"kubelet"`
}

// Nodes lists the nodes of a running cluster by name. A control plane that is being started is not waited for.
func (p *Plane) Nodes(ctx context.Context, name string) ([]NodeInfo, error) {
	_, k, err := p.serving(name)
	if err != nil {
		return nil, err
	}
	nodes, err := listNodes(ctx, k)
	if err != nil {
		return nil, fmt.Errorf("cluster %s: %w", name, err)
	}
	infos := make([]NodeInfo, len(nodes))
	for i, n := range nodes {
		infos[i] = NodeInfo{
			Name: n.Name, Ready: nodeReady(&n), Kubelet: n.Status.NodeInfo.KubeletVersion,
			Group:        n.Labels["eks.amazonaws.com/nodegroup"],
			InstanceType: n.Labels[corev1.LabelInstanceTypeStable], Zone: n.Labels[corev1.LabelTopologyZone],
			CPU: n.Status.Allocatable.Cpu().String(), Memory: n.Status.Allocatable.Memory().String(),
			Pods: n.Status.Allocatable.Pods().String(),
		}
	}
	slices.SortFunc(infos, func(a, b NodeInfo) int { return cmp.Compare(a.Name, b.Name) })
	return infos, nil
}
