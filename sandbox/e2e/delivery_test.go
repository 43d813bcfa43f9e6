package e2e

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestDelivery is a platform that only a pipeline's jobs touch: each has GitLab's token and takes on a role that bootstrap or the
// platform has made. Its parts share one sandbox and build on each other, in this order.
func TestDelivery(t *testing.T) {
	t.Parallel()
	d := newDelivery(t)
	for _, part := range []struct {
		story string
		tell  func(*testing.T)
	}{
		{"a preview's job sees what would be made, and makes nothing", d.previews},
		{"a deploy that lacks a right stops where it needs it", d.stops},
		{"a deploy's job makes the platform", d.deploys},
		{"nothing changes when nothing has changed", d.unchanged},
		{"a team's builds push to its own repositories", d.builds},
		{"a team's releases end at its own namespace", d.releases},
		{"a team's releases keep the state of its own stack", d.keepsState},
		{"roles are taken on from the branch that they trust", d.strangers},
		{"a preview's job sees a change, and changes nothing", d.previewsChange},
		{"a deploy's job changes the platform", d.changed},
		{"destroy leaves nothing", d.ends},
	} {
		if !t.Run(part.story, part.tell) && part.story == "a deploy's job makes the platform" {
			return // nothing else can be told
		}
	}
}

// delivery is a platform in an account that bootstrap has prepared, and the config that it was last brought up with.
type delivery struct {
	*account
	config object
	before map[string]bool // what was in the account before any deploy
	denied int             // calls that were meant to be
}

func newDelivery(t *testing.T) *delivery {
	t.Helper()
	d := &delivery{account: newAccount(t), config: delivered()}
	d.configure(t, d.config)
	for _, name := range []string{"frontend-viewer", "frontend-deployer", "backend-viewer", "backend-deployer"} {
		if r := d.cmd(t, "role", name); r.code != 0 {
			t.Fatalf("sandbox role %s: %s", name, r.all())
		}
	}
	for _, name := range []string{"paddock-dev-shop", "paddock-dev-till"} {
		d.podRole(t, name)
	}
	d.enlist(t)
	d.before = d.there(t)
	return d
}

// deploy runs a verb of Pulumi's as the deploy's job.
func (d *delivery) deploy(t *testing.T, verb string, flags ...string) result {
	t.Helper()
	start := time.Now()
	r := d.job(t, deployJob, "pulumi "+strings.Join(append([]string{verb, "--yes", "--skip-preview"}, flags...), " "))
	t.Logf("pulumi %s %s: exit %d after %s", verb, strings.Join(flags, " "), r.code, time.Since(start).Round(100*time.Millisecond))
	return r
}

// done fails the test unless all went well and nothing was denied.
func (d *delivery) done(t *testing.T, verb string, flags ...string) result {
	t.Helper()
	r := d.deploy(t, verb, flags...)
	if r.code != 0 {
		t.Fatalf("pulumi %s: exit %d\n%s", verb, r.code, r.all())
	}
	denied := d.calls(t, "--denied", "--principal", deployJob.role)
	for _, c := range denied[d.denied:] {
		t.Errorf("pulumi %s: denied: %s on %s", verb, c.Action, c.Resource)
	}
	return r
}

// stops takes a few rights away, in the order in which an `up` comes to them; TestDeployRights takes each.
func (d *delivery) stops(t *testing.T) {
	policies := d.policies(t)
	for _, row := range []struct{ sid, step, refused string }{
		{"StateWrite", "operation error S3: PutObject", "s3:PutObject"},
		{"Ec2Vpc", "creating aws:ec2:Vpc paddock-dev-vpc", "ec2:CreateVpc"},
		{"EksCluster", "creating aws:eks:Cluster", "eks:CreateCluster"},
		{"IamRoleLinked", "creating aws:eks:Cluster", "iam:CreateServiceLinkedRole"}, // only an account's first cluster asks
		{"EksNodegroup", "creating aws:eks:NodeGroup", "eks:TagResource"},
	} {
		f, ok := d.lacking(t, policies, find(t, policies, row.sid), life[0])
		if !ok || !strings.HasPrefix(f.step, row.step) || !strings.HasSuffix(f.refused, " "+row.refused) {
			t.Errorf("without %s: failed %v at %q: %q; want %q, %q", row.sid, ok, f.step, f.refused, row.step, row.refused)
		}
	}
}

func find(t *testing.T, policies map[string]document, sid string) lack {
	t.Helper()
	for arn, doc := range policies {
		if row := slices.IndexFunc(doc.Statement, func(s statement) bool { return s.Sid == sid }); row >= 0 {
			return lack{policy: arn, row: row, sid: sid}
		}
	}
	t.Fatalf("no statement %s", sid)
	return lack{}
}

func (d *delivery) deploys(t *testing.T) { d.done(t, "up") }

func (d *delivery) unchanged(t *testing.T) { d.done(t, "up", "--expect-no-changes") }

func (d *delivery) ends(t *testing.T) {
	d.done(t, "destroy")
	for what := range d.there(t) {
		if !d.before[what] {
			t.Errorf("left: %s", what)
		}
	}
}

// there is what people have made, but for the state's files, of which the past is kept.
func (d *delivery) there(t *testing.T) map[string]bool {
	t.Helper()
	var list []struct{ Kind, ID string }
	must(t, json.Unmarshal([]byte(d.cmd(t, "leftovers", "--json").out), &list))
	out := map[string]bool{}
	for _, r := range list {
		if !strings.HasPrefix(r.Kind, "paddock:sandbox/s3:") {
			out[r.Kind+" "+r.ID] = true
		}
	}
	return out
}

// preview is a preview's job: it sees what a deploy would do, and may not do it.
func (d *delivery) preview(t *testing.T, sees ...string) {
	t.Helper()
	r := d.job(t, previewJob, "pulumi preview")
	for _, word := range sees {
		if !strings.Contains(r.out, word) {
			t.Errorf("the preview lacks %q", word)
		}
	}
	if r.code != 0 || t.Failed() {
		t.Fatalf("pulumi preview: exit %d\n%s", r.code, r.all())
	}
	before := d.there(t)
	refused(t, "pulumi up by a preview's job", d.job(t, previewJob, "pulumi up --yes --skip-preview"), "AccessDenied", "s3:PutObject")
	if !maps.Equal(before, d.there(t)) {
		t.Error("a preview's job has changed something")
	}
}

func (d *delivery) previews(t *testing.T) { d.preview(t, "aws:eks:Cluster", "to create") }

func (d *delivery) previewsChange(t *testing.T) {
	d.configure(t, grown())
	d.preview(t, "aws:eks:Cluster", "update", "to update")
}

func (d *delivery) changed(t *testing.T) {
	for _, c := range []object{grown(), shrunk()} {
		d.configure(t, c)
		d.done(t, "up")
	}
	d.done(t, "up", "--expect-no-changes")
}
