// Package scaling is the one place that says how the platform's HorizontalPodAutoscalers are set, and how they would be set by
// Kubernetes if nobody did. It is pure data and arithmetic, for the services' components and for whoever grades them.
package scaling

import (
	"math"
	"time"
)

// HPA is what decides how fast a service follows its load.
type HPA struct {
	TargetPercent  int     // mean CPU use that the autoscaler steers to, in percent of the request
	LimitToRequest float64 // a container's CPU limit over its request; 0 = no limit
	MinReplicas    int
	Up, Down       Rules
}

// Rules bound how fast the number of pods changes in one direction.
type Rules struct {
	Window   time.Duration // the most cautious recommendation of so long a time counts; 0 = the latest
	Select   string        // which policy decides where there are several
	Policies []Policy
}

// Policy allows a change of so much, of Kind Percent or Pods, in each Period.
type Policy struct {
	Kind   string
	Value  int
	Period time.Duration
}

// Values of Policy.Kind and Rules.Select, as autoscaling/v2 spells them.
const (
	Percent = "Percent"
	Pods    = "Pods"
	Max     = "Max" // the policy that allows the greater change
)

// period is the shortest that is of use: the autoscaler looks at a workload every 15 s, and on EKS nobody can change that.
const period = 15 * time.Second

// Recommended is the platform's.
//
// Target and limit belong together. The autoscaler counts only pods that are ready, and none shows more use than its limit:
// one round multiplies the pods by Reach at most, and a round lasts as long as a pod takes to start and to be measured, half a
// minute at best. 60 % and a limit of four requests reach 6.7: a load that grows to its fivefold is met in one round, even if
// one pod in five has no figure yet. A target of 70 % would save a seventh of the pods, but where a node is full its pods cannot
// burst much above their requests, and then what the target leaves free is all that there is until new pods come. The limit
// costs nothing: nodes are filled by requests. (Of CPU only. Memory is not given back, so its limit is its request.)
//
// Up: the whole of a round must be allowed at once, and at once means without a window. 900 % in a period is tenfold, more than
// Reach asks for, so the measurement alone decides. Kubernetes allows the greater of a doubling and four pods, which is three
// periods from 4 pods to 27.
//
// Down: 120 s instead of Kubernetes' 300 s. What falls and comes back within two minutes, longer than a node takes to boot, finds
// its pods still there; on a wave of a quarter of an hour from 2 pods to 10, it keeps 18 % more than are needed, and 300 s would
// keep 42 %. Then half goes in each period, not all: what the last two minutes said may still be wrong, and two halvings, half a
// minute, undo a fivefold rise.
//
// Two pods, because the loss of one must not be the loss of the service; they are also what a round multiplies.
func Recommended() HPA {
	return HPA{
		TargetPercent:  60,
		LimitToRequest: 4,
		MinReplicas:    2,
		Up:             Rules{Select: Max, Policies: []Policy{{Percent, 900, period}}},
		Down:           Rules{Window: 120 * time.Second, Select: Max, Policies: []Policy{{Percent, 50, period}}},
	}
}

// Kubernetes is what holds where a HorizontalPodAutoscaler says nothing. In kubernetes/kubernetes: target, minimum and policies
// are of pkg/apis/autoscaling (DefaultCPUUtilization) and pkg/apis/autoscaling/v2/defaults.go, the window of scaling down is of
// pkg/controller/podautoscaler/config/v1alpha1/defaults.go. A container that states no CPU limit has none.
func Kubernetes() HPA {
	return HPA{
		TargetPercent: 80,
		MinReplicas:   1,
		Up:            Rules{Select: Max, Policies: []Policy{{Pods, 4, period}, {Percent, 100, period}}},
		Down:          Rules{Window: 300 * time.Second, Select: Max, Policies: []Policy{{Percent, 100, period}}},
	}
}

// Reach is by how much one round can multiply the pods: limit / (request * target). It is infinite without a limit, and then the
// node is what bounds it.
//
// The law is that of pkg/controller/podautoscaler/replica_calculator.go in kubernetes/kubernetes: wanted <= ready pods * use /
// target. Pods that are pending, unready or without a figure count as using nothing while the number grows.
func (h HPA) Reach() float64 {
	if h.LimitToRequest == 0 {
		return math.Inf(1)
	}
	return h.LimitToRequest * 100 / float64(h.TargetPercent)
}

// Rounds is how many rounds a load takes that grows to so many times itself, from pods at their target:
// ceil(ln factor / ln Reach). It is false if no number of rounds is enough: the pods are throttled at or below the target,
// so that the autoscaler never sees more than it wants.
func (h HPA) Rounds(factor float64) (int, bool) {
	if factor <= 1 {
		return 0, true
	}
	reach := h.Reach()
	if reach <= 1 {
		return 0, false
	}
	// By multiplication, not by logarithms, whose quotient may be a hair above a whole number.
	rounds := 1
	for got := reach; got < factor*(1-1e-9); got *= reach {
		rounds++
	}
	return rounds, true
}

// Periods is in how many periods the policies allow a change from one number of pods to another, both of them at least 1.
// The first begins with the change itself.
func (r Rules) Periods(from, to int) int {
	periods := 0
	for at := from; at != to; periods++ {
		if to > from {
			at = min(to, r.most(at))
		} else {
			at = max(to, r.least(at))
		}
	}
	return periods
}

// most and least round as pkg/controller/podautoscaler/horizontal.go does, both towards the greater change, which is one pod at
// least.
func (r Rules) most(at int) int {
	most := at + 1
	for _, p := range r.Policies {
		if p.Kind == Pods {
			most = max(most, at+p.Value)
		} else {
			most = max(most, int(math.Ceil(float64(at)*(1+float64(p.Value)/100))))
		}
	}
	return most
}

func (r Rules) least(at int) int {
	least := at - 1
	for _, p := range r.Policies {
		if p.Kind == Pods {
			least = min(least, at-p.Value)
		} else {
			least = min(least, int(float64(at)*(1-float64(p.Value)/100)))
		}
	}
	return least
}
