// Package trace is what a graded run leaves behind: who asked for how much, who supplied it, and when. It is plain data in
// JSON; measuring and drawing come later and need nothing else.
package trace

import "time"

// Schema is the version of the JSON form; a reader refuses any other.
const Schema = 1

// Run is one profile with one seed under one setting on one target.
type Run struct {
	Schema   int               `json:"schema"`
	Target   string            `json:"target"`   // sandbox or cluster
	Setting  string            `json:"setting"`  // name of what is compared, such as paddock or defaults
	Settings map[string]string `json:"settings"` // what was in force: delays, HPA behaviour, headroom, autoscaler flags
	Profile  string            `json:"profile"`  // of package profile
	Seed     int64             `json:"seed"`
	Started  time.Time         `json:"started"`
	Length   float64           `json:"length"` // s, as planned
	Unit     string            `json:"unit"`   // of demand: cores or requests/s
	Workload Workload          `json:"workload"`
	Samples  []Sample          `json:"samples"`
	ScaleUps []ScaleUp         `json:"scaleUps"`
	Gaps     []Gap             `json:"gaps,omitempty"`    // times without figures, which no metric counts
	Partial  string            `json:"partial,omitempty"` // why the run ended early; empty = it is whole
}

// Workload is what is scaled, and on what.
type Workload struct {
	PodDemand     float64 `json:"podDemand"` // demand that one pod serves at the HPA's target, in Run.Unit
	PodLimit      float64 `json:"podLimit"`  // demand that one pod serves at most, in Run.Unit
	RequestMilli  int64   `json:"requestMilli"`
	LimitMilli    int64   `json:"limitMilli"`
	RequestMi     int64   `json:"requestMi"`
	TargetPercent int     `json:"targetPercent"` // of the request: where the HPA aims
	MinPods       int     `json:"minPods"`
	MaxPods       int     `json:"maxPods"`
	Node          Node    `json:"node"`
}

// Node is what one node of the group offers, less what the system's own pods on every node take.
type Node struct {
	Type      string  `json:"type"`
	CPUMilli  int64   `json:"cpuMilli"` // allocatable, less DaemonSets
	MemoryMi  int64   `json:"memoryMi"`
	Pods      int     `json:"pods"`
	MinNodes  int     `json:"minNodes"`
	MaxNodes  int     `json:"maxNodes"`
	BaseMilli int64   `json:"baseMilli"` // requested in the whole cluster by pods that are neither DaemonSets' nor the workload's nor headroom
	BaseMi    int64   `json:"baseMi"`
	BasePods  int     `json:"basePods"`
	Dollars   float64 `json:"dollars"` // list price of an hour
}

// Sample is the state at one moment. Between two samples the earlier one holds.
type Sample struct {
	At       float64 `json:"at"`     // s since the start
	Demand   float64 `json:"demand"` // in Run.Unit
	Desired  int     `json:"desired"`
	Made     int     `json:"made,omitempty"`   // pods that there are
	Placed   int     `json:"placed,omitempty"` // pods that have a node
	Ready    int     `json:"ready"`            // pods that serve
	Pending  int     `json:"pending"`          // pods that no node has room for
	Nodes    int     `json:"nodes"`            // instances that are paid for
	NodesUp  int     `json:"nodesUp"`          // Ready nodes
	Sent     float64 `json:"sent"`             // requests since the last sample (cluster), or core-seconds asked for (sandbox)
	Violated float64 `json:"violated"`         // of these: dropped, failed or later than the objective; not served (sandbox)
}

// Gap is a time without figures.
type Gap struct {
	From float64 `json:"from"` // s since the start
	To   float64 `json:"to"`
	Why  string  `json:"why"`
}

// ScaleUp is one answer to one rise of demand, as a ledger: when each stage was over. Stages that did not happen, such as
// those of nodes where there was room, are left out.
type ScaleUp struct {
	At     float64 `json:"at"`     // s since the start at which demand rose
	From   float64 `json:"from"`   // demand before
	To     float64 `json:"to"`     // and after
	Pods   int     `json:"pods"`   // that were missing
	Nodes  int     `json:"nodes"`  // that came
	Stages []Stage `json:"stages"` // in order of time
	Done   bool    `json:"done"`   // capacity was reached before demand fell or the run ended
	// Reaction is the time from the first pod without room to the first call for nodes after it, in s; 0 = there was none. Where
	// an HPA rises in steps, the stages tell of the first pod and of the last call: its steps are no fault of the autoscaler.
	Reaction float64 `json:"reaction,omitempty"`
}

// Stage is one step of a scale-up; it lasts from the end of the one before, or from the rise.
type Stage struct {
	Name string  `json:"name"`
	End  float64 `json:"end"` // s since the start of the run
}

// Stages in the order in which they end.
const (
	Scrape        = "scrape"             // the metrics API shows the new usage
	Decision      = "HPA decision"       // the Deployment wants all the pods that demand needs
	Unschedulable = "unschedulable"      // the scheduler has found no room for a pod
	Call          = "SetDesiredCapacity" // the autoscaler has asked for nodes
	Running       = "instance running"   // EC2 says so of the last instance
	NodeReady     = "node Ready"         // the last node takes pods
	PodReady      = "pod Ready"          // capacity meets demand
)

// StageNames lists the stages in order.
func StageNames() []string {
	return []string{Scrape, Decision, Unschedulable, Call, Running, NodeReady, PodReady}
}

// Total is how long the scale-up took, in seconds: the sum of its stages.
func (s ScaleUp) Total() float64 {
	if len(s.Stages) == 0 {
		return 0
	}
	return s.Stages[len(s.Stages)-1].End - s.At
}

// Lasted gives the length of each stage in seconds, in order.
func (s ScaleUp) Lasted() []float64 {
	before, out := s.At, make([]float64, 0, len(s.Stages))
	for _, stage := range s.Stages {
		out = append(out, stage.End-before)
		before = stage.End
	}
	return out
}
