package release

import (
	"context"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"paddock/apps/reach"
	"paddock/apps/rollout"
	"paddock/apps/smoke"
	"paddock/components/service"
)

// Cluster is where rollouts are watched, and pods are asked.
type Cluster struct {
	Client kubernetes.Interface
	Ask    smoke.Ask
}

// connect reaches a cluster with whatever credentials the kubeconfig's command finds, which are those of the deploy.
func connect(kubeconfig string) (*Cluster, error) {
	config, err := clientcmd.RESTConfigFromKubeConfig([]byte(kubeconfig))
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	config.QPS, config.Burst = 100, 200 // each of a team's services is looked at every second, by half a dozen requests
	config.UserAgent = "paddock-apps"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	return &Cluster{Client: client, Ask: (&reach.Cluster{Client: client, Config: config}).Get}, nil
}

// watch waits, once all of a service's objects are there, until its newest version serves. What comes is the text of why it does
// not, or nothing: an error would be that of an output, which the engine words as a fault of the program.
func (d *deploy) watch(e *entry, made *service.Service) pulumi.Output {
	return made.Deployment.ApplyTWithContext(d.ctx.Context(), func(ctx context.Context, name string) string {
		if err := d.serves(ctx, e, name, made); err != nil {
			return err.Error()
		}
		return ""
	})
}

func (d *deploy) serves(ctx context.Context, e *entry, name string, made *service.Service) error {
	done := time.Now()
	cluster, err := d.reached()
	if err != nil {
		return fmt.Errorf("%s: %w", e.where(), err)
	}
	say := func(line string) {
		_ = d.ctx.Log.Info(line, &pulumi.LogArgs{Resource: made}) // a line that is lost is no reason to stop
	}
	_, version := split(e.image)
	r := &rolling{cluster: cluster, e: e, name: name, say: say, options: rollout.Options{
		Version: version, Replicas: int32(e.Replicas.Min), Start: time.Duration(e.Health.StartSeconds) * time.Second,
		Say: say, Ask: cluster.Ask,
	}, check: smoke.Check{
		Port: int32(e.Port), Path: e.Smoke.Path, Status: e.Smoke.Status, Contains: e.Smoke.Contains, Within: d.Smoke, Say: say,
	}}
	if err := r.serves(ctx); err != nil || !e.Exposed() {
		return err
	}
	at, err := rollout.Exposed(ctx, cluster.Client, e.Namespace, e.Name, rollout.Change{Began: d.began, Done: done}, say)
	if err == nil {
		say(fmt.Sprintf("%s: https://%s%s is served by load balancer %s", e.where(), made.Host, e.Expose.Path, at))
	}
	return err
}
