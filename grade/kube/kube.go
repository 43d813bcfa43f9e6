// Package kube talks to one cluster's API in plain HTTP: the few verbs that a graded run needs, and watches that come back.
package kube

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Within is how long a request may take that is not a watch.
const Within = 15 * time.Second

// Client is the typed client's little brother: typed objects through JSON, since the full one would weigh more than all else.
type Client struct {
	http   *http.Client
	base   string
	config *rest.Config
}

// FromKubeconfig reads the file, or where that is "" what kubectl would read: KUBECONFIG, then ~/.kube/config.
func FromKubeconfig(file, context string) (*Client, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = file
	over := &clientcmd.ConfigOverrides{CurrentContext: context}
	cfg, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, over).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	return FromConfig(cfg)
}

// FromConfig makes a client of a read configuration. It has no limit of its own on queries: its callers bound what is under way.
func FromConfig(cfg *rest.Config) (*Client, error) {
	client, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	return &Client{http: client, base: strings.TrimSuffix(cfg.Host, "/"), config: cfg}, nil
}

// Host is the address of the API server.
func (c *Client) Host() string { return c.base }

// Get decodes what is at path into out.
func (c *Client) Get(ctx context.Context, path string, out any) error {
	return c.do(ctx, http.MethodGet, path, "", nil, out)
}

// Create posts an object to the path of its list.
func (c *Client) Create(ctx context.Context, path string, in any) error {
	return c.do(ctx, http.MethodPost, path, "application/json", in, nil)
}

// Merge patches an object with the fields given.
func (c *Client) Merge(ctx context.Context, path string, in any) error {
	return c.do(ctx, http.MethodPatch, path, "application/merge-patch+json", in, nil)
}

// Delete removes an object and, in the background, what it owns. That it is not there is no error.
func (c *Client) Delete(ctx context.Context, path string) error {
	how := map[string]any{"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
	err := c.do(ctx, http.MethodDelete, path, "application/json", how, nil)
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func (c *Client) do(ctx context.Context, method, path, kind string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, Within)
	defer cancel()
	body, err := c.open(ctx, method, path, kind, in)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer body.Close()
	if out == nil {
		_, err = io.Copy(io.Discard, body)
	} else {
		err = json.NewDecoder(body).Decode(out)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// open sends a request and gives the body of its answer. Refusals are Kubernetes' own errors, for apierrors to tell apart.
func (c *Client) open(ctx context.Context, method, path, kind string, in any) (io.ReadCloser, error) {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := c.http.Do(req)
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		return nil, wrapped.Err // callers name method and path themselves
	}
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 300 {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	var status metav1.Status
	if json.Unmarshal(text, &status) == nil && status.Code != 0 {
		return nil, &apierrors.StatusError{ErrStatus: status}
	}
	// What stands between, such as a proxy or an aggregated API that is away, answers in words of its own.
	said := string(bytes.TrimSpace(text))
	return nil, &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: int32(resp.StatusCode), Message: fmt.Sprintf("%s: %s", resp.Status, said),
		Reason: reasons[resp.StatusCode],
	}}
}

// reasons are those that callers tell apart.
var reasons = map[int]metav1.StatusReason{
	http.StatusNotFound:           metav1.StatusReasonNotFound,
	http.StatusUnauthorized:       metav1.StatusReasonUnauthorized,
	http.StatusForbidden:          metav1.StatusReasonForbidden,
	http.StatusServiceUnavailable: metav1.StatusReasonServiceUnavailable,
}

// Stream opens what is at path, such as a log that is followed; the caller closes it.
func (c *Client) Stream(ctx context.Context, path string) (io.ReadCloser, error) {
	body, err := c.open(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", path, err)
	}
	return body, nil
}
