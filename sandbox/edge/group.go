package edge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// What makes an Ingress the controller's.
const (
	controllerName = "ingress.k8s.aws/alb"
	annotations    = "alb.ingress.kubernetes.io/"

	ownFinalizer    = "ingress.k8s.aws/resources"
	groupFinalizers = "group.ingress.k8s.aws/" // + the group's name
)

var (
	classResource     = schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "ingressclasses"}
	paramsResource    = schema.GroupVersionResource{Group: "elbv2.k8s.aws", Version: "v1beta1", Resource: "ingressclassparams"}
	namespaceResource = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
)

// group is the Ingresses of one load balancer.
type group struct {
	stack     string // namespace/name of the one, or the name of the group
	finalizer string
	members   []*networking.Ingress // that are served
	leaving   []*networking.Ingress // that are deleted, or of another class now
	params    params                // of the members' class
}

// params is what a class says for all of its Ingresses.
type params struct {
	Group struct {
		Name string `json:"name"`
	} `json:"group"`
	Scheme            string                `json:"scheme"`
	Certificates      []string              `json:"certificateArn"`
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector"`
	Tags              []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"tags"`
}

// groups sorts the Ingresses by their load balancers. One that may not have any is told so, and waited for, as is one whose class
// is not there yet.
func (c *controller) groups(ctx context.Context, all []*networking.Ingress) (list []*group, waits bool) {
	byStack := map[string]*group{}
	add := func(stack, finalizer string) *group {
		if byStack[stack] == nil {
			byStack[stack] = &group{stack: stack, finalizer: finalizer}
		}
		return byStack[stack]
	}
	for _, i := range all {
		p, served, err := c.class(ctx, i)
		if err != nil {
			c.event(ctx, i, corev1.EventTypeWarning, "FailedLoadGroupID", "Failed load groupID due to "+err.Error())
		}
		waits = waits || err != nil
		stack, finalizer := place(i, p)
		for _, f := range i.Finalizers {
			gone := i.DeletionTimestamp != nil || err == nil && !served || served && f != finalizer
			if gone && held(f) {
				g := add(stackOf(i, f), f)
				g.leaving = append(g.leaving, i)
			}
		}
		if served && err == nil && i.DeletionTimestamp == nil {
			g := add(stack, finalizer)
			g.members, g.params = append(g.members, i), p
		}
	}
	for _, g := range byStack {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b *group) int { return strings.Compare(a.stack, b.stack) })
	return list, waits
}

// place is the load balancer that an Ingress is to be on.
func place(i *networking.Ingress, p params) (stack, finalizer string) {
	name := p.Group.Name
	if name == "" {
		name = i.Annotations[annotations+"group.name"]
	}
	if name == "" {
		return fullName(i), ownFinalizer
	}
	return name, groupFinalizers + name
}

func held(finalizer string) bool {
	return finalizer == ownFinalizer || strings.HasPrefix(finalizer, groupFinalizers)
}

// mine says that the controller has something to do with the Ingress.
func mine(i *networking.Ingress) bool { return slices.ContainsFunc(i.Finalizers, held) }

// stackOf is the load balancer that a finalizer is for.
func stackOf(i *networking.Ingress, finalizer string) string {
	if name, ok := strings.CutPrefix(finalizer, groupFinalizers); ok {
		return name
	}
	return fullName(i)
}

// class says whether an Ingress is of a class of the controller's, and what that class demands.
func (c *controller) class(ctx context.Context, i *networking.Ingress) (p params, served bool, err error) {
	if i.Spec.IngressClassName == nil {
		return p, false, nil
	}
	name := *i.Spec.IngressClassName
	found, err := c.own.Resource(classResource).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return p, false, fmt.Errorf("invalid ingress class: %w", err)
	}
	if by, _, _ := unstructured.NestedString(found.Object, "spec", "controller"); by != controllerName {
		return p, false, nil
	}
	ref, _, _ := unstructured.NestedString(found.Object, "spec", "parameters", "name")
	if ref == "" {
		return p, true, nil
	}
	held, err := c.own.Resource(paramsResource).Get(ctx, ref, metav1.GetOptions{})
	if err != nil {
		return p, false, fmt.Errorf("invalid ingress class: %w", err)
	}
	spec, _, _ := unstructured.NestedMap(held.Object, "spec")
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(spec, &p); err != nil {
		return p, false, fmt.Errorf("invalid ingress class: IngressClassParams %s: %w", ref, err)
	}
	return p, true, c.selected(ctx, i.Namespace, ref, p.NamespaceSelector)
}

// selected refuses Ingresses in namespaces that the class is not for.
func (c *controller) selected(ctx context.Context, namespace, ref string, wanted *metav1.LabelSelector) error {
	if wanted == nil {
		return nil
	}
	selector, err := metav1.LabelSelectorAsSelector(wanted)
	if err != nil {
		return fmt.Errorf("invalid ingress class: IngressClassParams %s: namespaceSelector: %w", ref, err)
	}
	ns, err := c.own.Resource(namespaceResource).Get(ctx, namespace, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if !selector.Matches(labels.Set(ns.GetLabels())) {
		return fmt.Errorf("invalid ingress class: namespaceSelector of IngressClassParams %s mismatch", ref)
	}
	return nil
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9]`)

// balancerName makes up a name as the controller does: of what it is for, and a mark that no other has.
func balancerName(cluster, stack string) string {
	sum := sha256.Sum256([]byte(cluster + "\x00" + stack))
	mark := hex.EncodeToString(sum[:])[:10]
	short := func(s string, n int) string {
		s = notInNames.ReplaceAllString(s, "")
		return s[:min(len(s), n)]
	}
	if namespace, name, one := strings.Cut(stack, "/"); one {
		return "k8s-" + short(namespace, 8) + "-" + short(name, 8) + "-" + mark
	}
	return "k8s-" + short(stack, 17) + "-" + mark
}
