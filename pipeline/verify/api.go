package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// within is how long one request may take.
const within = 15 * time.Second

// api talks to one cluster: client-go's own client for requests, with typed objects put through JSON. The typed client would
// weigh more than all else here.
type api struct{ rest *rest.RESTClient }

// fromKubeconfig reads the text of a kubeconfig, or where that is "" the file, or where that is "", too, what kubectl would read.
func fromKubeconfig(text, file string) (*api, error) {
	if text != "" {
		cfg, err := clientcmd.RESTConfigFromKubeConfig([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("kubeconfig: of the stack: %w", err)
		}
		return fromConfig(cfg)
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = file
	cfg, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	return fromConfig(cfg)
}

func fromConfig(cfg *rest.Config) (*api, error) {
	cfg = rest.CopyConfig(cfg)
	cfg.Timeout = within
	cfg.QPS, cfg.Burst = 50, 100
	cfg.WarningHandler = rest.NoWarnings{} // of the pods that are to be refused
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"}) // so that refusals come as Kubernetes' own errors
	cfg.ContentConfig = rest.ContentConfig{
		GroupVersion: &schema.GroupVersion{Version: "v1"}, NegotiatedSerializer: serializer.NewCodecFactory(scheme).WithoutConversion(),
		ContentType: "application/json", AcceptContentTypes: "application/json",
	}
	cfg.APIPath = "/api"
	client, err := rest.RESTClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	return &api{client}, nil
}

func (a *api) get(ctx context.Context, path string, out any) error {
	return a.do(ctx, http.MethodGet, path, nil, out)
}

func (a *api) post(ctx context.Context, path string, in, out any) error {
	return a.do(ctx, http.MethodPost, path, in, out)
}

func (a *api) do(ctx context.Context, method, path string, in, out any) error {
	req := a.rest.Verb(method).RequestURI(path).MaxRetries(2)
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		req = req.Body(raw).SetHeader("Content-Type", "application/json")
	}
	result := req.Do(ctx)
	if err := result.Error(); err != nil { // Raw would keep the server's own words back
		return err
	}
	raw, err := result.Raw()
	if err != nil {
		return err
	}
	if text, ok := out.(*string); ok {
		*text = string(raw)
		return nil
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%s %s: %w: %.200s", method, path, err, strings.TrimSpace(string(raw)))
	}
	return nil
}
