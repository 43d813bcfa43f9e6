// Package workload makes what a graded run scales: a namespace with a Deployment, its HPA and, where a setting says so, room
// held in reserve. It deletes all of it again.
package workload

import (
	"fmt"
	"slices"
	"strconv"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/grade/measure"
)

// Setting is one way of scaling, to be graded or compared.
type Setting struct {
	Name          string
	RequestMilli  int64 // CPU of a pod
	LimitMilli    int64 // CPU that a pod may use: how much a round of the HPA can see
	RequestMi     int64 // memory of a pod
	TargetPercent int32 // of the request: where the HPA aims
	MinPods       int32
	MaxPods       int32
	Behavior      *autoscalingv2.HorizontalPodAutoscalerBehavior // nil = Kubernetes' own
	HeadroomNodes int                                            // nodes' worth of room held by pause pods that anything may push away
}

// TargetCores is what a pod uses at the HPA's target.
func (s Setting) TargetCores() float64 {
	return float64(s.RequestMilli) / 1000 * float64(s.TargetPercent) / 100
}

// LimitCores is what a pod may use at most.
func (s Setting) LimitCores() float64 { return float64(s.LimitMilli) / 1000 }

// Map tells the setting for the record, in the words of package measure where it computes with them. perNode is how many pods
// a node takes; the rest is room that the cluster itself holds in reserve.
func (s Setting) Map(perNode int, milli, mi, pods int64) map[string]string {
	own := int64(s.HeadroomNodes * perNode)
	out := map[string]string{
		measure.KeyHeadroomMilli: fmt.Sprintf("%dm", milli+own*s.RequestMilli),
		measure.KeyHeadroomMi:    fmt.Sprintf("%dMi", mi+own*s.RequestMi),
		measure.KeyHeadroomPods:  strconv.FormatInt(pods+own, 10),
		"headroom.nodes":         strconv.Itoa(s.HeadroomNodes),
	}
	if s.Behavior == nil {
		return out
	}
	if up := s.Behavior.ScaleUp; up != nil && up.Policies != nil {
		percent, more, period := 0, 0, 0
		for _, p := range up.Policies {
			if p.Type == autoscalingv2.PercentScalingPolicy {
				percent = int(p.Value)
			} else {
				more = int(p.Value)
			}
			period = int(p.PeriodSeconds)
		}
		out[measure.KeyUpPercent], out[measure.KeyUpPods] = strconv.Itoa(percent), strconv.Itoa(more)
		out[measure.KeyUpPeriod] = fmt.Sprintf("%ds", period)
	}
	if down := s.Behavior.ScaleDown; down != nil && down.StabilizationWindowSeconds != nil {
		out[measure.KeyDownWindow] = fmt.Sprintf("%ds", *down.StabilizationWindowSeconds)
	}
	return out
}

// Names lists the settings that there are.
func Names() []string {
	return []string{"paddock", "kubernetes", "headroom", "no-headroom"}
}

// Named gives a setting by its name. defaults is another word for kubernetes.
func Named(name string) (Setting, error) {
	if name == "defaults" {
		name = "kubernetes"
	}
	if !slices.Contains(Names(), name) {
		return Setting{}, fmt.Errorf("setting: %q: want one of %v, or defaults", name, Names())
	}
	s := Setting{Name: name, RequestMilli: 250, LimitMilli: 825, RequestMi: 256, TargetPercent: 60, MinPods: 2, MaxPods: 30, Behavior: recommended()}
	switch name {
	case "kubernetes":
		s.Behavior = nil
	case "headroom":
		s.HeadroomNodes = 1
	}
	return s, nil
}

// recommended lets one round carry a spike, and gives pods back after two minutes.
func recommended() *autoscalingv2.HorizontalPodAutoscalerBehavior {
	up, down, most := int32(0), int32(120), autoscalingv2.MaxChangePolicySelect
	return &autoscalingv2.HorizontalPodAutoscalerBehavior{
		ScaleUp: &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: &up, SelectPolicy: &most, Policies: []autoscalingv2.HPAScalingPolicy{
			{Type: autoscalingv2.PercentScalingPolicy, Value: 900, PeriodSeconds: 15},
		}},
		ScaleDown: &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: &down, SelectPolicy: &most, Policies: []autoscalingv2.HPAScalingPolicy{
			{Type: autoscalingv2.PercentScalingPolicy, Value: 100, PeriodSeconds: 15},
		}},
	}
}

func milli(n int64) resource.Quantity { return *resource.NewMilliQuantity(n, resource.DecimalSI) }

func mebi(n int64) resource.Quantity { return *resource.NewQuantity(n<<20, resource.BinarySI) }
