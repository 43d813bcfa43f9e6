package infra

import (
	"net/netip"
	"time"
)

// Environments that have a preset.
const (
	Dev     = "dev"
	Staging = "staging"
	Prod    = "prod"
)

// Environments lists the presets.
func Environments() []string { return []string{Dev, Staging, Prod} }

// Preset is what a stack of the environment gets where it says nothing; false
// for an environment that has none. Region has no preset: where money is spent
// is said, never guessed.
func Preset(environment string) (Config, bool) {
	c := common(environment)
	switch environment {
	case Dev:
		return c, true
	case Staging:
		return staging(c), true
	case Prod:
		return prod(c), true
	}
	return Config{}, false
}

// common is dev, and what the others start from: two zones, one NAT gateway,
// two to six nodes.
func common(environment string) Config {
	return Config{
		Environment: environment,
		Name:        "paddock-" + environment,
		Tags:        map[string]string{},
		Network: Network{
			// A block of its own for each environment, so that they can be peered.
			Block:       netip.MustParsePrefix("10.10.0.0/16"),
			Zones:       Zones{Count: 2},
			NAT:         "single",
			FlowLogDays: 7,
		},
		Cluster: Cluster{
			Version:      "1.34",
			ServiceBlock: netip.MustParsePrefix("172.20.0.0/16"),
			LogTypes:     []string{"api", "audit", "authenticator"},
			LogDays:      7,
		},
		NodeGroups: map[string]NodeGroup{"default": sized(2, 6)},
		Addons:     map[string]string{},
		Autoscaler: Autoscaler{
			// A pod that is younger than 2 s is left for the next look, however soon it was seen, so two more looks are to fit into
			// these. They ask the autoscaler's own caches, and AWS once a minute: with four nodes 0.5 % of a CPU. Hundreds of
			// nodes want more time between them.
			ScanInterval: Duration(900 * time.Millisecond),
			// The autoscaler's own 10 minutes are from when machines were paid by the hour. EC2 counts seconds, a node is back
			// within one or two minutes, and pods go only after the HPA's own window: `grade compare` measures both.
			UnneededTime:         Duration(2 * time.Minute),
			DelayAfterAdd:        Duration(2 * time.Minute),
			UtilizationThreshold: 0.5,
		},
		Teams: map[string]Team{},
	}
}

// staging has prod's zones, and dev's prices elsewhere.
func staging(c Config) Config {
	c.Network.Block = netip.MustParsePrefix("10.20.0.0/16")
	c.Network.Zones = Zones{Count: 3}
	c.Network.FlowLogDays = 14
	c.Cluster.LogDays = 30
	c.NodeGroups["default"] = sized(2, 10)
	return c
}

// prod loses a zone without losing its way out, keeps its logs for a quarter,
// has no public endpoint, and is not deleted by a slip.
//
// It has room for a spike: one node's. That is a third of the nodes that it
// begins with, takes a service from 2 pods to 10 at 200m each while the next
// node boots, and is where the pods of a lost node go. While the three stand
// idle, they have that room anyway, and it costs nothing.
func prod(c Config) Config {
	c.Network.Block = netip.MustParsePrefix("10.30.0.0/16")
	c.Network.Zones = Zones{Count: 3}
	c.Network.NAT = "per-zone"
	c.Network.FlowLogDays = 90
	c.Cluster.LogTypes = []string{"api", "audit", "authenticator", "controllerManager", "scheduler"}
	c.Cluster.LogDays = 90
	c.Cluster.Protect = true
	c.Headroom.Nodes = 1
	c.NodeGroups["default"] = sized(3, 30)
	group := c.NodeGroups["default"]
	group.MaxUnavailable = 3 // one by one, thirty nodes take most of a day
	c.NodeGroups["default"] = group
	return c
}

// DefaultNodeGroup is what a group that no preset knows starts from.
func DefaultNodeGroup() NodeGroup { return sized(1, 3) }

func sized(low, high int) NodeGroup {
	return NodeGroup{
		InstanceTypes:  []string{"m5.large"},
		Capacity:       "on-demand",
		Min:            low,
		Max:            high,
		DiskGiB:        50,
		MaxUnavailable: 1,
		Labels:         map[string]string{},
	}
}

// DefaultTeam is what every team starts from: fenced on all sides, with room
// for a handful of small services in each namespace: forty pods that state
// nothing fit the quota.
func DefaultTeam() Team {
	return Team{
		PodSecurity:   "restricted",
		NetworkPolicy: true,
		Quota: map[string]string{
			"requests.cpu":           "4",
			"requests.memory":        "8Gi",
			"limits.cpu":             "8",
			"limits.memory":          "16Gi",
			"pods":                   "40",
			"persistentvolumeclaims": "10",
			"requests.storage":       "100Gi",
			"services.loadbalancers": "0", // an address on the internet is asked for by name
			"services.nodeports":     "0",
		},
		Limits: Limits{
			DefaultCPU:    "200m",
			DefaultMemory: "256Mi",
			RequestCPU:    "100m",
			RequestMemory: "128Mi",
			MaxCPU:        "2",
			MaxMemory:     "4Gi",
		},
		Delivery: TeamDelivery{Branch: "main"},
	}
}
