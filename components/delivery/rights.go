package delivery

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"paddock/components/policy"
)

// rights are what the pipeline's roles may do, as data: what `sandbox calls --policy` printed for the stacks of all presets, by
// kind of resource. docs/delivery-rights.md says how they are made anew.
//
//go:embed rights
var rights embed.FS

// kindOf is a statement of such a file: actions on one kind of resource, as an ARN with a star for each name.
type kindOf struct {
	Sid        string
	Actions    []string `json:"Action"`
	Resource   string
	Conditions policy.Conditions `json:"Condition"`
	Unasked    map[string]string // actions that AWS alone is asked for, never the local cloud, and when
}

// Scope is what a platform's rights end at.
type Scope struct {
	Account  Account
	Platform string // whose name, or tag Platform, its resources have
}

// Preview is what reading a platform takes.
func (s Scope) Preview() ([]policy.Document, error) { return s.documents("preview.json") }

// Deploy is what making, changing and deleting a platform takes.
func (s Scope) Deploy() ([]policy.Document, error) { return s.documents("deploy.json") }

func (s Scope) documents(file string) ([]policy.Document, error) {
	raw, err := rights.ReadFile("rights/" + file)
	if err != nil {
		return nil, err
	}
	var data struct{ Statement []kindOf }
	if err := json.Unmarshal(raw, &data); err != nil {
		return nil, fmt.Errorf("rights: %s: %w", file, err)
	}
	var all []policy.Statement
	for _, k := range data.Statement {
		statements, err := s.narrow(k)
		if err != nil {
			return nil, fmt.Errorf("rights: %s: %w", file, err)
		}
		all = append(all, statements...)
	}
	return pack(all)
}

// narrow writes the statements of one kind: one for each limit that its actions are under.
func (s Scope) narrow(k kindOf) ([]policy.Statement, error) {
	var statements []policy.Statement
	index := map[string]int{}
	for _, action := range k.Actions {
		l, ok := s.limit(k.Resource, action)
		if !ok {
			return nil, fmt.Errorf("%s on %s: no limit is known for it: add one to limits", action, k.Resource)
		}
		at, begun := index[l.name]
		if !begun {
			at = len(statements)
			index[l.name] = at
			statements = append(statements, policy.Statement{
				Sid: k.Sid + l.name, Resources: s.resources(k.Resource, l), Conditions: policy.Join(k.Conditions, s.conditions(l)),
			})
		}
		statements[at].Actions = append(statements[at].Actions, action)
	}
	return statements, nil
}

func (s Scope) limit(resource, action string) (limit, bool) {
	service, kind := split(resource)
	for _, l := range limits {
		for pattern := range strings.SplitSeq(l.actions, " ") {
			// The patterns are of this package, and well formed.
			if ok, _ := path.Match(pattern, action); ok && service == l.service && (kind == l.kind || l.kind == "*") {
				return l, true
			}
		}
	}
	return limit{}, false
}

// split takes service and kind from an ARN: ec2 and vpc/; of "*" both are empty.
func split(arn string) (service, kind string) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return "", ""
	}
	return parts[2], strings.TrimSuffix(parts[5], "*")
}

// resources spells out partition, region, account and names.
func (s Scope) resources(arn string, l limit) []string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return []string{arn}
	}
	for i, own := range map[int]string{1: s.Account.Partition, 3: s.Account.Region, 4: s.Account.ID} {
		if parts[i] != "" {
			parts[i] = own
		}
	}
	names := l.names
	if len(names) == 0 {
		names = []string{parts[5]}
	}
	var list []string
	for _, name := range names {
		list = append(list, strings.Join(parts[:5], ":")+":"+s.spell(name))
	}
	return list
}

func (s Scope) conditions(l limit) policy.Conditions {
	out := policy.Conditions{}
	for operator, keys := range l.when {
		out[operator] = map[string][]string{}
		for key, values := range keys {
			for _, value := range values {
				out[operator][key] = append(out[operator][key], s.spell(value))
			}
		}
	}
	return out
}

// spell puts the platform's name and the partition where a limit leaves room for them.
func (s Scope) spell(text string) string {
	return strings.NewReplacer("{platform}", s.Platform, "{partition}", s.Account.Partition).Replace(text)
}

// IAM's limits: characters of a managed policy, and policies of a role.
const (
	maxPolicy   = 6144
	maxPolicies = 10
)

// pack puts statements into as few policies as hold them in their order, so that the same rights always make the same policies.
func pack(statements []policy.Statement) ([]policy.Document, error) {
	var list []policy.Document
	for _, s := range statements {
		if n := len(list); n > 0 {
			longer := policy.Document{Statements: append(slices.Clip(list[n-1].Statements), s)}
			if len(longer.JSON()) <= maxPolicy {
				list[n-1] = longer
				continue
			}
		}
		one := policy.Document{Statements: []policy.Statement{s}}
		if n := len(one.JSON()); n > maxPolicy {
			return nil, fmt.Errorf("rights: statement %s: has %d characters with its policy: IAM takes %d", s.Sid, n, maxPolicy)
		}
		list = append(list, one)
	}
	if len(list) > maxPolicies-1 { // one is for Pulumi's state
		return nil, fmt.Errorf("rights: take %d policies: a role has %d, one of them for the state", len(list), maxPolicies)
	}
	return list, nil
}
