package verify

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/yaml"
)

// autoscalerStatus is the part of what the autoscaler writes down about itself after each scan that is looked at
// (cluster-autoscaler/clusterstate/api of Kubernetes' autoscaler, since 1.30).
type autoscalerStatus struct {
	Time             string `json:"time"`
	AutoscalerStatus string `json:"autoscalerStatus"`
	Message          string `json:"message"`
	ClusterWide      struct {
		Health health `json:"health"`
	} `json:"clusterWide"`
	NodeGroups []struct {
		Name    string `json:"name"`
		Health  health `json:"health"`
		ScaleUp struct {
			Status      string `json:"status"`
			BackoffInfo struct {
				ErrorCode    string `json:"errorCode"`
				ErrorMessage string `json:"errorMessage"`
			} `json:"backoffInfo"`
		} `json:"scaleUp"`
	} `json:"nodeGroups"`
}

type health struct {
	Status     string `json:"status"`
	MinSize    int    `json:"minSize"`
	NodeCounts struct {
		Registered struct {
			Total int `json:"total"`
			Ready int `json:"ready"`
		} `json:"registered"`
		LongUnregistered int `json:"longUnregistered"`
	} `json:"nodeCounts"`
}

const (
	statusPath   = "/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status"
	statusFormat = "2006-01-02 15:04:05.999999999 -0700 MST"

	// stale is how old a status may be. It is written after each scan, every 10 s at most; the rest is for this machine's clock.
	stale = 2 * time.Minute
)

func (c *cluster) readStatus(ctx context.Context) (*autoscalerStatus, error) {
	var held corev1.ConfigMap
	if err := c.get(ctx, statusPath, &held); err != nil {
		return nil, err
	}
	s := &autoscalerStatus{}
	if err := yaml.Unmarshal([]byte(held.Data["status"]), s); err != nil {
		return nil, fmt.Errorf("the autoscaler's status: %w", err)
	}
	return s, nil
}

// autoscalerStatus wants the autoscaler to say that all is well, and to have said so lately.
func (c *cluster) autoscalerStatus(ctx context.Context) outcome {
	if c.idle(ctx) {
		return skip("no autoscaler is to run")
	}
	s, err := c.readStatus(ctx)
	if err != nil && !apierrors.IsNotFound(err) {
		return trouble(err, "ConfigMap cluster-autoscaler-status")
	}
	if err != nil {
		return wait("there is no ConfigMap cluster-autoscaler-status: the autoscaler has not finished a scan; its log tells what of " +
			"Kubernetes or " +
			"AWS it cannot reach")
	}
	written, err := time.Parse(statusFormat, s.Time)
	if err != nil {
		return failed("the status says no time that can be read: %q", s.Time)
	}
	age := c.now().Sub(written).Round(time.Second)
	switch {
	case age > stale:
		return wait("the status is %s old: the autoscaler is not scanning; see its pods and log", age)
	case s.ClusterWide.Health.Status != "Healthy":
		return wait("the autoscaler calls the cluster %q (%s), with %d of %d nodes ready, and %d that never joined",
			s.ClusterWide.Health.Status,
			told(s), s.ClusterWide.Health.NodeCounts.Registered.Ready, s.ClusterWide.Health.NodeCounts.Registered.Total,
			s.ClusterWide.Health.NodeCounts.LongUnregistered)
	case len(s.NodeGroups) == 0:
		return wait("the autoscaler finds no node group: the Auto Scaling groups want the tags k8s.io/cluster-autoscaler/enabled and " +
			".../<cluster>, " +
			"and its role the right to see them")
	}
	var bad []string
	for _, g := range s.NodeGroups {
		if g.Health.Status != "Healthy" || g.ScaleUp.Status == "Backoff" {
			bad = append(bad, fmt.Sprintf("%s: %s, scale-up %s %s %s", g.Name, g.Health.Status, g.ScaleUp.Status,
				g.ScaleUp.BackoffInfo.ErrorCode,
				g.ScaleUp.BackoffInfo.ErrorMessage))
		}
	}
	if len(bad) > 0 {
		return wait("node groups are not well: %s", strings.Join(bad, "; "))
	}
	return ok("Healthy, %s ago, %d node groups", max(age, 0), len(s.NodeGroups))
}

func told(s *autoscalerStatus) string {
	if s.Message != "" {
		return s.AutoscalerStatus + ": " + s.Message
	}
	return s.AutoscalerStatus
}
