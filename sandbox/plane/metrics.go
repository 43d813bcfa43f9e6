package plane

import (
	"context"
	"errors"
	"fmt"
	"time"

	authv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientcmdv1 "k8s.io/client-go/tools/clientcmd/api/v1"

	"paddock/sandbox/atomicfile"
	"paddock/sandbox/login"
	"paddock/sandbox/process"
)

// The token of metrics-server is renewed long before it ends; client-go reads the file again every minute.
const (
	tokenLife  = 24 * time.Hour
	tokenRenew = 6 * time.Hour

	metricsWithin = 20 * time.Second // for the process to start
)

// awaitMetrics waits until the apiserver passes requests on to metrics-server.
func awaitMetrics(ctx context.Context, k *kube, within time.Duration) error {
	return until(ctx, within, func(ctx context.Context) error {
		var api apiService
		if found, err := k.get(ctx, "APIService", "", metricsAPI, &api); err != nil || !found {
			return fmt.Errorf("APIService %s: found %v: %w", metricsAPI, found, err)
		}
		for _, cond := range api.Status.Conditions {
			if cond.Type == "Available" && cond.Status != metav1.ConditionTrue {
				return fmt.Errorf("APIService %s: %s: %s", metricsAPI, cond.Reason, cond.Message)
			}
		}
		// The condition may be left from before a restart: only an answer tells.
		return k.fetch(ctx, "/apis/metrics.k8s.io/v1beta1")
	})
}

// resumeMetrics brings the process back after a start of the control plane, where the add-on was installed before.
func (c *cluster) resumeMetrics(ctx context.Context, k *kube) error {
	var api apiService
	if found, err := k.get(ctx, "APIService", "", metricsAPI, &api); err != nil || !found {
		return err
	}
	if err := c.startMetrics(ctx, k); err != nil {
		return err
	}
	c.mu.Lock()
	port := c.state.Ports.Metrics
	c.mu.Unlock()
	if int(api.Spec.Service.Port) == port {
		return nil
	}
	return k.patch(ctx, "APIService", metricsAPI, object{"spec": object{"service": object{"port": port}}})
}

// startMetrics runs metrics-server as its own service account, so that the add-on's RBAC decides what it may do.
func (c *cluster) startMetrics(ctx context.Context, k *kube) error {
	c.addonOp.Lock()
	defer c.addonOp.Unlock()
	if c.client() != k {
		return errors.New("the control plane was stopped meanwhile")
	}
	if err := c.renewToken(ctx, k); err != nil {
		return err
	}
	c.mu.Lock()
	p, port, ca := c.procs[c.name+"/"+metricsService], c.state.Ports.Metrics, c.ca
	c.mu.Unlock()
	if p != nil {
		if p.Info().State != process.Failed {
			return nil
		}
		if err := p.Stop(ctx); err != nil {
			return err
		}
	}
	config := c.path(metricsService + ".kubeconfig")
	user := clientcmdv1.AuthInfo{TokenFile: c.path("metrics-server.token")}
	if err := (login.Kubeconfig{Server: c.endpoint().URL, CA: ca, User: user}).Write(config); err != nil {
		return err
	}
	// It gives up at once where the apiserver has not yet taken in the RBAC that is there for it.
	if err := until(ctx, metricsWithin, func(ctx context.Context) error { return c.run(ctx, c.metricsSpec(config, port)) }); err != nil {
		return err
	}
	if p == nil {
		life, end := context.WithCancel(context.Background())
		c.mu.Lock()
		c.endRenewal = end
		c.mu.Unlock()
		go c.keepToken(life, k)
	}
	return nil
}

func (c *cluster) metricsSpec(config string, port int) process.Spec {
	f := flags{
		"kubeconfig": config, "authentication-kubeconfig": config, "authorization-kubeconfig": config,
		"metric-resolution":               metricsInterval,
		"kubelet-use-node-status-port":    "true",
		"kubelet-preferred-address-types": kubeletAddress,
		"kubelet-certificate-authority":   c.path("pki", "ca.crt"),
	}
	spec := c.local(metricsService, "metrics-server", port, f)
	// Its /readyz needs nodes that were looked at; a cluster without nodes has the API all the same.
	spec.Ready = c.healthy(port, "/livez")
	return spec
}

// stopMetrics ends the process when the add-on is deleted.
func (c *cluster) stopMetrics(ctx context.Context) error {
	c.addonOp.Lock()
	defer c.addonOp.Unlock()
	c.mu.Lock()
	p := c.procs[c.name+"/"+metricsService]
	delete(c.procs, c.name+"/"+metricsService)
	if c.endRenewal != nil {
		c.endRenewal()
	}
	c.mu.Unlock()
	if p == nil {
		return nil
	}
	return p.Stop(ctx)
}

// keepToken renews the token until metrics-server is stopped.
func (c *cluster) keepToken(life context.Context, k *kube) {
	tick := time.NewTicker(tokenRenew)
	defer tick.Stop()
	for {
		select {
		case <-life.Done():
			return
		case <-tick.C:
			if err := c.renewToken(life, k); err != nil && life.Err() == nil {
				c.cfg.Log.Warn("metrics-server's token was not renewed", "cluster", c.name, "cause", err)
			}
		}
	}
}

// renewToken writes a token of metrics-server's service account.
func (c *cluster) renewToken(ctx context.Context, k *kube) error {
	seconds := int64(tokenLife.Seconds())
	token, err := login.Token(ctx, k.dyn, system, metricsService, authv1.TokenRequestSpec{ExpirationSeconds: &seconds})
	if err != nil {
		return err
	}
	return atomicfile.Write(c.path("metrics-server.token"), []byte(token), 0o600)
}
