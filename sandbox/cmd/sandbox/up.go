package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"paddock/sandbox/daemon"
)

// up runs Pulumi, then leaves what plain kubectl needs and says what there is to look at.
func (a *app) up(p *pulumi, args []string) error {
	if err := p.run(append([]string{"up", "--yes"}, args...)...); err != nil {
		return err
	}
	if a.in != "" { // only the platform has a kubeconfig
		return nil
	}
	config, err := p.output("stack", "output", "kubeconfig")
	if err != nil {
		return err
	}
	if err := os.WriteFile(a.path("kubeconfig"), config, 0o600); err != nil {
		return err
	}
	env := a.path("env")
	if here, err := os.Getwd(); err == nil {
		if short, err := filepath.Rel(here, env); err == nil && len(short) < len(env) {
			env = short
		}
	}
	return a.tell(env)
}

// tell says what there is to look at.
func (a *app) tell(env string) error {
	var door daemon.Edge
	if err := a.client().Call(context.Background(), http.MethodGet, "/edge", nil, &door); err != nil {
		return err
	}
	fmt.Printf(`
The platform is up. To look around:
  . %s
  kubectl get nodes
  kubectl top nodes
  pulumi stack output
  sandbox status
What an Ingress exposes is at %s
  curl --cacert %s ...
`, env, address(door, "<host>"), door.CAFile)
	return nil
}
