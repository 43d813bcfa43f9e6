package e2e

import (
	"strings"
	"testing"
)

// crashing waits for a pod of the autoscaler that is started again and again, and gives its name.
func (a *scaled) crashing(t *testing.T) (name string) {
	t.Helper()
	eventually(t, within, "a pod of the autoscaler in CrashLoopBackOff, with restarts", func() bool {
		for line := range strings.Lines(a.kubectl(t, "-n kube-system get pods --no-headers", scalerPods).out) {
			f := strings.Fields(line)
			if len(f) > 3 && f[2] == "CrashLoopBackOff" && f[3] != "0" {
				name = f[0]
			}
		}
		return name != ""
	})
	return name
}

// undo brings back the flags before the last ones.
func (a *scaled) undo(t *testing.T) {
	t.Helper()
	a.do(t, "-n kube-system rollout undo", scaler)
	a.do(t, "-n kube-system rollout status --timeout=1m", scaler)
}

func (a *scaled) flag(t *testing.T) {
	a.patch(t, "--scale-up-at-once=please")
	name := a.crashing(t)
	if log := a.do(t, "-n kube-system logs --previous", name); !strings.Contains(log, "unknown flag: --scale-up-at-once") {
		t.Errorf("the log of the run before: %s", log)
	}
	a.apply(t, deployment("load", 1, whole, zonal)) // the old pods scale
	a.running(t, "load", 1)
	a.undo(t)
	a.rest(t)
}

func (a *scaled) tags(t *testing.T) {
	a.flags(t, "--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/another")
	before := len(a.scaling(t, 0))
	a.apply(t, deployment("load", 1, whole, zonal))
	a.told(t, "NotTriggerScaleUp", "pod didn't trigger scale-up")
	a.idleSince(t, before)
	a.do(t, "delete deployment load")
	a.undo(t)
}

// idleSince checks that nothing was scaled, and that no pod of the load runs.
func (a *scaled) idleSince(t *testing.T, before int) {
	t.Helper()
	for _, c := range a.scaling(t, before) {
		if c.Action == "autoscaling:SetDesiredCapacity" && c.Outcome == "ok" {
			t.Errorf("scaled: %+v", c)
		}
	}
	a.nodes(t, 2)
	a.running(t, "load", 0)
}

// denied takes the role's rights from pods that work.
func (a *scaled) denied(t *testing.T) {
	a.logged(t, "Refreshed ASG list") // it works
	before := len(a.scaling(t, 0))
	a.drift(t, a.record(t, "aws:iam/rolePolicy:RolePolicy", "-autoscaler-").ID, "--delete")
	a.apply(t, deployment("load", 1, whole, zonal))
	a.logged(t, "AccessDenied", "autoscaling:SetDesiredCapacity")
	a.told(t, "FailedToScaleUpGroup", "AccessDenied")
	a.idleSince(t, before)
	a.succeed(t, "up", "--target", "**RolePolicy::**")
	a.running(t, "load", 1)
	a.rest(t)
}

// record is the only one of a kind whose id holds the words.
func (s *sandbox) record(t *testing.T, kind, words string) record {
	t.Helper()
	for _, r := range s.dump(t) {
		if r.Kind == kind && strings.Contains(r.ID, words) {
			return r
		}
	}
	t.Fatalf("no %s with %s", kind, words)
	return record{}
}

func (a *scaled) late(t *testing.T) {
	for _, r := range a.dump(t) {
		if r.Kind == "aws:eks/podIdentityAssociation:PodIdentityAssociation" && r.State["serviceAccount"] == "cluster-autoscaler" {
			a.drift(t, r.ID, "--delete")
		}
	}
	a.do(t, "-n kube-system delete pods --wait=false", scalerPods)
	name := a.crashing(t)
	if log := a.do(t, "-n kube-system logs --previous", name); !strings.Contains(log, "NoCredentialProviders") {
		t.Errorf("the log of the run before: %s", log)
	}
	a.succeed(t, "up", "--target", "**PodIdentityAssociation::**")
	before := a.restarts(t, name)
	eventually(t, within, "another run, which still has no credentials", func() bool {
		return a.restarts(t, name) > before
	})
	a.crashing(t)
	if log := a.do(t, "-n kube-system logs --previous", name); !strings.Contains(log, "NoCredentialProviders") {
		t.Errorf("the log of the run that knew of the association: %s", log)
	}
	a.do(t, "-n kube-system rollout restart", scaler)
	a.do(t, "-n kube-system rollout status --timeout=1m", scaler)
	a.apply(t, deployment("load", 1, whole, zonal))
	a.running(t, "load", 1)
	a.rest(t)
}

func (a *scaled) restarts(t *testing.T, name string) int {
	t.Helper()
	var p struct {
		Status struct{ ContainerStatuses []struct{ RestartCount int } }
	}
	a.get(t, &p, "pod", "-n kube-system", name)
	if len(p.Status.ContainerStatuses) == 0 {
		return 0
	}
	return p.Status.ContainerStatuses[0].RestartCount
}
