package run

import (
	"context"
	"fmt"
	"net/url"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"paddock/components/scaling"
	"paddock/grade/observe"
	"paddock/grade/workload"
)

// Service is a Deployment of somebody else's, with an HPA. Grade watches it and changes nothing of it.
type Service struct {
	Subject observe.Subject
	Setting workload.Setting
	Ports   []corev1.ContainerPort // of its pods

	labels   map[string]string // of its pods
	selector labels.Selector   // that finds them
}

// Has tells whether a pod is one of the service's.
func (s *Service) Has(p corev1.Pod) bool {
	return s != nil && p.Namespace == s.Subject.Namespace && s.selector.Matches(labels.Set(p.Labels))
}

func (s *Service) String() string { return s.Subject.Namespace + "/" + s.Subject.Name }

// Find reads a Deployment and its HPA.
func Find(ctx context.Context, api API, namespace, name string) (*Service, error) {
	var d appsv1.Deployment
	if err := api.Get(ctx, "/apis/apps/v1/namespaces/"+namespace+"/deployments/"+name, &d); err != nil {
		return nil, fmt.Errorf("service %s/%s: deployment: %w", namespace, name, err)
	}
	var hpas autoscalingv2.HorizontalPodAutoscalerList
	if err := api.Get(ctx, "/apis/autoscaling/v2/namespaces/"+namespace+"/horizontalpodautoscalers", &hpas); err != nil {
		return nil, fmt.Errorf("service %s/%s: autoscalers: %w", namespace, name, err)
	}
	selector, err := metav1.LabelSelectorAsSelector(d.Spec.Selector)
	if err != nil {
		return nil, fmt.Errorf("service %s/%s: selector: %w", namespace, name, err)
	}
	s := &Service{
		Subject: observe.Subject{Namespace: namespace, Name: name, Selector: url.QueryEscape(selector.String())},
		labels:  d.Spec.Template.Labels, selector: selector,
	}
	for _, c := range d.Spec.Template.Spec.Containers {
		s.Ports = append(s.Ports, c.Ports...)
	}
	for _, h := range hpas.Items {
		if h.Spec.ScaleTargetRef.Kind == "Deployment" && h.Spec.ScaleTargetRef.Name == name {
			if s.Setting, err = settingOf(d.Spec.Template.Spec, h.Spec); err != nil {
				return nil, fmt.Errorf("service %s/%s: %w", namespace, name, err)
			}
			return s, nil
		}
	}
	return nil, fmt.Errorf("service %s/%s: no HorizontalPodAutoscaler scales it", namespace, name)
}

// settingOf reads what a pod asks for, and how it is scaled.
func settingOf(pod corev1.PodSpec, h autoscalingv2.HorizontalPodAutoscalerSpec) (workload.Setting, error) {
	s := workload.Setting{Name: "service", MaxPods: h.MaxReplicas, HPA: scaling.Kubernetes()}
	var limit int64
	unlimited := false
	for _, c := range pod.Containers {
		s.RequestMilli += c.Resources.Requests.Cpu().MilliValue()
		s.RequestMi += c.Resources.Requests.Memory().Value() >> 20
		limit += c.Resources.Limits.Cpu().MilliValue()
		unlimited = unlimited || c.Resources.Limits.Cpu().IsZero()
	}
	if s.RequestMilli == 0 {
		return s, fmt.Errorf("its pods request no CPU, which the HPA goes by")
	}
	if !unlimited {
		s.HPA.LimitToRequest = float64(limit) / float64(s.RequestMilli)
	}
	if h.MinReplicas != nil {
		s.HPA.MinReplicas = int(*h.MinReplicas)
	}
	if len(h.Metrics) != 1 || h.Metrics[0].Resource == nil || h.Metrics[0].Resource.Name != corev1.ResourceCPU || h.Metrics[0].Resource.Target.AverageUtilization == nil {
		return s, fmt.Errorf("its HPA goes by something else than the utilization of CPU alone, for which demand cannot be told")
	}
	s.HPA.TargetPercent = int(*h.Metrics[0].Resource.Target.AverageUtilization)
	if b := h.Behavior; b != nil {
		s.HPA.Up, s.HPA.Down = over(s.HPA.Up, b.ScaleUp), over(s.HPA.Down, b.ScaleDown)
	}
	return s, nil
}

// over lays what an HPA says over what holds where it says nothing.
func over(r scaling.Rules, said *autoscalingv2.HPAScalingRules) scaling.Rules {
	if said == nil {
		return r
	}
	if said.StabilizationWindowSeconds != nil {
		r.Window = time.Duration(*said.StabilizationWindowSeconds) * time.Second
	}
	if said.SelectPolicy != nil {
		r.Select = string(*said.SelectPolicy)
	}
	if said.Policies != nil {
		r.Policies = nil
	}
	for _, p := range said.Policies {
		r.Policies = append(r.Policies, scaling.Policy{Kind: string(p.Type), Value: int(p.Value), Period: time.Duration(p.PeriodSeconds) * time.Second})
	}
	return r
}
