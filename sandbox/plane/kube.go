package plane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// manager is the field manager of what EKS would install: other managers' fields, such as Pulumi's patches, stay.
const manager = "eks"

// kube talks to one cluster as its administrator. It is the dynamic client with typed objects put through JSON: the
// full typed client would weigh more than the rest of the sandbox.
type kube struct {
	dyn  dynamic.Interface
	http *http.Client
	base string
}

func newKube(kubeconfig string) (*kube, error) {
	cfg, err := adminConfig(kubeconfig)
	if err != nil {
		return nil, err
	}
	cfg.Timeout = 30 * time.Second // nothing is watched here: an answer that takes longer never comes
	client, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	dyn, err := dynamic.NewForConfigAndClient(cfg, client)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	return &kube{dyn: dyn, http: client, base: cfg.Host}, nil
}

func adminConfig(kubeconfig string) (*rest.Config, error) {
	cfg, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	cfg.QPS, cfg.Burst = 200, 400
	cfg.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil } // 127.0.0.1 is never behind a proxy
	return cfg, nil
}

// newWatcher is a client of the same administrator that may wait for as long as it takes.
func newWatcher(kubeconfig string) (dynamic.Interface, error) {
	return newWatcherAs(kubeconfig, rest.ImpersonationConfig{})
}

// newWatcherAs is one that has no more than somebody else's rights.
func newWatcherAs(kubeconfig string, who rest.ImpersonationConfig) (dynamic.Interface, error) {
	cfg, err := adminConfig(kubeconfig)
	if err != nil {
		return nil, err
	}
	cfg.Impersonate = who
	watcher, err := dynamic.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	return watcher, nil
}

// resources names the REST resource of every kind that is handled here, and whether it lives in a namespace.
var resources = map[string]struct {
	schema.GroupVersionResource
	namespaced bool
}{
	"Node":                {schema.GroupVersionResource{Version: "v1", Resource: "nodes"}, false},
	"Pod":                 {schema.GroupVersionResource{Version: "v1", Resource: "pods"}, true},
	"ServiceAccount":      {schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}, true},
	"ConfigMap":           {schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}, true},
	"Service":             {schema.GroupVersionResource{Version: "v1", Resource: "services"}, true},
	"Deployment":          {schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}, true},
	"DaemonSet":           {schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "daemonsets"}, true},
	"PodDisruptionBudget": {schema.GroupVersionResource{Group: "policy", Version: "v1", Resource: "poddisruptionbudgets"}, true},
	"ClusterRole":         {schema.GroupVersionResource{Group: rbacGroup, Version: "v1", Resource: "clusterroles"}, false},
	"ClusterRoleBinding":  {schema.GroupVersionResource{Group: rbacGroup, Version: "v1", Resource: "clusterrolebindings"}, false},
	"Role":                {schema.GroupVersionResource{Group: rbacGroup, Version: "v1", Resource: "roles"}, true},
	"RoleBinding":         {schema.GroupVersionResource{Group: rbacGroup, Version: "v1", Resource: "rolebindings"}, true},
	"StorageClass":        {schema.GroupVersionResource{Group: "storage.k8s.io", Version: "v1", Resource: "storageclasses"}, false},
	"CSIDriver":           {schema.GroupVersionResource{Group: "storage.k8s.io", Version: "v1", Resource: "csidrivers"}, false},
	"Lease":               {schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}, true},
	"MutatingWebhookConfiguration": {
		schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "mutatingwebhookconfigurations"}, false,
	},
	"APIService": {schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"}, false},
}

const rbacGroup = "rbac.authorization.k8s.io"

// of returns the client for a kind; namespace matters only for kinds that have one.
func (k *kube) of(kind, namespace string) dynamic.ResourceInterface {
	r := resources[kind]
	if r.namespaced {
		return k.dyn.Resource(r.GroupVersionResource).Namespace(namespace)
	}
	return k.dyn.Resource(r.GroupVersionResource)
}

// generic turns a typed object into what the dynamic client sends. Empty status and creation time would be claimed as
// ours by an apply, so they are dropped.
func generic(obj any) (*unstructured.Unstructured, error) {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return nil, err
	}
	u := &unstructured.Unstructured{Object: m}
	if r, ok := resources[u.GetKind()]; !ok || u.GroupVersionKind().Group != r.Group {
		return nil, fmt.Errorf("kind %q of %q is not handled", u.GetKind(), u.GetAPIVersion())
	}
	for _, field := range [][]string{{"status"}, {"metadata", "creationTimestamp"}, {"spec", "template", "metadata", "creationTimestamp"}} {
		unstructured.RemoveNestedField(m, field...)
	}
	return u, nil
}

// apply creates the object or brings the fields that it names in line.
func (k *kube) apply(ctx context.Context, obj any) error {
	u, err := generic(obj)
	if err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	raw, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("apply %s %s: %w", u.GetKind(), u.GetName(), err)
	}
	force := true
	how := metav1.PatchOptions{FieldManager: manager, Force: &force}
	_, err = k.of(u.GetKind(), u.GetNamespace()).Patch(ctx, u.GetName(), types.ApplyPatchType, raw, how)
	if err != nil {
		return fmt.Errorf("apply %s %s: %w", u.GetKind(), u.GetName(), err)
	}
	return nil
}

// remove deletes the object; that it is not there is no error.
func (k *kube) remove(ctx context.Context, kind, namespace, name string) error {
	background := metav1.DeletePropagationBackground
	err := k.of(kind, namespace).Delete(ctx, name, metav1.DeleteOptions{PropagationPolicy: &background})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete %s %s: %w", kind, name, err)
	}
	return nil
}

// get reads an object into a typed one; false when it is not there.
func (k *kube) get(ctx context.Context, kind, namespace, name string, into any) (bool, error) {
	u, err := k.of(kind, namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("get %s %s: %w", kind, name, err)
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, into); err != nil {
		return false, fmt.Errorf("get %s %s: %w", kind, name, err)
	}
	return true, nil
}

// patch merges the fields given into an object, or into one of its subresources.
func (k *kube) patch(ctx context.Context, kind, name string, fields object, sub ...string) error {
	raw, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("patch %s %s: %w", kind, name, err)
	}
	how := metav1.PatchOptions{FieldManager: manager}
	if _, err := k.of(kind, "").Patch(ctx, name, types.MergePatchType, raw, how, sub...); err != nil {
		return fmt.Errorf("patch %s %s: %w", kind, name, err)
	}
	return nil
}

// ready is nil when the apiserver serves and has run its start-up hooks.
func (k *kube) ready(ctx context.Context) error { return k.fetch(ctx, "/readyz") }

func (k *kube) fetch(ctx context.Context, path string) error {
	return answers(k.http, k.base+path)(ctx)
}

// tlsClient trusts one authority and may show a client certificate; empty names mean none.
func tlsClient(ca, cert, key string) (*http.Client, error) {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	conf := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	conf.RootCAs.AppendCertsFromPEM(pem)
	if cert != "" {
		own, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("client: %w", err)
		}
		conf.Certificates = []tls.Certificate{own}
	}
	return &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true}}, nil
}
