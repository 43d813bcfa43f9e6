package versions

// daemon is what an add-on's DaemonSet asks of every node, all containers of its pod together.
type daemon struct {
	addon    string
	milliCPU int
	memoryMi int
}

// daemons are those of the platform's add-ons, by the add-ons' own defaults. Refresh them with the add-ons, with
//
//	kubectl get daemonsets -n kube-system -o jsonpath='{range .items[*]}{.metadata.name}{.spec.template.spec.containers[*].resources.requests}{"\n"}{end}'
var daemons = []daemon{
	{addon: VpcCni, milliCPU: 50}, // aws-node: the CNI and the agent for network policies, 25m each
	{addon: KubeProxy, milliCPU: 100},
	{addon: EbsCsiDriver, milliCPU: 30, memoryMi: 120}, // ebs-csi-node: three containers of 10m and 40Mi
	{addon: PodIdentityAgent},                          // asks for nothing, and is a pod all the same
}

// Room is what a node offers to pods other than the add-ons' DaemonSets.
type Room struct {
	MilliCPU int
	MemoryMi int
	Pods     int
}

// Room returns what an empty node of this type has left when the add-ons' DaemonSets run on it.
func (t InstanceType) Room() Room {
	r := Room{MilliCPU: t.AllocatableMilliCPU, MemoryMi: t.AllocatableMemoryMi, Pods: t.MaxPods - len(daemons)}
	for _, d := range daemons {
		r.MilliCPU -= d.milliCPU
		r.MemoryMi -= d.memoryMi
	}
	return r
}

// Own is what the platform runs beside DaemonSets: some pods alike, of which each asks for so much.
type Own struct {
	Name     string
	Replicas int
	MilliCPU int
	MemoryMi int
}

// AutoscalerReplicas is how many of its pods there are.
const AutoscalerReplicas = 2

// Autoscaler is the Cluster Autoscaler's Deployment.
var Autoscaler = Own{Name: "cluster-autoscaler", Replicas: AutoscalerReplicas, MilliCPU: 100, MemoryMi: 300}

// Deployments are those of every platform, by the add-ons' own defaults. They are refreshed like daemons, with get deployments.
func Deployments() []Own {
	return []Own{
		Autoscaler,
		{Name: CoreDNS, Replicas: 2, MilliCPU: 100, MemoryMi: 70},
		{Name: EbsCsiDriver, Replicas: 2, MilliCPU: 60, MemoryMi: 240}, // ebs-csi-controller: six containers of 10m and 40Mi
		{Name: MetricsServer, Replicas: 2, MilliCPU: 100, MemoryMi: 200},
	}
}
