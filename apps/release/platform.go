package release

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Platform is what a platform says of itself that a team's deploy needs: its exports, by their names.
type Platform struct {
	Region      string               `json:"region"`
	ClusterName string               `json:"clusterName"`
	Kubeconfig  string               `json:"kubeconfig"` // for any principal that has an access entry; no secret
	Ingress     *Ingress             `json:"ingress"`    // nil = nothing is exposed on it
	Teams       map[string]Team      `json:"teams"`
	NodeGroups  map[string]NodeGroup `json:"nodeGroups"`
	Headroom    Headroom             `json:"headroom"`
	Prices      map[string]float64   `json:"prices"` // its own, in place of the table's
}

// Ingress is the platform's edge.
type Ingress struct {
	Domain       string   `json:"domain"`
	Class        string   `json:"class"`
	SourceBlocks []string `json:"sourceBlocks"`
}

// covers tells whether the platform's certificate is for a host: it is for the domain and for every one label below it.
func (i *Ingress) covers(host string) bool {
	label, below := strings.CutSuffix(host, "."+i.Domain)
	return host == i.Domain || below && !strings.Contains(label, ".")
}

// Team is one team's place on the platform.
type Team struct {
	Namespaces   []string          `json:"namespaces"`
	Repositories map[string]string `json:"repositories"` // by service
	PodRoles     map[string]string `json:"podRoles"`     // ARNs of those that pods act as, by service
	Quota        map[string]string `json:"quota"`        // of each namespace
	Limits       map[string]string `json:"limits"`
	Fences       struct {
		NetworkPolicy bool `json:"networkPolicy"`
	} `json:"fences"`
}

// NodeGroup is one group of the platform's nodes.
type NodeGroup struct {
	InstanceTypes []string `json:"instanceTypes"`
	Min           int      `json:"min"`
	Max           int      `json:"max"`
	Tainted       bool     `json:"tainted"`
	Spot          bool     `json:"spot"`
	DiskGiB       int      `json:"diskGiB"`
}

// Headroom is the room that the platform keeps for a spike.
type Headroom struct {
	Nodes int     `json:"nodes"`
	Share float64 `json:"share"`
}

// exported are the names of the exports; each is read by itself, so that what is not needed here is not read.
var exported = []string{"region", "clusterName", "kubeconfig", "ingress", "teams", "nodeGroups", "headroom", "prices"}

// read reads a platform's exports. What its stack has exported is known at preview too, so this does not wait for anything to come.
func read(ctx *pulumi.Context, stack string) (*Platform, error) {
	ref, err := pulumi.NewStackReference(ctx, "platform", &pulumi.StackReferenceArgs{Name: pulumi.String(stack)})
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	for _, name := range exported {
		got, err := ref.GetOutputDetails(name)
		if err != nil {
			return nil, fmt.Errorf("stack %s: %w", stack, err)
		}
		if got.Value != nil {
			values[name] = got.Value
		} else if got.SecretValue != nil {
			values[name] = got.SecretValue
		}
	}
	text, err := json.Marshal(values)
	if err != nil {
		return nil, fmt.Errorf("stack %s: exports: %w", stack, err)
	}
	p := &Platform{}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("stack %s: exports: %w", stack, err)
	}
	var lacks []string
	for name, there := range map[string]bool{
		"clusterName": p.ClusterName != "", "kubeconfig": p.Kubeconfig != "", "teams": len(p.Teams) > 0, "nodeGroups": len(p.NodeGroups) > 0,
	} {
		if !there {
			lacks = append(lacks, name)
		}
	}
	if len(lacks) > 0 {
		slices.Sort(lacks) // they came in a map's order
		list := strings.Join(lacks, ", ")
		return nil, fmt.Errorf("stack %s: it exports no %s: want a platform of Paddock's that is up", stack, list)
	}
	return p, nil
}
