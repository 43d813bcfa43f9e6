package e2e

import (
	"fmt"
	"slices"
	"strings"
)

// row is one line of the table.
type row struct {
	cut
	finding
}

const pageHead = `# What each right of the autoscaler is for

Written by a run, not by hand. A drill starts the real Cluster Autoscaler (%s) with one right less than
` + "`components/autoscaler`" + ` gives it; pods without room then call for a node of an empty group, a pod moves off that node, and the node
goes. What broke is in the second column, what the log named as refused in the third. With all rights nothing breaks.

` + "```" + `
$ cd sandbox && go test -run TestRightsMatrix -timeout 1h ./e2e -args -rights   # twenty minutes; writes this page
` + "```" + `

A row that begins with *all of* takes a whole statement or rule away, the others one right of several. ` + "`make test`" + ` drills the
former, and fails for one whose lack breaks nothing that people would see, or which the log does not name.
`

const pageFoot = `
None shows nothing: ` + "`make test`" + ` and this run fail for such a one. ` + "`get nodes`" + ` is asked when a taint meets somebody else's change of
the node, such as a kubelet's; in that row, and in a drill with all rights, somebody changes it all the time.

Without ` + "`ec2:DescribeInstanceTypes`" + ` the autoscaler takes its own list, which does not know types that are newer than it. Without
a watch it lists again and again, with growing pauses. Volumes are not made here: what is read of them is waited for at the start,
whether there are any or not.

Not granted, though many examples do: ` + "`ec2:DescribeLaunchTemplateVersions`" + `. It is asked for groups whose policy names no instance
types; those that EKS makes of the platform's node groups do. A group of another making that is tagged for this autoscaler needs it:
refused there, the autoscaler does not start (kubernetes/autoscaler#6496).

Not in the table: ` + "`deviceclasses`" + `, ` + "`resourceclaims`" + ` and ` + "`resourceslices`" + `, which clusters from 1.35 on grant. The autoscaler that
runs here is older and does not ask for them; newer ones wait for them at their start.

## The scaler of headroom

Headroom by a share has a small program of its own. TestHeadroom takes its rules away in each ` + "`make test`" + `; the pod is not Ready, and
the log names what was refused.

| Without | What breaks |
| --- | --- |
`

// page renders the table, the single rights of a row that break the same in one line.
func page(version string, rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, pageHead, version)
	headings := map[string]string{"policy": "In AWS", "ClusterRole": "In the cluster", "Role": "In its namespace"}
	for _, kind := range []string{"policy", "ClusterRole", "Role"} {
		fmt.Fprintf(&b, "\n## %s\n\n| Without | What breaks | Refused |\n| --- | --- | --- |\n", headings[kind])
		of := slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.kind != kind })
		slices.SortStableFunc(of, func(x, y row) int { return x.row - y.row })
		for len(of) > 0 {
			first := of[0]
			same := slices.DeleteFunc(slices.Clone(of), func(r row) bool { return r.line() != first.line() })
			of = slices.DeleteFunc(of, func(r row) bool { return r.line() == first.line() })
			line(&b, same)
		}
	}
	b.WriteString(pageFoot)
	for _, r := range scalersRights {
		fmt.Fprintf(&b, "| %s | %s |\n", r.what, r.breaks)
	}
	return b.String()
}

// line is what rows must have in common to be told together.
func (r row) line() string { return fmt.Sprint(r.row, r.whole, r.breaks, len(r.denied) > 0) }

func line(b *strings.Builder, same []row) {
	var names, denied []string
	for _, r := range same {
		names = append(names, r.what)
		for _, d := range r.denied {
			if !slices.Contains(denied, d) {
				denied = append(denied, d)
			}
		}
	}
	first := same[0]
	what, breaks, refused := strings.Join(names, "; "), strings.Join(first.breaks, "; "), strings.Join(denied, ", ")
	switch {
	case breaks == "" && refused == "":
		breaks = "nothing"
	case breaks == "":
		breaks = "the log complains"
	}
	if first.whole && first.kind != "policy" {
		what = "all of: " + what
	}
	if !first.whole && slices.Equal(names, denied) {
		refused = "the same"
	}
	fmt.Fprintf(b, "| %s | %s | %s |\n", what, breaks, refused)
}
