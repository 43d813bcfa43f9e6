// Package login makes what a program shows to a cluster: a token of a service account, and the kubeconfig that names it.
package login

import (
	"context"
	"fmt"

	authv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	clientcmdv1 "k8s.io/client-go/tools/clientcmd/api/v1"
	"sigs.k8s.io/yaml"

	"paddock/sandbox/atomicfile"
)

var accounts = schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}

// Token asks the apiserver for a token of a service account, as a kubelet does for a pod.
func Token(ctx context.Context, kube dynamic.Interface, namespace, account string, spec authv1.TokenRequestSpec) (string, error) {
	req := &authv1.TokenRequest{
		TypeMeta:   metav1.TypeMeta{APIVersion: "authentication.k8s.io/v1", Kind: "TokenRequest"},
		ObjectMeta: metav1.ObjectMeta{Name: account}, Spec: spec,
	}
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(req)
	if err != nil {
		return "", fmt.Errorf("token of service account %s: %w", account, err)
	}
	unstructured.RemoveNestedField(m, "status")
	got, err := kube.Resource(accounts).Namespace(namespace).Create(ctx, &unstructured.Unstructured{Object: m}, metav1.CreateOptions{}, "token")
	if err != nil {
		return "", fmt.Errorf("token of service account %s: %w", account, err)
	}
	token, _, _ := unstructured.NestedString(got.Object, "status", "token")
	if token == "" {
		return "", fmt.Errorf("token of service account %s: none in the answer", account)
	}
	return token, nil
}

// Kubeconfig is of one context.
type Kubeconfig struct {
	Server    string
	CA        []byte // PEM; empty = plain http, or what the system trusts
	Namespace string // empty = default
	User      clientcmdv1.AuthInfo
}

// Write renders it into a file, which is a credential: its owner alone may read it.
func (k Kubeconfig) Write(path string) error {
	const name = "sandbox"
	raw, err := yaml.Marshal(clientcmdv1.Config{
		APIVersion: "v1", Kind: "Config", CurrentContext: name,
		Clusters: []clientcmdv1.NamedCluster{{
			Name: name, Cluster: clientcmdv1.Cluster{Server: k.Server, CertificateAuthorityData: k.CA},
		}},
		AuthInfos: []clientcmdv1.NamedAuthInfo{{Name: name, AuthInfo: k.User}},
		Contexts: []clientcmdv1.NamedContext{{
			Name: name, Context: clientcmdv1.Context{Cluster: name, AuthInfo: name, Namespace: k.Namespace},
		}},
	})
	if err != nil {
		return fmt.Errorf("kubeconfig: %w", err)
	}
	return atomicfile.Write(path, raw, 0o600)
}
