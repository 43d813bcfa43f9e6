package kube

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"

	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
)

// Forward leads from a port of this machine to a port of a pod, through the API server, as `kubectl port-forward` does. It gives
// the address here, and what ends it; ctx ends it, too.
func (c *Client) Forward(ctx context.Context, namespace, pod string, port int32) (address string, stop func(), err error) {
	where := fmt.Sprintf("port-forward to %s/%s", namespace, pod)
	transport, upgrader, err := spdy.RoundTripperFor(c.config)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", where, err)
	}
	at, err := url.Parse(c.base + "/api/v1/namespaces/" + namespace + "/pods/" + pod + "/portforward")
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", where, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	ready, ended, said := make(chan struct{}), make(chan error, 1), &bytes.Buffer{}
	dialer := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, at)
	way, err := portforward.NewOnAddresses(dialer, []string{"127.0.0.1"}, []string{fmt.Sprintf("0:%d", port)}, ctx.Done(), ready, nil, said)
	if err != nil {
		cancel()
		return "", nil, fmt.Errorf("%s: %w", where, err)
	}
	go func() { ended <- way.ForwardPorts() }()
	select {
	case err = <-ended:
		cancel()
		return "", nil, fmt.Errorf("%s: %w", where, err)
	case <-ready:
	}
	ports, err := way.GetPorts()
	if err != nil {
		cancel()
		return "", nil, fmt.Errorf("%s: %w", where, err)
	}
	return fmt.Sprintf("127.0.0.1:%d", ports[0].Local), func() { cancel(); <-ended }, nil
}
