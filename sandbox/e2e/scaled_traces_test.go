package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// did waits for a call of the autoscaler's on a group, with an outcome, after the first n of the audit.
func (a *scaled) did(t *testing.T, after int, action, group, outcome string) {
	t.Helper()
	eventually(t, within, fmt.Sprintf("%s on %s by the autoscaler's role: %s", action, group, outcome), func() bool {
		for _, c := range a.scaling(t, after) {
			if c.Action == action && strings.Contains(c.Resource, "/eks-"+group+"-") && c.Outcome == outcome {
				return true
			}
		}
		return false
	})
}

// scaling is what the autoscaler's role has asked to be changed, less the first calls of the audit.
func (a *scaled) scaling(t *testing.T, after int) []call {
	t.Helper()
	all := a.calls(t, "--principal", "-autoscaler-")
	all = slices.DeleteFunc(all, func(c call) bool { return strings.Contains(c.Action, ":Describe") })
	return all[after:]
}

// log is what the autoscaler's pods have written, less the table of instance types.
func (a *scaled) log(t *testing.T, flags ...string) string {
	t.Helper()
	var lines []string
	all := a.kubectl(t, append([]string{"-n kube-system logs --tail=-1 --prefix", scalerPods}, flags...)...).all()
	for line := range strings.Lines(all) {
		if !strings.Contains(line, "Using static instance type") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// logged waits for words on one line of the log.
func (a *scaled) logged(t *testing.T, words ...string) {
	t.Helper()
	eventually(t, within, fmt.Sprintf("the autoscaler's log says %q", words), func() bool {
		for line := range strings.Lines(a.log(t)) {
			if containsAll(line, words...) {
				return true
			}
		}
		return false
	})
}

func containsAll(text string, words ...string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// explain shows what the autoscaler had to say about a failure.
func (a *scaled) explain(t *testing.T) {
	if !t.Failed() {
		return
	}
	lines := strings.Split(a.log(t), "\n")
	t.Logf("end of the autoscaler's log:\n%s\n%s", strings.Join(lines[max(0, len(lines)-60):], "\n"), a.kubectl(t, "get nodes,pods -A -o wide").out)
	for _, c := range a.scaling(t, 0) {
		t.Logf("%s %s: %s %s", c.Action, c.Resource, c.Outcome, c.Message)
	}
}
