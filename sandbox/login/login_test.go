package login_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	authv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdv1 "k8s.io/client-go/tools/clientcmd/api/v1"

	"paddock/sandbox/login"
)

func TestToken(t *testing.T) {
	for answer, fault := range map[string]string{"abc": "", "": "token of service account sa: none in the answer"} {
		scheme := runtime.NewScheme()
		if err := corev1.AddToScheme(scheme); err != nil {
			t.Fatal(err)
		}
		kube := fake.NewSimpleDynamicClient(scheme)
		kube.PrependReactor("create", "serviceaccounts", func(a clienttesting.Action) (bool, runtime.Object, error) {
			req := a.(clienttesting.CreateAction).GetObject().(*unstructured.Unstructured).DeepCopy()
			if _, has := req.Object["status"]; has || a.GetSubresource() != "token" || a.GetNamespace() != "red" || req.GetName() != "sa" {
				t.Errorf("asked %s of %s for %v", a.GetSubresource(), a.GetNamespace(), req.Object)
			}
			return true, req, unstructured.SetNestedField(req.Object, answer, "status", "token")
		})
		seconds := int64(60)
		got, err := login.Token(t.Context(), kube, "red", "sa", authv1.TokenRequestSpec{ExpirationSeconds: &seconds})
		if got != answer || fault == "" && err != nil || fault != "" && (err == nil || err.Error() != fault) {
			t.Errorf("%q, %v; want %q, %s", got, err, answer, fault)
		}
	}
}

// What is written is what client-go reads, and its owner's only.
func TestKubeconfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	want := login.Kubeconfig{Server: "https://127.0.0.1:1", CA: []byte("authority"), Namespace: "red", User: clientcmdv1.AuthInfo{TokenFile: path}}
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(&clientcmd.ClientConfigLoadingRules{ExplicitPath: path}, nil)
	got, err := loader.ClientConfig()
	if err != nil {
		t.Fatal(err)
	}
	if got.Host != want.Server || string(got.CAData) != "authority" || got.BearerTokenFile != path || !strings.HasPrefix(got.BearerToken, "apiVersion") {
		t.Errorf("read %+v", got)
	}
	if namespace, _, err := loader.Namespace(); err != nil || namespace != "red" {
		t.Errorf("namespace %s, %v", namespace, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}
