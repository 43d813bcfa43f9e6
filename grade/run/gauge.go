package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/grade/kube"
	"paddock/grade/load"
)

// Gauge finds out, at one pod of a service, what it carries and what a request costs. The HPA sees that load, too, and may answer
// it: the pods that come of it go again before a run.
type Gauge struct {
	API       *kube.Client
	Path      string // of the requests
	Objective time.Duration
	Rate      float64       // requests a second that a pod carries within the objective; 0 = is found out
	CPU       float64       // core-seconds of a request; 0 = is measured
	Each      time.Duration // how long each rate is tried; 0 = load's default
	Say       func(format string, args ...any)

	// Forward leads to a port of a pod, until stop; nil = through the API server.
	Forward func(ctx context.Context, namespace, pod string, port int32) (address string, stop func(), err error)
}

// usageMost is how long metrics may take that tell of nothing but the gauge's own load; usageEvery is between two looks.
const (
	usageMost  = 3 * time.Minute
	usageEvery = time.Second
)

// Take fills in what is not given.
func (g *Gauge) Take(ctx context.Context, s *Service) error {
	if g.Rate > 0 && g.CPU > 0 {
		return nil
	}
	pod, port, err := s.pod(ctx, g.API)
	if err != nil {
		return err
	}
	forward := g.Forward
	if forward == nil {
		forward = g.API.Forward
	}
	at, stop, err := forward(ctx, s.Subject.Namespace, pod, port)
	if err != nil {
		return fmt.Errorf("service %s: %w", s, err)
	}
	defer stop()
	url := "http://" + at + g.Path
	if g.Rate == 0 {
		g.Say("calibrate: how many requests a second does pod %s carry within %v?", pod, g.Objective)
		c := load.Calibration{URL: url, Objective: g.Objective, Each: g.Each, Say: g.Say}
		if g.Rate, err = c.Find(ctx); err != nil {
			return fmt.Errorf("service %s: %s: %w", s, g.Path, err)
		}
	}
	if g.CPU == 0 {
		if g.CPU, err = g.cost(ctx, s, pod, url, g.Rate/2); err != nil {
			return fmt.Errorf("service %s: what a request costs: %w", s, err)
		}
	}
	g.Say("calibrate: %.1f requests a second, each of %.1f ms of CPU", g.Rate, 1000*g.CPU)
	return nil
}

// cost sends at one rate until the metrics API tells of a time in which nothing else went on.
func (g *Gauge) cost(ctx context.Context, s *Service, pod, url string, rate float64) (float64, error) {
	ctx, stop := context.WithTimeout(ctx, usageMost)
	defer stop()
	g.Say("calibrate: %.1f requests a second, until metrics show what they cost", rate)
	var sum load.Tally
	sent, start := make(chan struct{}), time.Now()
	attack := load.Attack{URL: url, Curve: same(rate), Length: usageMost.Seconds(), Start: start, Objective: g.Objective}
	sending, end := context.WithCancel(ctx)
	go func() {
		defer close(sent)
		attack.Run(sending, func(o load.Outcome) { sum.Count(o, g.Objective) })
	}()
	cores, err := g.usage(ctx, s, pod, start)
	end()
	<-sent
	switch {
	case err != nil:
		return 0, err
	case sum.Failed+sum.Dropped > sum.Sent/20:
		return 0, fmt.Errorf("%d of %d requests were not answered well", sum.Failed+sum.Dropped, sum.Sent)
	case cores <= 0:
		return 0, fmt.Errorf("%s takes no CPU that metrics show: want a path that is work", g.Path)
	}
	return cores / rate, nil
}

// same is the same demand all the time.
type same float64

func (s same) At(float64) float64 { return float64(s) }

// usage is what the pod used in a time that began after start.
func (g *Gauge) usage(ctx context.Context, s *Service, pod string, start time.Time) (float64, error) {
	last := errors.New("there are none")
	for {
		var m struct {
			Timestamp  metav1.Time
			Window     metav1.Duration
			Containers []struct {
				Usage struct{ CPU resource.Quantity }
			}
		}
		err := g.API.Get(ctx, "/apis/metrics.k8s.io/v1beta1/namespaces/"+s.Subject.Namespace+"/pods/"+pod, &m)
		// Stamps are of a whole second.
		if err == nil && m.Timestamp.Add(-m.Window.Duration-time.Second).After(start) {
			cores := 0.0
			for _, c := range m.Containers {
				cores += c.Usage.CPU.AsApproximateFloat64()
			}
			return cores, nil
		}
		if err != nil && ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("metrics of pod %s: %w: %w", pod, ctx.Err(), last)
		case <-time.After(usageEvery):
		}
	}
}

// pod is the oldest that serves, since others go rather when an HPA takes pods away, and the port that it serves at.
func (s *Service) pod(ctx context.Context, api API) (name string, port int32, err error) {
	if len(s.Ports) == 0 {
		return "", 0, fmt.Errorf("service %s: its pods name no port", s)
	}
	port = s.Ports[0].ContainerPort
	var pods struct{ Items []corev1.Pod }
	if err := api.Get(ctx, "/api/v1/namespaces/"+s.Subject.Namespace+"/pods?labelSelector="+s.Subject.Selector, &pods); err != nil {
		return "", 0, fmt.Errorf("service %s: %w", s, err)
	}
	var oldest time.Time
	for _, p := range pods.Items {
		if ready(p) && p.DeletionTimestamp == nil && (name == "" || p.CreationTimestamp.Time.Before(oldest)) {
			name, oldest = p.Name, p.CreationTimestamp.Time
		}
	}
	if name == "" {
		return "", 0, fmt.Errorf("service %s: none of its %d pods is ready", s, len(pods.Items))
	}
	return name, port, nil
}

func ready(p corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
