package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

var (
	nodes       = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	configMaps  = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
)

// cluster is what the program sees: the nodes, which it watches, the law and the target.
type cluster struct {
	options
	kube  dynamic.Interface
	nodes cache.GenericLister
}

// connect waits until the nodes are known.
func connect(ctx context.Context, o options) (*cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return nil, err
	}
	kube, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(kube, 0, metav1.NamespaceAll, func(l *metav1.ListOptions) { l.LabelSelector = o.nodeLabels })
	informer := factory.ForResource(nodes)
	factory.Start(ctx.Done())
	wait, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if !cache.WaitForCacheSync(wait.Done(), informer.Informer().HasSynced) {
		return nil, errors.New("nodes: not listed within a minute; may this service account list and watch them?")
	}
	return &cluster{options: o, kube: kube, nodes: informer.Lister()}, nil
}

// round brings the target to what the law says.
func (c *cluster) round(ctx context.Context) error {
	u, err := c.kube.Resource(configMaps).Namespace(c.namespace).Get(ctx, c.configMap, metav1.GetOptions{})
	if err != nil {
		return err
	}
	data, _, err := unstructured.NestedStringMap(u.Object, "data")
	if err != nil {
		return err
	}
	l, err := readLaw(data)
	if err != nil {
		return err
	}
	count, cores, err := c.count(l)
	if err != nil {
		return err
	}
	return c.size(ctx, int64(l.replicas(count, cores)))
}

func (c *cluster) count(l law) (count int, cores float64, err error) {
	all, err := c.nodes.List(labels.Everything())
	if err != nil {
		return 0, 0, err
	}
	for _, obj := range all {
		u, ok := obj.(*unstructured.Unstructured)
		if !ok {
			continue
		}
		if closed, _, _ := unstructured.NestedBool(u.Object, "spec", "unschedulable"); closed && !l.Unschedulable {
			continue
		}
		count++
		text, _, _ := unstructured.NestedString(u.Object, "status", "allocatable", "cpu")
		if q, err := resource.ParseQuantity(text); err == nil {
			cores += q.AsApproximateFloat64()
		}
	}
	return count, cores, nil
}

func (c *cluster) size(ctx context.Context, want int64) error {
	target, name := c.kube.Resource(deployments).Namespace(c.namespace), strings.TrimPrefix(c.target, "deployment/")
	scale, err := target.Get(ctx, name, metav1.GetOptions{}, "scale")
	if err != nil {
		return err
	}
	now, _, err := unstructured.NestedInt64(scale.Object, "spec", "replicas")
	if err != nil || now == want {
		return err
	}
	if err := unstructured.SetNestedField(scale.Object, want, "spec", "replicas"); err != nil {
		return err
	}
	if _, err := target.Update(ctx, scale, metav1.UpdateOptions{}, "scale"); err != nil {
		return err
	}
	fmt.Printf("%s %s: %d replicas, were %d\n", time.Now().Format(time.RFC3339), c.target, want, now)
	return nil
}
