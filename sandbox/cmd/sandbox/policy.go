package main

import (
	"encoding/json"
	"io"
	"slices"
	"strings"

	"paddock/sandbox/aws"
	"paddock/sandbox/iam"
)

// group is what one statement of a derived policy is about: a service, a kind of resource, and whom roles are passed to.
type group struct{ service, resource, passedTo string }

// needed is the smallest policy by action and kind of resource that allows the calls that were allowed. Resources are told
// as far as their kind, in any account: what a stack names is not known before it is made.
func needed(calls []aws.Entry) *iam.Document {
	actions := map[group][]string{}
	for _, c := range calls {
		if c.Denied() || c.Source == "owner" || c.Action == "sts:GetCallerIdentity" { // the latter needs no permission
			continue
		}
		service, _, _ := strings.Cut(c.Action, ":")
		g := group{service, kindOf(c.Resource), c.PassedTo}
		if !slices.Contains(actions[g], c.Action) {
			actions[g] = append(actions[g], c.Action)
		}
	}
	var list []iam.Statement
	for g, of := range actions {
		slices.Sort(of)
		s := iam.Statement{Sid: g.sid(), Effect: "Allow", Action: of, Resource: iam.Strings{g.resource}}
		if g.passedTo != "" {
			s.Condition = map[string]map[string]iam.Values{"StringEquals": {"iam:PassedToService": {g.passedTo}}}
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b iam.Statement) int { return strings.Compare(a.Sid, b.Sid) })
	return iam.New(list...)
}

// kindOf is the ARN with a star for account and name.
func kindOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return arn
	}
	if parts[4] != "" {
		parts[4] = "*"
	}
	if parts[2] == "s3" { // buckets have no kind in their ARNs
		_, _, object := strings.Cut(parts[5], "/")
		parts[5] = map[bool]string{false: "*", true: "*/*"}[object]
	}
	if i := strings.IndexAny(parts[5], "/:"); i > 0 {
		parts[5] = parts[5][:i+1] + "*"
	}
	return strings.Join(parts, ":")
}

// sid names a statement after service and kind: Ec2Subnet.
func (g group) sid() string {
	kind := "Any"
	if parts := strings.SplitN(g.resource, ":", 6); len(parts) == 6 {
		kind = strings.TrimRight(parts[5], "/:*")
		if parts[2] == "s3" {
			kind = map[string]string{"*": "bucket", "*/*": "object"}[parts[5]]
		}
	}
	var out strings.Builder
	words := strings.FieldsFunc(g.service+"-"+kind+"-"+strings.TrimSuffix(g.passedTo, ".amazonaws.com"), func(r rune) bool { return strings.ContainsRune("-/:.", r) })
	for _, word := range words {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return out.String()
}

func printPolicy(w io.Writer, d *iam.Document) error {
	return printJSON(w, json.RawMessage(d.Text()))
}
