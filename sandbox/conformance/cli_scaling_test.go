package conformance

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"paddock/sandbox/aws"
	"paddock/sandbox/wire"
)

// cliScaling sets a size and ends one instance, in a cloud of its own: other parts look at the groups too.
func cliScaling(t *testing.T, shared *cli) {
	fresh, end := newPlatform(t, t.TempDir())
	defer end()
	c := *shared
	c.platform, c.keys = fresh, fresh.cloud.AccessKey()
	name := c.group()
	c.get(t, "autoscaling", "set-desired-capacity", "--auto-scaling-group-name", name, "--desired-capacity", "4", "--no-honor-cooldown")
	gone := c.settled(t, name, 4)
	activity := c.get(t, "autoscaling", "terminate-instance-in-auto-scaling-group", "--instance-id", gone, "--should-decrement-desired-capacity",
		"--query", "Activity.[Description,StatusCode]")
	want(t, "activity", js(activity), js([]string{"Terminating EC2 instance: " + gone, "InProgress"}))
	if left := c.settled(t, name, 3); left == gone {
		t.Errorf("%s is still in the group", gone)
	}
	done := c.get(t, "autoscaling", "describe-scaling-activities", "--auto-scaling-group-name", name, "--query",
		"Activities[?Description=='Terminating EC2 instance: "+gone+"'].StatusCode")
	want(t, "activity", js(done), `["Successful"]`)
}

// settled waits until the group has n instances, all in service, and names one.
func (c *cli) settled(t *testing.T, group string, n int) string {
	t.Helper()
	var got []any
	for range 20 {
		got = c.get(t, "autoscaling", "describe-auto-scaling-groups", "--auto-scaling-group-names", group, "--query",
			"AutoScalingGroups[0].[DesiredCapacity,length(Instances),length(Instances[?LifecycleState=='InService']),Instances[0].InstanceId]").([]any)
		if size := float64(n); got[0] == size && got[1] == size && got[2] == size {
			return got[3].(string)
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Fatalf("group %s: desired, all, in service: %v; want %d", group, got, n)
	return ""
}

// cliThrottled is refused once by a busy service, and asks again by itself.
func cliThrottled(t *testing.T, shared *cli) {
	f := &flaky{err: &aws.Error{Code: "Throttling", Message: "once"}}
	server := httptest.NewServer(wire.Handler(f, shared.cloud, wire.Options{}))
	defer server.Close()
	busy := *shared
	platform, rig := *shared.platform, *shared.rig
	rig.config.BaseEndpoint, platform.rig, busy.platform = &server.URL, &rig, &platform
	got := busy.run(t, strings.Fields("ec2 describe-vpcs")...)
	if got.code != 0 || f.calls != 2 {
		t.Errorf("exit %d after %d calls\n%s", got.code, f.calls, got.err)
	}
}
