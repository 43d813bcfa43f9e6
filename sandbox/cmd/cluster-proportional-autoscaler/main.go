// Command cluster-proportional-autoscaler stands in for the program of that name, whose module no registry serves: the same flags,
// the linear law, the same calls to the apiserver. What it cannot do it refuses by name.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/pflag"
)

type options struct {
	namespace, configMap, target, nodeLabels, kubeconfig, address string
	poll                                                          int
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cluster-proportional-autoscaler:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var polled atomic.Bool
	go serve(o.address, &polled) // first: it lives while it waits for the nodes
	c, err := connect(ctx, o)
	if err != nil {
		return err
	}
	tick := time.NewTicker(time.Duration(o.poll) * time.Second)
	defer tick.Stop()
	for {
		err := c.round(ctx)
		if err != nil {
			fmt.Fprintln(os.Stderr, time.Now().Format(time.RFC3339), "round failed:", err)
		}
		polled.Store(err == nil)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func parse(args []string) (options, error) {
	var o options
	f := pflag.NewFlagSet("cluster-proportional-autoscaler", pflag.ContinueOnError)
	f.StringVar(&o.namespace, "namespace", os.Getenv("MY_NAMESPACE"), "of the target and the ConfigMap")
	f.StringVar(&o.configMap, "configmap", "", "that holds the law")
	f.StringVar(&o.target, "target", "", "deployment/<name>")
	f.StringVar(&o.nodeLabels, "nodelabels", "", "selector of the nodes that count; empty = all")
	f.IntVar(&o.poll, "poll-period-seconds", 10, "between rounds")
	f.Bool("logtostderr", true, "kept: there is no other log")
	f.Int("v", 0, "kept: every change is logged")
	f.StringVar(&o.kubeconfig, "kubeconfig", "", "file; this program has no cluster of its own")
	f.StringVar(&o.address, "address", "127.0.0.1:8080", "of /healthz and /last-poll; upstream's is fixed")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	switch {
	case o.namespace == "":
		return o, fmt.Errorf("--namespace: empty")
	case o.configMap == "":
		return o, fmt.Errorf("--configmap: empty")
	case !strings.HasPrefix(o.target, "deployment/"):
		return o, fmt.Errorf("--target: %q: only deployment/<name> is stood in", o.target)
	case o.poll < 1:
		return o, fmt.Errorf("--poll-period-seconds: %d: want 1 or more", o.poll)
	}
	return o, nil
}

// serve answers probes: alive, and whether the last round worked.
func serve(address string, polled *atomic.Bool) {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("/last-poll", func(w http.ResponseWriter, _ *http.Request) {
		if !polled.Load() {
			http.Error(w, "the last round failed", http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	err := http.ListenAndServe(address, mux)
	fmt.Fprintln(os.Stderr, "cluster-proportional-autoscaler: listening:", err)
	os.Exit(1)
}
