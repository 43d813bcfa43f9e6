package workload_test

import (
	"context"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"paddock/grade/workload"
)

// placing says of the workload that its pods are ready at the second look.
type placing struct {
	calls []string
	looks int
}

func (p *placing) Create(_ context.Context, path string, body any) error {
	name := path
	if d, is := body.(*appsv1.Deployment); is {
		name = d.Name
	}
	p.calls = append(p.calls, name)
	return nil
}

func (p *placing) Get(_ context.Context, _ string, out any) error {
	p.looks++
	if d, is := out.(*appsv1.Deployment); is && p.looks > 1 {
		d.Status.ReadyReplicas = 4
		p.calls = append(p.calls, "ready")
	}
	return nil
}

func (p *placing) Delete(context.Context, string) error { return nil }

// Room that was held first would decide which nodes the workload goes to.
func TestMakePlacesTheWorkloadFirst(t *testing.T) {
	api := &placing{}
	s := workload.Setting{}
	if err := workload.Make(t.Context(), api, s, workload.Server{}, 4, 14); err != nil {
		t.Fatal(err)
	}
	order := []string{workload.App, "ready", workload.Headroom}
	var got []string
	for _, call := range api.calls {
		if slices.Contains(order, call) {
			got = append(got, call)
		}
	}
	if !slices.Equal(got, order) {
		t.Errorf("order %v, want %v", got, order)
	}
}
