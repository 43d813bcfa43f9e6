// Package reach asks a pod over HTTP through the cluster's API, as `kubectl port-forward` does: it needs no way into the cluster's
// network, and no right beyond the team's own.
package reach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
)

// largest bounds what is read of an answer, in bytes.
const largest = 64 << 10

// ErrNoWay is that the cluster's API leads to no pod, which says nothing of the pod.
var ErrNoWay = errors.New("port-forward")

// Cluster is where pods are asked.
type Cluster struct {
	Client kubernetes.Interface
	Config *rest.Config
}

// Get sends a GET request to a port of a pod. An answer with any status is an answer; redirects are not followed. Of the body, the
// first 64 KiB are returned.
func (c *Cluster) Get(ctx context.Context, pod *corev1.Pod, port int32, path string) (status int, body string, err error) {
	client := &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true, // one connection for one question
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return c.dial(ctx, pod.Namespace, pod.Name, port)
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	where := url.URL{Scheme: "http", Host: net.JoinHostPort(pod.Name, strconv.Itoa(int(port)))}
	at, err := where.Parse(path)
	if err != nil {
		return 0, "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("User-Agent", "paddock-apps")
	answer, err := client.Do(req)
	if err != nil {
		var named *url.Error
		if errors.As(err, &named) {
			err = named.Err // its URL names no host that there is
		}
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, largest))
	return answer.StatusCode, string(text), err
}

// dial opens one connection to a port of a pod.
func (c *Cluster) dial(ctx context.Context, namespace, pod string, port int32) (net.Conn, error) {
	transport, upgrader, err := spdy.RoundTripperFor(c.Config)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoWay, err)
	}
	at := c.Client.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name(pod).SubResource("portforward").URL()
	dialer := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, at)
	type dialled struct {
		conn net.Conn
		err  error
	}
	done := make(chan dialled, 1)
	go func() { // client-go's dialer knows no context
		over, _, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
		if err != nil {
			done <- dialled{nil, err}
			return
		}
		conn, err := open(over, port)
		done <- dialled{conn, err}
	}()
	select {
	case d := <-done:
		if d.err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoWay, d.err)
		}
		return d.conn, nil
	case <-ctx.Done():
		go func() {
			if d := <-done; d.conn != nil {
				d.conn.Close()
			}
		}()
		return nil, fmt.Errorf("%w: %w", ErrNoWay, context.Cause(ctx))
	}
}
