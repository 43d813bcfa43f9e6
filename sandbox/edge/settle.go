package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"paddock/sandbox/aws"
	"paddock/sandbox/machine"
)

// What tells the controller's pods from others, and that they have been given credentials.
const (
	namespace      = "kube-system"
	selector       = "app.kubernetes.io/name=aws-load-balancer-controller"
	ServiceAccount = "aws-load-balancer-controller" // whose rights it reads and writes with
	credentialsURI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
)

var podResource = schema.GroupVersionResource{Version: "v1", Resource: "pods"}

// leader is the pod that acts: the first that is ready, and that got credentials when it was admitted.
func (c *controller) leader(ctx context.Context) (as machine.ServiceAccount, err error) {
	list, err := c.own.Resource(podResource).Namespace(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return as, err
	}
	err = errors.New("no ready pod of the controller has a role by Pod Identity")
	for _, u := range list.Items {
		var p corev1.Pod
		if bad := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &p); bad != nil {
			return as, bad
		}
		if p.DeletionTimestamp == nil && isReady(&p) && hasCredentials(&p) {
			return machine.ServiceAccount{Namespace: p.Namespace, Name: p.Spec.ServiceAccountName, Pod: p.Name, PodUID: string(p.UID)}, nil
		}
	}
	return as, err
}

func isReady(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

func hasCredentials(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Spec.Containers, func(c corev1.Container) bool {
		return slices.ContainsFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == credentialsURI })
	})
}

// settle makes a group's load balancer what its Ingresses say. The finalizer comes before there is anything, and goes when there is
// nothing any more.
func (c *controller) settle(ctx context.Context, as machine.ServiceAccount, g *group) error {
	if len(g.members) == 0 {
		if err := c.cfg.Cloud.Unbalance(as, c.cluster, g.stack); err != nil {
			return err
		}
		return c.release(ctx, g)
	}
	for _, i := range g.members {
		if !slices.Contains(i.Finalizers, g.finalizer) {
			if err := c.finalizers(ctx, i, append(slices.Clone(i.Finalizers), g.finalizer)); err != nil {
				return err
			}
		}
	}
	dns, err := c.cfg.Cloud.Balance(as, g.wanted(c.cluster))
	if err != nil {
		return err
	}
	for _, i := range g.members {
		if err := c.publish(ctx, i, dns); err != nil {
			return err
		}
	}
	return c.release(ctx, g)
}

// wanted is the group's load balancer: what the class says counts, then what the first Ingress says.
func (g *group) wanted(cluster string) aws.Balancer {
	b := aws.Balancer{
		Cluster: cluster, Stack: g.stack, Name: balancerName(cluster, g.stack), Internal: true,
		Certificates: g.params.Certificates, Tags: map[string]string{},
	}
	for _, i := range g.members {
		if scheme := i.Annotations[annotations+"scheme"]; scheme == "internet-facing" {
			b.Internal = false
		}
		for _, arn := range commas(i.Annotations[annotations+"certificate-arn"]) {
			if len(g.params.Certificates) == 0 && !slices.Contains(b.Certificates, arn) {
				b.Certificates = append(b.Certificates, arn)
			}
		}
	}
	if g.params.Scheme != "" {
		b.Internal = g.params.Scheme != "internet-facing"
	}
	for _, tag := range g.params.Tags {
		b.Tags[tag.Key] = tag.Value
	}
	return b
}

func commas(list string) (words []string) {
	for word := range strings.SplitSeq(list, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// release lets Ingresses go whose load balancer is gone, or serves them no more.
func (c *controller) release(ctx context.Context, g *group) error {
	for _, i := range g.leaving {
		left := slices.DeleteFunc(slices.Clone(i.Finalizers), func(f string) bool { return f == g.finalizer })
		if err := c.finalizers(ctx, i, left); err != nil {
			return err
		}
	}
	return nil
}

func (c *controller) finalizers(ctx context.Context, i *networking.Ingress, list []string) error {
	return c.patch(ctx, i, map[string]any{"metadata": map[string]any{"finalizers": list, "resourceVersion": i.ResourceVersion}})
}

// publish tells under which name the load balancer is found.
func (c *controller) publish(ctx context.Context, i *networking.Ingress, dns string) error {
	if hostname(i) == dns {
		return nil
	}
	names := []any{map[string]any{"hostname": dns}}
	status := map[string]any{"status": map[string]any{"loadBalancer": map[string]any{"ingress": names}}}
	if err := c.patch(ctx, i, status, "status"); err != nil {
		return err
	}
	c.event(ctx, i, corev1.EventTypeNormal, "SuccessfullyReconciled", "Successfully reconciled")
	return nil
}

func hostname(i *networking.Ingress) string {
	for _, at := range i.Status.LoadBalancer.Ingress {
		return at.Hostname
	}
	return ""
}

func (c *controller) patch(ctx context.Context, i *networking.Ingress, change map[string]any, part ...string) error {
	raw, err := json.Marshal(change)
	if err != nil {
		return err
	}
	there := c.own.Resource(ingressResource).Namespace(i.Namespace)
	_, err = there.Patch(ctx, i.Name, types.MergePatchType, raw, metav1.PatchOptions{}, part...)
	return err
}

// complain tells each Ingress of the group what went wrong, in the controller's words.
func (c *controller) complain(ctx context.Context, g *group, err error) {
	var refused *aws.Error
	if !errors.As(err, &refused) { // of the cluster: somebody was faster, or the rights are missing
		c.cfg.Log.Warn("ingress is tried again", "cluster", c.cluster, "group", g.stack, "cause", err)
		return
	}
	reason, text := "FailedDeployModel", fmt.Sprintf("Failed deploy model due to operation error: api error %s: %s", refused.Code,
		refused.Message)
	if refused.Code == "InvalidSubnet" {
		reason, text = "FailedBuildModel", "Failed build model due to "+refused.Message
	}
	for _, i := range slices.Concat(g.members, g.leaving) {
		c.event(ctx, i, corev1.EventTypeWarning, reason, text)
	}
}

// event says something about an Ingress. The log has it the first time only; a namespace that is going takes no events.
func (c *controller) event(ctx context.Context, i *networking.Ingress, kind, reason, text string) {
	about := corev1.ObjectReference{
		Kind: "Ingress", APIVersion: "networking.k8s.io/v1", Namespace: i.Namespace, Name: i.Name, UID: i.UID,
	}
	e := c.events.Happened(about, kind, reason, text)
	if kind == corev1.EventTypeWarning && e.First() {
		c.cfg.Log.Warn(text, "cluster", c.cluster, "ingress", fullName(i))
	}
	if err := e.Tell(ctx); err != nil {
		c.cfg.Log.Debug("an event is not heard yet", "cluster", c.cluster, "ingress", fullName(i), "cause", err)
	}
}
