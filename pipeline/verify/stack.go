package verify

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Stack are those exports of the platform's stack that are looked at.
type Stack struct {
	ClusterName string          `json:"clusterName"`
	Kubeconfig  string          `json:"kubeconfig"`
	Teams       map[string]Team `json:"teams"`
}

// Team is a team's fenced namespaces and who may do what in them.
type Team struct {
	Namespaces    []string `json:"namespaces"`
	ViewerGroup   string   `json:"viewerGroup"`
	DeployerGroup string   `json:"deployerGroup"`
	Fences        *Fences  `json:"fences"` // nil = all
}

// Fences are those that a team's namespaces have.
type Fences struct {
	PodSecurity   string `json:"podSecurity"` // the level
	NetworkPolicy bool   `json:"networkPolicy"`
	Quota         bool   `json:"quota"`
	Limits        bool   `json:"limits"`
}

func (t Team) fences() Fences {
	if t.Fences == nil {
		return Fences{PodSecurity: "restricted", NetworkPolicy: true, Quota: true, Limits: true}
	}
	return *t.Fences
}

// ReadStack reads the output of `pulumi stack output --json`.
func ReadStack(in io.Reader) (*Stack, error) {
	s := &Stack{}
	if err := json.NewDecoder(in).Decode(s); err != nil {
		return nil, fmt.Errorf("stack output: %w: want what `pulumi stack output --json` prints", err)
	}
	if s.Kubeconfig == "[secret]" {
		return nil, fmt.Errorf("stack output: kubeconfig: it is a secret of the stack: add --show-secrets to `pulumi stack output " +
			"--json`, or give --kubeconfig")
	}
	return s, nil
}

// names of the teams, in order.
func (s *Stack) names() []string { return slices.Sorted(maps.Keys(s.Teams)) }
