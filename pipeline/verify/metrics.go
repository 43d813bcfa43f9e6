package verify

import (
	"context"
	"encoding/json"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

const metricsAPI = "/apis/metrics.k8s.io/v1beta1/"

// metricsAPI wants the API of metrics-server to be within the API server's reach.
func (c *cluster) metricsAPI(ctx context.Context) outcome {
	var service struct {
		Status struct {
			Conditions []struct{ Type, Status, Reason, Message string }
		}
	}
	err := c.get(ctx, "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io", &service)
	if apierrors.IsNotFound(err) {
		return failed("there is no APIService v1beta1.metrics.k8s.io: metrics-server is not installed; `pulumi up` installs the add-on")
	}
	if err != nil {
		return trouble(err, "APIService v1beta1.metrics.k8s.io")
	}
	for _, cond := range service.Status.Conditions {
		if cond.Type == "Available" && cond.Status == "True" {
			return ok("Available")
		}
		if cond.Type == "Available" {
			return wait("not Available: %s: %s; look at the pods of metrics-server in kube-system, and whether the nodes' security group "+
				"lets the "+
				"control plane reach port 10251", cond.Reason, cond.Message)
		}
	}
	return wait("nobody has looked yet whether it is Available")
}

// figures is the part of a list of metrics that is looked at.
type figures struct {
	Items []struct {
		Metadata struct{ Name, Namespace string }
		Usage    map[string]json.RawMessage
	}
}

// nodeMetrics wants figures of every node that has been Ready for two minutes; a first one takes half a minute.
func (c *cluster) nodeMetrics(ctx context.Context) outcome {
	var list corev1.NodeList
	if err := c.get(ctx, "/api/v1/nodes", &list); err != nil {
		return trouble(err, "nodes")
	}
	var have figures
	if o, answered := c.figures(ctx, "nodes", &have); !answered {
		return o
	}
	known := map[string]bool{}
	for _, item := range have.Items {
		known[item.Metadata.Name] = len(item.Usage) > 0
	}
	for _, n := range list.Items {
		state, since := readiness(&n)
		if state != nil && state.Status == corev1.ConditionTrue && !leaving(&n) && !known[n.Name] && (len(known) == 0 ||
			c.now().Sub(since) > 2*time.Minute) {
			return wait("no figures of node %s: metrics-server's log tells why; HorizontalPodAutoscalers stand still without", n.Name)
		}
	}
	return ok("of %d nodes", len(known))
}

func (c *cluster) podMetrics(ctx context.Context) outcome {
	var have figures
	if o, answered := c.figures(ctx, "pods", &have); !answered {
		return o
	}
	if len(have.Items) == 0 {
		return wait("no figures of any pod: metrics-server's log tells why; HorizontalPodAutoscalers stand still without")
	}
	return ok("of %d pods", len(have.Items))
}

func (c *cluster) figures(ctx context.Context, of string, out *figures) (outcome, bool) {
	err := c.get(ctx, metricsAPI+of, out)
	if apierrors.IsNotFound(err) {
		return failed("the API metrics.k8s.io is not served: metrics-server is not installed; `pulumi up` installs the add-on"), false
	}
	if err != nil {
		return trouble(err, "metrics of "+of), false
	}
	return outcome{}, true
}
