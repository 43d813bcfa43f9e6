package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"paddock/sandbox/atomicfile"
	"paddock/sandbox/daemon"
)

// appsProject is the folder of the Pulumi project that deploys the teams' services.
const appsProject = "apps"

const appsLong = `The teams' services, each team's with its own release role and into its own stack <team>-<stack> of the project in apps/.
The platform must be up. Teams are those with a Pulumi.<team>-<stack>.yaml there; one that is called by another goes up first, and
down last. What a service's folder holds, if it is a Go module, is built and stands for its image, with the hash of its sources as tag.`

// appsCommand is what each product team does in its pipeline.
func (a *app) appsCommand() *cobra.Command {
	var only []string
	cmd := &cobra.Command{Use: "apps", Short: "deploy the teams' services onto the platform", Long: appsLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	verb := func(name, short string, run func(*cobra.Command, *appsRun, []string) error) *cobra.Command {
		sub := &cobra.Command{Use: name + " [-- flags of pulumi]", Short: short,
			RunE: func(cmd *cobra.Command, args []string) error {
				r, err := a.appsRun(cmd.Context(), only)
				if err != nil {
					return err
				}
				return run(cmd, r, args)
			}}
		sub.Flags().StringVar(&a.stack, "stack", "dev", "the platform's stack")
		sub.Flags().StringSliceVar(&only, "team", nil, "teams; default all")
		return sub
	}
	cmd.AddCommand(
		verb("up", "build the services and deploy them", func(cmd *cobra.Command, r *appsRun, args []string) error {
			if err := r.each(cmd.Context(), append([]string{"up", "--yes", "--skip-preview"}, args...)); err != nil {
				return err
			}
			return r.show(cmd.OutOrStdout())
		}),
		verb("preview", "show what `apps up` would change", func(cmd *cobra.Command, r *appsRun, args []string) error {
			return r.each(cmd.Context(), append([]string{"preview"}, args...))
		}),
		verb("destroy", "remove the services", func(cmd *cobra.Command, r *appsRun, args []string) error {
			slices.Reverse(r.teams)
			return r.each(cmd.Context(), append([]string{"destroy", "--yes"}, args...))
		}),
	)
	return cmd
}

// appsRun is one run over all teams.
type appsRun struct {
	*app
	keys     daemon.Keys
	platform appsPlatform
	teams    []appsTeam // in the order in which they go up
}

// appsPlatform is what the platform exports.
type appsPlatform struct {
	Teams map[string]struct {
		ReleaseRoleARN string            `json:"releaseRoleArn"`
		Repositories   map[string]string `json:"repositories"` // by service
	} `json:"teams"`
}

func (a *app) appsRun(ctx context.Context, only []string) (*appsRun, error) {
	r := &appsRun{app: a}
	if err := a.hasStack(); err != nil {
		return nil, err
	}
	var err error
	if r.keys, err = a.ready(ctx); err != nil {
		return nil, err
	}
	p, err := a.project(ctx, r.keys)
	if err != nil {
		return nil, err
	}
	text, err := p.output("stack", "output", "--json")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &r.platform); err != nil {
		return nil, fmt.Errorf("exports of stack %s: %w", a.stack, err)
	}
	if len(r.platform.Teams) == 0 {
		return nil, fmt.Errorf("stack %s has no teams: is the platform up? make up", a.stack)
	}
	r.teams, err = findTeams(filepath.Join(a.root, appsProject), a.stack, only)
	return r, err
}

// each runs Pulumi for every team, as the team's release role.
func (r *appsRun) each(ctx context.Context, args []string) error {
	for _, t := range r.teams {
		exports, ok := r.platform.Teams[t.Name]
		if !ok || exports.ReleaseRoleARN == "" {
			return fmt.Errorf("team %s: the platform has no release role for it: want paddock:teams.%[1]s.delivery", t.Name)
		}
		tags := map[string]string{}
		if args[0] != "destroy" {
			var err error
			if tags, err = r.build(ctx, t, exports.Repositories); err != nil {
				return fmt.Errorf("team %s: %w", t.Name, err)
			}
		}
		file, err := r.settings(t, tags)
		if err != nil {
			return fmt.Errorf("team %s: %w", t.Name, err)
		}
		own := *r.app
		own.in, own.stack, own.as = appsProject, t.stack, exports.ReleaseRoleARN
		p, err := own.project(ctx, r.keys)
		if err != nil {
			return fmt.Errorf("team %s: %w", t.Name, err)
		}
		fmt.Fprintf(os.Stderr, "\napps: team %s, as %s\n", t.Name, own.as)
		if err := p.run(append(slices.Clone(args), "--config-file", file)...); err != nil {
			return err
		}
	}
	return nil
}

// settings writes the team's stack file with the tags in it. The one in the checkout stays as it is: what is deployed is no part of
// what a team writes down.
func (r *appsRun) settings(t appsTeam, tags map[string]string) (string, error) {
	if len(tags) > 0 {
		all, _ := t.config[appsKey+"tags"].(map[string]any)
		all = maps.Clone(all)
		if all == nil {
			all = map[string]any{}
		}
		for service, tag := range tags {
			all[service] = tag
		}
		t.config[appsKey+"tags"] = all
	}
	text, err := yaml.Marshal(map[string]any{"config": t.config})
	if err != nil {
		return "", err
	}
	file := r.path(appsProject, "Pulumi."+t.stack+".yaml")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", err
	}
	return file, atomicfile.Write(file, text, 0o644)
}
