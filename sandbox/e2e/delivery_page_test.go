package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// deployHeading begins the part of docs/delivery-rights.md that a run writes: the last one.
const deployHeading = "## What each right of a deploy is for\n"

const deployHead = deployHeading + `
Written by a run, not by hand. A platform of the stack dev is made, changed, made less, repaired after somebody has meddled with it,
and destroyed: by the role that bootstrap makes, with a job's token. Each statement of the role's policies is taken away alone, and
the first step that fails is here. Besides, each action must have been asked for; ` + "`-deploy-actions`" + ` takes those away one by one, too.

` + "```" + `
$ cd sandbox && go test -run TestDeployRights -timeout 2h ./e2e -args -deploy-rights   # writes this table
` + "```" + `

| Without | Fails | At | AWS says |
| --- | --- | --- | --- |
`

const deployFoot = `
Only AWS asks for these, not the local cloud:

`

// deployPage renders the table: statements in order, and under each its actions; then what only AWS asks for.
func deployPage(found []felt, unasked map[string]string) string {
	slices.SortStableFunc(found, func(a, b felt) int { return strings.Compare(a.sid+" "+a.action, b.sid+" "+b.action) })
	var b strings.Builder
	b.WriteString(deployHead)
	for _, f := range found {
		what := "**" + f.sid + "**"
		if f.action != "" {
			what = "`" + f.action + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", what, f.phase, f.step, f.refused)
	}
	b.WriteString(deployFoot)
	for _, action := range slices.Sorted(maps.Keys(unasked)) {
		fmt.Fprintf(&b, "- `%s`: %s\n", action, unasked[action])
	}
	return b.String()
}
