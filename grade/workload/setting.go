// Package workload makes what a graded run scales: a namespace with a Deployment, its HPA and, where a setting says so, room
// held in reserve. It deletes all of it again.
package workload

import (
	"fmt"
	"slices"
	"strconv"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
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

// Map tells the setting in words, for the record.
func (s Setting) Map() map[string]string {
	out := map[string]string{
		"request":  fmt.Sprintf("%dm CPU, %dMi", s.RequestMilli, s.RequestMi),
		"limit":    fmt.Sprintf("%dm CPU", s.LimitMilli),
		"target":   fmt.Sprintf("%d%% of the request", s.TargetPercent),
		"pods":     fmt.Sprintf("%d to %d", s.MinPods, s.MaxPods),
		"headroom": strconv.Itoa(s.HeadroomNodes) + " nodes",
		"scale up": "Kubernetes' default", "scale down": "Kubernetes' default",
	}
	if s.Behavior != nil {
		out["scale up"] = rules(s.Behavior.ScaleUp)
		out["scale down"] = rules(s.Behavior.ScaleDown)
	}
	return out
}

func rules(r *autoscalingv2.HPAScalingRules) string {
	if r == nil {
		return "Kubernetes' default"
	}
	text := ""
	for _, p := range r.Policies {
		unit := " pods"
		if p.Type == autoscalingv2.PercentScalingPolicy {
			unit = "%"
		}
		text += fmt.Sprintf("%d%s in %ds, ", p.Value, unit, p.PeriodSeconds)
	}
	if r.StabilizationWindowSeconds != nil {
		return fmt.Sprintf("%swindow %ds", text, *r.StabilizationWindowSeconds)
	}
	return text + "default window"
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
