package aws

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// lifecycle is a policy of a repository, as ECR's guide has it ("Lifecycle policy properties").
type lifecycle struct {
	Rules []lifecycleRule `json:"rules"`
}

type lifecycleRule struct {
	Priority  int    `json:"rulePriority"`
	Describe  string `json:"description"`
	Selection struct {
		Status   string   `json:"tagStatus"`
		Prefixes []string `json:"tagPrefixList"`
		Patterns []string `json:"tagPatternList"`
		Count    string   `json:"countType"`
		Unit     string   `json:"countUnit"`
		Number   int      `json:"countNumber"`
	} `json:"selection"`
	Action struct {
		Type string `json:"type"`
	} `json:"action"`
}

const (
	maxLifecycle = 30720 // characters of a policy
	maxRules     = 50
)

// isObject says that a text is a JSON object.
func isObject(text string) bool {
	var fields map[string]json.RawMessage
	return json.Unmarshal([]byte(text), &fields) == nil && fields != nil
}

// lifecycleFault tells everything that ECR refuses in a policy; nil = nothing.
func lifecycleFault(text string) error {
	refuse := func(faults ...string) error {
		return fail("InvalidParameterException", "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: \n%s'", strings.Join(faults, "\n"))
	}
	if len(text) < 100 || len(text) > maxLifecycle {
		return fail("InvalidParameterException", "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'must have length between 100 and %d'", maxLifecycle)
	}
	var p lifecycle
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return refuse("instance failed to match the schema: " + strings.TrimPrefix(err.Error(), "json: "))
	}
	if len(p.Rules) == 0 || len(p.Rules) > maxRules {
		return refuse(fmt.Sprintf("array must have between 1 and %d rules", maxRules))
	}
	var faults []string
	for _, r := range p.Rules {
		for _, what := range r.faults() {
			faults = append(faults, fmt.Sprintf("rule %d: %s", r.Priority, what))
		}
	}
	if faults = append(faults, p.together()...); len(faults) > 0 {
		return refuse(faults...)
	}
	return nil
}

// together are the faults of rules that do not go with each other.
func (p lifecycle) together() []string {
	var faults []string
	seen, once, last := map[int]bool{}, map[string]bool{}, 0
	for _, r := range p.Rules {
		last = max(last, r.Priority)
	}
	for _, r := range p.Rules {
		if seen[r.Priority] {
			faults = append(faults, fmt.Sprintf("'rulePriority' must be unique within the policy, and %d is not", r.Priority))
		}
		seen[r.Priority] = true
		status := r.Selection.Status
		if status != "tagged" && once[status] {
			faults = append(faults, fmt.Sprintf("there can be only one rule for tagStatus=%s", status))
		}
		once[status] = true
		if status == "any" && r.Priority != last {
			faults = append(faults, "the rule for tagStatus=any must have the lowest priority, that is the highest 'rulePriority'")
		}
	}
	return faults
}

// faults are those of one rule by itself.
func (r lifecycleRule) faults() []string {
	var faults []string
	wrong := func(bad bool, what string) {
		if bad {
			faults = append(faults, what)
		}
	}
	s := r.Selection
	lists := len(s.Prefixes) + len(s.Patterns)
	wrong(r.Priority < 1, "'rulePriority' must be 1 or more")
	wrong(!slices.Contains([]string{"tagged", "untagged", "any"}, s.Status), "'tagStatus' must be one of tagged, untagged, any")
	wrong(s.Status == "tagged" && lists == 0, "'tagPrefixList' or 'tagPatternList' is required where tagStatus=tagged")
	wrong(s.Status != "tagged" && lists > 0, "'tagPrefixList' and 'tagPatternList' are for tagStatus=tagged only")
	wrong(len(s.Prefixes) > 0 && len(s.Patterns) > 0, "'tagPrefixList' and 'tagPatternList' exclude each other")
	wrong(!slices.Contains([]string{"imageCountMoreThan", "sinceImagePushed"}, s.Count), "'countType' must be one of imageCountMoreThan, sinceImagePushed")
	wrong(s.Count == "sinceImagePushed" && s.Unit != "days", "'countUnit' must be days where countType=sinceImagePushed")
	wrong(s.Count == "imageCountMoreThan" && s.Unit != "", "'countUnit' is for countType=sinceImagePushed only")
	wrong(s.Number < 1, "'countNumber' must be 1 or more")
	wrong(r.Action.Type != "expire", "'type' of the action must be expire")
	return faults
}
