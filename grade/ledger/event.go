// Package ledger turns what was seen during a run into the stages of each scale-up. It is arithmetic on events and knows no
// cluster.
package ledger

import "slices"

// Kind says what was seen.
type Kind string

// The kinds of events. Value and Name hold what is said here and nothing else.
const (
	Usage         Kind = "usage"         // the metrics API showed Value cores of the workload, measured until Stamp
	Desired       Kind = "desired"       // the Deployment wants Value pods
	Unschedulable Kind = "unschedulable" // no room for the pod Name, not even by preemption
	Call          Kind = "call"          // the desired size of a group was raised, to Value
	Running       Kind = "running"       // the instance Name runs
	NodeUp        Kind = "node"          // the node Name is Ready; On is its instance
	Ready         Kind = "ready"         // Value pods are Ready; the one that changed is on the node On
)

// Event is one thing seen at one moment. Times are seconds since the start of the run.
type Event struct {
	At    float64 `json:"at"`
	Kind  Kind    `json:"kind"`
	Value float64 `json:"value,omitempty"`
	Name  string  `json:"name,omitempty"`
	On    string  `json:"on,omitempty"`
	Stamp float64 `json:"stamp,omitempty"`
}

// Rise is a rise of demand.
type Rise struct {
	At   float64 // s since the start
	From float64 // demand before
	To   float64 // and after
	Ends float64 // s since the start at which demand falls again, or the run ends
}

// Rules are what the HPA goes by.
type Rules struct {
	PodDemand float64 // demand that a pod serves at the HPA's target
	MinPods   int
	Tolerance float64 // by which usage may be off the target without the HPA acting; 0.1 is Kubernetes' own
	Cores     float64 // cores that a pod uses at the HPA's target: what usage is compared with
}

// events are sorted by time; of events at one moment the order in which they were seen stays.
type events []Event

func sorted(list []Event) events {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b Event) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
	return out
}

// first gives the first event of a kind in (after, until] that fits.
func (e events) first(kind Kind, after, until float64, fits func(Event) bool) (Event, bool) {
	for _, v := range e {
		if v.Kind == kind && v.At > after && v.At <= until && fits(v) {
			return v, true
		}
	}
	return Event{}, false
}

// last gives the last event of a kind at or before a moment.
func (e events) last(kind Kind, until float64) (Event, bool) {
	for i := len(e) - 1; i >= 0; i-- {
		if e[i].Kind == kind && e[i].At <= until {
			return e[i], true
		}
	}
	return Event{}, false
}

func anyOf(Event) bool { return true }
