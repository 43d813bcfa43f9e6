package run

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"paddock/grade/target"
	"paddock/grade/workload"
)

const calibrateMost = 10 * time.Minute

// Calibrate runs `grade calibrate` in the cluster against one pod of the workload, which nothing scales, and gives the requests a
// second that it carries. It removes what it made.
func Calibrate(ctx context.Context, api target.Cluster, s workload.Setting, server workload.Server, args []string) (rate float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, calibrateMost)
	defer cancel()
	s.HPA.MinReplicas, s.MaxPods, s.HeadroomNodes = 1, 1, 0
	if err := workload.Make(ctx, api, s, server, 1, 0); err != nil {
		return 0, err
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeMost)
		defer cancel()
		if _, failed := workload.Remove(last, api); err == nil {
			err = failed
		}
	}()
	if err := api.Create(ctx, workload.Jobs, workload.LoadJob("calibrate", server.Image, 1, append([]string{"calibrate", "--json"}, args...))); err != nil {
		return 0, fmt.Errorf("calibrate: %w", err)
	}
	for {
		var pods struct{ Items []corev1.Pod }
		if err := api.Get(ctx, workload.Pods+"?labelSelector=batch.kubernetes.io%2Fjob-name%3Dcalibrate", &pods); err != nil {
			return 0, fmt.Errorf("calibrate: %w", err)
		}
		for _, p := range pods.Items {
			switch p.Status.Phase {
			case corev1.PodSucceeded:
				return rateOf(ctx, api, p.Name)
			case corev1.PodFailed:
				return 0, fmt.Errorf("calibrate: pod %s failed: %s", p.Name, lastLine(ctx, api, p.Name))
			}
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("calibrate: %w", ctx.Err())
		case <-time.After(time.Second):
		}
	}
}

func rateOf(ctx context.Context, api target.Cluster, pod string) (float64, error) {
	line := lastLine(ctx, api, pod)
	var out struct{ Rate float64 }
	if err := json.Unmarshal([]byte(line), &out); err != nil || out.Rate <= 0 {
		return 0, fmt.Errorf("calibrate: pod %s: want a rate, got %q", pod, line)
	}
	return out.Rate, nil
}

func lastLine(ctx context.Context, api target.Cluster, pod string) string {
	body, err := api.Stream(ctx, workload.Pods+"/"+pod+"/log?tailLines=1")
	if err != nil {
		return err.Error()
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, 1<<16))
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text))
}
