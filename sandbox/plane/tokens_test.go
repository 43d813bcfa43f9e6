package plane_test

import (
	"errors"
	"testing"

	authn "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/sandbox/machine"
	"paddock/sandbox/plane"
)

const podAudience = "pods.eks.amazonaws.com"

// token asks the cluster for a token of a service account, as a kubelet does for a pod.
func (c cloud) token(account, audience string) string {
	c.t.Helper()
	request, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&authn.TokenRequest{
		TypeMeta:   metav1.TypeMeta{APIVersion: "authentication.k8s.io/v1", Kind: "TokenRequest"},
		ObjectMeta: metav1.ObjectMeta{Name: account, Namespace: "kube-system"},
		Spec:       authn.TokenRequestSpec{Audiences: []string{audience}},
	})
	must(c.t, "token request", err)
	accounts := c.Resource(schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}).Namespace("kube-system")
	made, err := accounts.Create(c.t.Context(), &unstructured.Unstructured{Object: request}, metav1.CreateOptions{}, "token")
	must(c.t, "token", err)
	text, _, err := unstructured.NestedString(made.Object, "status", "token")
	must(c.t, "token", err)
	return text
}

// checkTokens shows that only the cluster's own tokens are taken, and only for the audience that they are made for.
func checkTokens(t *testing.T, p *plane.Plane, c cloud) {
	c.t = t
	account := unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"name": "scaler"}}}
	_, err := c.Resource(schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}).Namespace("kube-system").Create(t.Context(), &account, metav1.CreateOptions{})
	must(t, "service account", err)
	got, err := p.ReviewToken(t.Context(), dev.Name, c.token("scaler", podAudience), podAudience)
	if err != nil || got.Namespace != "kube-system" || got.Name != "scaler" {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, token := range map[string]string{"another audience": c.token("scaler", "sts.amazonaws.com"), "nonsense": "a.b.c"} {
		if _, err := p.ReviewToken(t.Context(), dev.Name, token, podAudience); !errors.Is(err, machine.ErrToken) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
	if _, err := p.ReviewToken(t.Context(), "none", "a.b.c", podAudience); err == nil || errors.Is(err, machine.ErrToken) {
		t.Errorf("no such cluster: %v", err)
	}
}
