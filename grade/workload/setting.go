// Package workload makes what a graded run scales: a namespace with a Deployment, its HPA and, where a setting says so, room
// held in reserve. It deletes all of it again.
package workload

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/components/scaling"
	"paddock/grade/measure"
)

// Size of a pod where nothing else is said: half a dozen of them fill an m5.large.
const (
	RequestMilli = 250
	RequestMi    = 256
	maxPods      = 40
)

// Setting is one way of scaling, to be graded or compared.
type Setting struct {
	Name          string
	HPA           scaling.HPA
	Default       bool  // the HPA says nothing of its behaviour: Kubernetes' own holds
	RequestMilli  int64 // CPU of a pod
	RequestMi     int64 // memory of a pod, which is its limit, too
	MaxPods       int32
	HeadroomNodes int // nodes' worth of room held by pause pods that anything may push away
}

// TargetCores is what a pod uses at the HPA's target.
func (s Setting) TargetCores() float64 {
	return float64(s.RequestMilli) / 1000 * float64(s.HPA.TargetPercent) / 100
}

// LimitMilli is what a pod may use at most; 0 = no limit.
func (s Setting) LimitMilli() int64 {
	return int64(float64(s.RequestMilli)*s.HPA.LimitToRequest + 0.5)
}

// Same tells whether two settings differ in nothing but their names.
func (s Setting) Same(other Setting) bool {
	s.Name = other.Name
	return reflect.DeepEqual(s, other)
}

// Names lists the settings that there are.
func Names() []string { return []string{"paddock", "kubernetes", "headroom", "no-headroom"} }

// Named gives a setting by its name. defaults is another word for kubernetes.
func Named(name string) (Setting, error) {
	if name == "defaults" {
		name = "kubernetes"
	}
	if !slices.Contains(Names(), name) {
		return Setting{}, fmt.Errorf("setting: %q: want one of %v, or defaults", name, Names())
	}
	s := Setting{Name: name, HPA: scaling.Recommended(), RequestMilli: RequestMilli, RequestMi: RequestMi, MaxPods: maxPods}
	switch name {
	case "kubernetes":
		s.HPA, s.Default = scaling.Kubernetes(), true
	case "headroom":
		s.HeadroomNodes = 1
	}
	return s, nil
}

// Map tells the setting for the record, in the words of package measure, which computes with them. perNode is how many pods a
// node takes; the rest is room that the cluster itself holds in reserve.
func (s Setting) Map(perNode int, milli, mi, pods int64) map[string]string {
	own := int64(s.HeadroomNodes * perNode)
	out := map[string]string{
		measure.KeyHeadroomMilli: fmt.Sprintf("%dm", milli+own*s.RequestMilli),
		measure.KeyHeadroomMi:    fmt.Sprintf("%dMi", mi+own*s.RequestMi),
		measure.KeyHeadroomPods:  strconv.FormatInt(pods+own, 10),
		measure.KeyDownWindow:    s.HPA.Down.Window.String(),
	}
	percent, more := 0, 0
	for _, p := range s.HPA.Up.Policies {
		if p.Kind == scaling.Percent {
			percent = p.Value
		} else {
			more = p.Value
		}
		out[measure.KeyUpPeriod] = p.Period.String()
	}
	out[measure.KeyUpPercent], out[measure.KeyUpPods] = strconv.Itoa(percent), strconv.Itoa(more)
	return out
}

// behavior is the HPA's; nil = Kubernetes' own.
func (s Setting) behavior() *autoscalingv2.HorizontalPodAutoscalerBehavior {
	if s.Default {
		return nil
	}
	return &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleUp: rules(s.HPA.Up), ScaleDown: rules(s.HPA.Down)}
}

func rules(r scaling.Rules) *autoscalingv2.HPAScalingRules {
	window, choice := int32(r.Window.Seconds()), autoscalingv2.ScalingPolicySelect(r.Select)
	out := &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: &window, SelectPolicy: &choice}
	for _, p := range r.Policies {
		out.Policies = append(out.Policies, autoscalingv2.HPAScalingPolicy{
			Type: autoscalingv2.HPAScalingPolicyType(p.Kind), Value: int32(p.Value), PeriodSeconds: int32(p.Period.Seconds()),
		})
	}
	return out
}

func milli(n int64) resource.Quantity { return *resource.NewMilliQuantity(n, resource.DecimalSI) }

func mebi(n int64) resource.Quantity { return *resource.NewQuantity(n<<20, resource.BinarySI) }
