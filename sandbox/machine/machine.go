// Package machine is the seam between the AWS stand-in and the machine it runs on: types only, so that neither side
// needs to know the other.
package machine

import (
	"context"
	"errors"
)

// ErrStopping refuses what is asked of a cloud on its way down.
var ErrStopping = errors.New("the local cloud is stopping")

// ErrToken refuses a service account token.
var ErrToken = errors.New("not a valid token of this cluster")

// ServiceAccount is whose token a pod carries.
type ServiceAccount struct {
	Namespace, Name string
	Pod, PodUID     string // empty for a token that is bound to no pod
}

// AccessPolicyGroup and the name of an EKS access policy make the group in the cluster that stands for the policy.
const AccessPolicyGroup = "paddock:access-policy:"

// Addons are the managed add-ons that both sides know.
var Addons = []string{"aws-ebs-csi-driver", "coredns", "eks-pod-identity-agent", "kube-proxy", "metrics-server", "vpc-cni"}

// Machine is what the AWS stand-in needs of the machine: control planes, nodes and add-ons.
// Every call is idempotent and returns when the thing is done, or when ctx ends.
type Machine interface {
	// EnsureCluster starts the control plane, or finds it running, and returns when it serves. One that has died or does not
	// answer is started again; a healthy one costs a single question.
	EnsureCluster(ctx context.Context, c Cluster) (Endpoint, error)
	// DeleteCluster ends the control plane's processes and removes its data; an unknown name is no error.
	DeleteCluster(ctx context.Context, name string) error
	// EnsureNode creates the Node object, or brings it in line.
	EnsureNode(ctx context.Context, cluster string, n Node) error
	// DeleteNode removes the Node object, as EKS's cloud controller does for a terminated instance.
	DeleteNode(ctx context.Context, cluster, node string) error
	// EnsureAddon installs the objects of a managed add-on, or brings them in line.
	EnsureAddon(ctx context.Context, cluster string, a Addon) error
	// DeleteAddon removes them.
	DeleteAddon(ctx context.Context, cluster, addon string) error
	// ReviewToken tells whose service account token it is. ErrToken = the cluster did not make it for that audience, or it is
	// no longer good.
	ReviewToken(ctx context.Context, cluster, token, audience string) (ServiceAccount, error)
}

// Cluster is one EKS control plane as the stand-in asks for it.
type Cluster struct {
	Name, Region string
	Version      string // Kubernetes minor, such as 1.34; what nodes and DescribeCluster report
	ID           string // 32 hex digits, the last part of the OIDC issuer
	ServiceBlock string // CIDR of Service addresses
	Port         int    // port of an earlier start, so that kubeconfigs stay valid; 0 = choose a free one
	AuthURL      string // where the apiserver sends TokenReviews
	AuthCA       []byte // PEM, the authority of AuthURL's certificate; empty = plain http
}

// Endpoint is where a control plane serves.
type Endpoint struct {
	URL  string // https://127.0.0.1:<port>
	Port int
	CA   []byte // PEM
}

// Node is one instance of a node group, as the Node object shows it.
type Node struct {
	Name, InstanceID, InstanceType string
	Zone, Region                   string
	Cluster, NodeGroup             string
	InternalIP, AMI, CapacityType  string // CapacityType: ON_DEMAND or SPOT
	KubeletVersion                 string
	Arch                           string            // as Kubernetes has it: amd64 or arm64; empty = amd64
	Labels                         map[string]string // the node group's own
	Taints                         []Taint
	CPUMilli, MemoryMi             int64 // capacity
	EphemeralGi, Pods              int64
	AllocCPUMilli, AllocMemoryMi   int64 // allocatable
}

// Taint is a Kubernetes taint; Effect is NoSchedule, PreferNoSchedule or NoExecute.
type Taint struct{ Key, Value, Effect string }

// Addon is a managed EKS add-on.
type Addon struct {
	Name, Version string
	Configuration string // JSON as given to EKS; empty = defaults
}
