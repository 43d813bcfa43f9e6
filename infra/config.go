// Package infra says how the parts of a platform join: its config, what is a
// fault in it, and the one function that puts the components together.
package infra

import (
	"net/netip"
	"slices"
	"time"
)

// Config is the platform as its operator describes it, in plain Go: nothing in
// it waits for a resource, so all of it can be judged before one registers.
// The config tags are the keys of a stack file, under the namespace "paddock:".
type Config struct {
	Environment string               `config:"environment"` // dev, staging or prod: which preset the other keys overlay
	Name        string               `config:"name"`        // of the platform and its EKS cluster; empty = paddock-<environment>
	Region      string               `config:"region"`      // AWS region; no default
	AccountIDs  []string             `config:"accountIds"`  // accounts the program may touch; empty = whichever the credentials belong to
	Tags        map[string]string    `config:"tags"`        // on every AWS resource, beside Paddock's own
	Network     Network              `config:"network"`
	Cluster     Cluster              `config:"cluster"`
	NodeGroups  map[string]NodeGroup `config:"nodeGroups"` // by name; a null entry takes a preset's group away
	Addons      map[string]string    `config:"addons"`     // add-on name -> version, where the version table's is not wanted
	Autoscaler  Autoscaler           `config:"autoscaler"`
	Headroom    Headroom             `config:"headroom"`
	Ingress     Ingress              `config:"ingress"`
	Delivery    Delivery             `config:"delivery"`
	Cost        Cost                 `config:"cost"`
	Teams       map[string]Team      `config:"teams"` // by name

	previewers []string // principals that preview the platform; no key: delivery gives it
}

// Network is the VPC.
type Network struct {
	Block              netip.Prefix `config:"block"`              // private IPv4, /16 to /20
	Zones              Zones        `config:"zones"`              // a count, or the names; a single NAT gateway lives in the first
	NAT                string       `config:"nat"`                // single, per-zone or none
	InterfaceEndpoints bool         `config:"interfaceEndpoints"` // AWS APIs inside the VPC; made in any case when nat is none
	FlowLogDays        int          `config:"flowLogDays"`        // retention in days, of CloudWatch's set; 0 = no flow logs
}

// Cluster is the EKS control plane and who may reach it.
type Cluster struct {
	Version              string         `config:"version"`              // Kubernetes minor, such as 1.34
	ServiceBlock         netip.Prefix   `config:"serviceBlock"`         // addresses of Kubernetes services; outside the VPC's block
	PublicAccess         []netip.Prefix `config:"publicAccess"`         // who reaches the public endpoint; empty = no public endpoint
	PublicAccessAnywhere bool           `config:"publicAccessAnywhere"` // says that 0.0.0.0/0 in publicAccess is meant
	Administrators       []string       `config:"administrators"`       // principals; never the one that creates the stack: EKS gives it an entry itself
	LogTypes             []string       `config:"logTypes"`             // control-plane logs to keep; empty = none
	LogDays              int            `config:"logDays"`              // retention in days, of CloudWatch's set
	Protect              bool           `config:"protect"`              // refuse to delete the cluster and the VPC
}

// NodeGroup is one managed node group. An instance's size, unlike its count, is
// the operator's alone: between min and max the Cluster Autoscaler decides.
type NodeGroup struct {
	InstanceTypes  []string          `config:"instanceTypes"` // of one architecture
	Capacity       string            `config:"capacity"`      // on-demand or spot
	Min            int               `config:"min"`
	Desired        int               `config:"desired"` // at creation only; 0 = min
	Max            int               `config:"max"`
	Resize         bool              `config:"resize"` // set the desired size on this up too, as raising min above the present size takes
	DiskGiB        int               `config:"diskGiB"`
	MaxUnavailable int               `config:"maxUnavailable"` // nodes replaced at once in an update
	Labels         map[string]string `config:"labels"`
	Taints         []Taint           `config:"taints"`
	Zones          []string          `config:"zones"`   // names, of the network's; empty = all that there are when the group is made
	AMIType        string            `config:"amiType"` // empty = AL2023 of the instances' architecture
}

// Taint keeps pods that do not tolerate it off a group's nodes.
type Taint struct {
	Key    string `config:"key"`
	Value  string `config:"value"`  // may be empty
	Effect string `config:"effect"` // NoSchedule, PreferNoSchedule or NoExecute
}

// Autoscaler holds the Cluster Autoscaler's settings.
type Autoscaler struct {
	ScanInterval         Duration `config:"scanInterval"`         // between looks at pods without a place
	UnneededTime         Duration `config:"unneededTime"`         // a node idles so long before it goes
	DelayAfterAdd        Duration `config:"delayAfterAdd"`        // after a scale-up no node goes for so long
	UtilizationThreshold float64  `config:"utilizationThreshold"` // requests over allocatable below which a node idles
	Image                string   `config:"image"`                // empty = the version table's, on registry.k8s.io; with nat none, a copy in a private ECR repository
}

// Headroom is room that is kept for a spike, in nodes or as a share of the nodes; neither = none.
type Headroom struct {
	Nodes       int     `config:"nodes"`       // nodes' worth of room
	Share       float64 `config:"share"`       // of the nodes of the groups without taints; a node at least
	Image       string  `config:"image"`       // of the pods that hold the room; empty = the version table's; with nat none, a copy in a private ECR repository
	ScalerImage string  `config:"scalerImage"` // of what follows the share; likewise
}

// Ingress is the way in from the internet.
type Ingress struct {
	Domain      string `config:"domain"`      // services are exposed below it; empty = none is
	Certificate string `config:"certificate"` // ARN of one that is there, for *.domain; empty = one is requested
	Zone        string `config:"zone"`        // id of the Route 53 zone in which the domain is proved, and waited for; empty = the records are exported
	Image       string `config:"image"`       // of the load balancers' controller; empty = the version table's, on public.ecr.aws; with nat none, a copy in a private ECR repository
}

// Team is one of those that share the cluster: its namespaces, their fences, and
// who may look and deploy.
type Team struct {
	Namespaces    []string          `config:"namespaces"`    // empty = one with the team's name
	PodSecurity   string            `config:"podSecurity"`   // restricted, baseline or privileged
	NetworkPolicy bool              `config:"networkPolicy"` // deny all traffic but DNS and the namespace's own
	Quota         map[string]string `config:"quota"`         // of each namespace: resource -> quantity; a null entry lifts a default
	Limits        Limits            `config:"limits"`
	Viewers       []string          `config:"viewers"`   // principals that may read
	Deployers     []string          `config:"deployers"` // principals that may deploy
	PodRoles      map[string]string `config:"podRoles"`  // by service: the IAM role, ARN or role/<name>, that its pods act as
	Delivery      TeamDelivery      `config:"delivery"`
}

// Delivery is how changes come in: from GitLab by roles that its jobs take on with tokens of the job's own, never by keys.
type Delivery struct {
	GitLab  string `config:"gitlab"`  // URL of the instance, such as https://gitlab.com; empty = no jobs take on roles
	Project string `config:"project"` // group/project that this platform itself is changed from
	State   Store  `config:"state"`
}

// Store is where the account keeps the state of its stacks: the teams' release roles keep theirs there.
type Store struct {
	Bucket string `config:"bucket"` // empty = bootstrap's, paddock-state-<account>
	Key    string `config:"key"`    // alias of the key that encrypts it; empty = bootstrap's, alias/paddock-state
}

// Cost is what a platform may cost.
type Cost struct {
	Prices map[string]float64 `config:"prices"` // in place of the table's, by the table's names
	Budget float64            `config:"budget"` // dollars a month that the most must be within; 0 = any
}

// TeamDelivery is where a team's images come from.
type TeamDelivery struct {
	Project  string   `config:"project"`  // group/project; empty = from whoever of the account IAM lets take on the team's roles
	Branch   string   `config:"branch"`   // the protected one of the project
	Services []string `config:"services"` // each has a repository for its images; empty = the team delivers in a way of its own
}

// Limits are Kubernetes quantities for containers that state none, and the most
// that one may state. Empty = not set.
type Limits struct {
	DefaultCPU    string `config:"defaultCpu"`
	DefaultMemory string `config:"defaultMemory"`
	RequestCPU    string `config:"requestCpu"`
	RequestMemory string `config:"requestMemory"`
	MaxCPU        string `config:"maxCpu"`
	MaxMemory     string `config:"maxMemory"`
}

// Duration is a time.Duration written as Go writes it: 90s, 10m.
type Duration time.Duration

// UnmarshalText reads Go's notation.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Wanted describes the notation to the operator.
func (Duration) Wanted() string { return "a duration such as 90s or 10m" }

// String is Go's notation.
func (d Duration) String() string { return time.Duration(d).String() }

// InitialSize is the node count a group is created with.
func (g NodeGroup) InitialSize() int {
	if g.Desired == 0 {
		return g.Min
	}
	return g.Desired
}

// NamespacesOf lists a team's namespaces in order, with the default spelt out.
func (t Team) NamespacesOf(team string) []string {
	if len(t.Namespaces) == 0 {
		return []string{team}
	}
	return slices.Sorted(slices.Values(t.Namespaces))
}
