package edge_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/dynamic/fake"

	"paddock/sandbox/aws"
	"paddock/sandbox/edge"
)

const (
	ownFinalizer   = "ingress.k8s.aws/resources"
	groupFinalizer = "group.ingress.k8s.aws/shared"
	shop           = "shop.dev.example.com"
	domain         = ".elb.amazonaws.com"
)

var resources = map[string]schema.GroupVersionResource{
	"Ingress":            {Group: "networking.k8s.io", Version: "v1", Resource: "ingresses"},
	"IngressClass":       {Group: "networking.k8s.io", Version: "v1", Resource: "ingressclasses"},
	"IngressClassParams": {Group: "elbv2.k8s.aws", Version: "v1beta1", Resource: "ingressclassparams"},
	"Namespace":          {Version: "v1", Resource: "namespaces"},
	"Pod":                {Version: "v1", Resource: "pods"},
	"Event":              {Version: "v1", Resource: "events"},
}

// world is a cluster with the platform's class in it, and an edge that has joined it.
type world struct {
	t     *testing.T
	kube  *fake.FakeDynamicClient
	cloud *cloud
	edge  *edge.Edge
	pick  func(from netip.Addr, namespace, service string, port intstr.IntOrString) (string, error)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	lists := map[schema.GroupVersionResource]string{}
	for kind, r := range resources {
		lists[r] = kind + "List"
	}
	w := &world{t: t, cloud: &cloud{made: map[string]aws.Balancer{}}}
	w.kube = fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), lists)
	w.pick = func(netip.Addr, string, string, intstr.IntOrString) (string, error) {
		return "", errors.New("no pod is ready")
	}
	pick := func(from netip.Addr, _, namespace, service string, port intstr.IntOrString) (string, error) {
		return w.pick(from, namespace, service, port)
	}
	w.edge = edge.New(edge.Config{Cloud: w.cloud, Again: 5 * time.Millisecond, Pick: pick})
	class := &networking.IngressClass{ObjectMeta: metav1.ObjectMeta{Name: "alb"}}
	class.Spec.Controller, class.Spec.Parameters = "ingress.k8s.aws/alb", &networking.IngressClassParametersReference{Name: "alb"}
	w.add("IngressClass", "networking.k8s.io/v1", class)
	w.params(map[string]any{
		"scheme": "internet-facing", "certificateArn": []any{"arn:certificate"},
		"namespaceSelector": map[string]any{"matchExpressions": []any{map[string]any{"key": "team", "operator": "Exists"}}},
	})
	for name, labels := range map[string]map[string]string{"web": {"team": "frontend"}, "default": nil} {
		w.add("Namespace", "v1", &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}})
	}
	t.Cleanup(w.edge.Join("dev", w.kube, w.kube))
	return w
}

func (w *world) params(spec map[string]any) {
	w.put("IngressClassParams", &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "elbv2.k8s.aws/v1beta1", "kind": "IngressClassParams", "metadata": map[string]any{"name": "alb"}, "spec": spec,
	}})
}

// add puts a typed object into the cluster.
func (w *world) add(kind, version string, obj any) {
	w.t.Helper()
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		w.t.Fatal(err)
	}
	u := &unstructured.Unstructured{Object: m}
	u.SetAPIVersion(version)
	u.SetKind(kind)
	w.put(kind, u)
}

func (w *world) put(kind string, u *unstructured.Unstructured) {
	w.t.Helper()
	tracker, r := w.kube.Tracker(), resources[kind]
	err := tracker.Create(r, u, u.GetNamespace())
	if err != nil {
		err = tracker.Update(r, u, u.GetNamespace())
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// ready is the controller's pod, with credentials or without.
func (w *world) ready(credentials bool) {
	const name = "aws-load-balancer-controller"
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name: "controller-1", Namespace: "kube-system", Labels: map[string]string{"app.kubernetes.io/name": name},
	}}
	p.Spec.ServiceAccountName, p.Spec.Containers = name, []corev1.Container{{Name: "c"}}
	if credentials {
		p.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", Value: "x"}}
	}
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	w.add("Pod", "v1", p)
}

// ingress is one of the platform's class, for a host.
func ingress(namespace, name, host string, change ...func(*networking.Ingress)) *networking.Ingress {
	class, kind := "alb", networking.PathTypePrefix
	i := &networking.Ingress{ObjectMeta: metav1.ObjectMeta{
		Name: name, Namespace: namespace, UID: types.UID(namespace + name), Annotations: map[string]string{},
	}}
	i.Spec.IngressClassName = &class
	to := networking.IngressServiceBackend{Name: name, Port: networking.ServiceBackendPort{Number: 80}}
	paths := []networking.HTTPIngressPath{{Path: "/", PathType: &kind, Backend: networking.IngressBackend{Service: &to}}}
	rule := networking.IngressRule{Host: host}
	rule.HTTP = &networking.HTTPIngressRuleValue{Paths: paths}
	i.Spec.Rules = []networking.IngressRule{rule}
	for _, f := range change {
		f(i)
	}
	return i
}

func annotated(key, value string) func(*networking.Ingress) {
	return func(i *networking.Ingress) { i.Annotations["alb.ingress.kubernetes.io/"+key] = value }
}

func (w *world) expose(i *networking.Ingress) { w.add("Ingress", "networking.k8s.io/v1", i) }

// get is an Ingress as it is now; nil = it is gone.
func (w *world) get(namespace, name string) *networking.Ingress {
	obj, err := w.kube.Tracker().Get(resources["Ingress"], namespace, name)
	if err != nil {
		return nil
	}
	i := &networking.Ingress{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.(*unstructured.Unstructured).Object, i); err != nil {
		w.t.Error(err)
	}
	return i
}

// remove does as the apiserver does to what has a finalizer.
func (w *world) remove(namespace, name string) {
	i := w.get(namespace, name)
	i.DeletionTimestamp = &metav1.Time{Time: time.Now()}
	w.expose(i)
}

// eventually waits for a condition.
func (w *world) eventually(what string, f func() bool) {
	w.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if f() {
			return
		}
	}
	w.t.Fatalf("never: %s; load balancers %v", what, w.cloud.balancers())
}

func (w *world) served(namespace, name string) {
	w.t.Helper()
	w.eventually(namespace+"/"+name+" has a name", func() bool { return len(w.get(namespace, name).Status.LoadBalancer.Ingress) > 0 })
}

// looked waits until the controller, which looks for its leader only while it knows an Ingress of its class, has begun to do so
// once more: it has done all that it does before.
func (w *world) looked() {
	w.t.Helper()
	looks := func() (n int) {
		for _, a := range w.kube.Actions() {
			if a.Matches("list", "pods") {
				n++
			}
		}
		return n
	}
	before := looks()
	w.eventually("the controller looks again", func() bool { return looks() > before+1 })
}

func (w *world) said(text string) bool {
	list, err := w.kube.Resource(resources["Event"]).List(context.Background(), metav1.ListOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.ContainsFunc(list.Items, func(u unstructured.Unstructured) bool {
		return strings.Contains(fmt.Sprint(u.Object), text)
	})
}
