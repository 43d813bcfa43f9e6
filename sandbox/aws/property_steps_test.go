package aws_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"paddock/sandbox/aws"
)

// step is one operation of a sequence. What it chooses it draws from its own seed.
type step struct {
	n           int // names it, and what it makes
	verb, token string
	hint        string // what is made, and that nothing is wrong with it; empty = anything
	seed        uint64
}

// verbs are what steps may do, with how often of a hundred.
var verbs = []struct {
	name  string
	share int
	do    func(w *world, s step) (string, error)
}{
	{"create", 36, (*world).create},
	{"update", 15, (*world).update},
	{"delete", 12, (*world).remove},
	{"read", 5, (*world).read},
	{"desired", 4, (*world).desired},
	{"terminate", 4, (*world).terminate},
	{"drift", 4, (*world).drift},
	{"denied", 3, (*world).denied},
	{"conditions", 4, (*world).conditions},
	{"disorder", 2, (*world).disorder},
	{"call", 4, (*world).call},
	{"restart", 2, func(w *world, _ step) (string, error) { return "", w.restart() }},
	{"kill", 2, (*world).dies},
	{"resume", 1, func(w *world, _ step) (string, error) { return "", harmless(w.cloud.Resume(context.Background())) }},
	{"settle", 2, func(w *world, _ step) (string, error) { return "", w.settle() }},
}

// harmless passes an error on only if no user should see it.
func harmless(err error) error {
	if err == nil || proper(err) {
		return nil
	}
	return fmt.Errorf("not an error of AWS's: %w", err)
}

// do does one step and looks at all that must hold after it. The error is what does not.
func (w *world) do(s step) (err error) {
	defer func() {
		if err != nil {
			w.note("%3d %s was at: %s", s.n, s.verb, w.doing)
		}
	}()
	defer caught(&err)
	for _, v := range verbs {
		if v.name != s.verb {
			continue
		}
		told, err := v.do(w, s)
		w.note("%3d %s %s", s.n, s.verb, told)
		if err != nil {
			return err
		}
	}
	if broken := w.cloud.Broken(); len(broken) > 0 {
		return fmt.Errorf("broken: %s", strings.Join(broken, "; "))
	}
	return w.autopsy()
}

// caught makes a panic the error.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v at %s", p, ours(debug.Stack()))
	}
}

// ours are the lines of a stack that are of the cloud.
func ours(stack []byte) string {
	var out []string
	for _, line := range strings.Split(string(stack), "\n") {
		if strings.Contains(line, "sandbox/aws/") && !strings.Contains(line, "_test.go") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return strings.Join(out[:min(len(out), 5)], ", ")
}

func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trace = append(w.trace, fmt.Sprintf(format, args...))
}

// tried does one call and, if it fails, wants the account to be as before.
func (w *world) tried(doing string, f func() error) (failure, wrong error) {
	w.mu.Lock()
	w.doing = doing
	w.mu.Unlock()
	var before map[string]string
	if !w.shared {
		before = w.cloud.Records(w.known)
	}
	if w.says != nil {
		w.says(report{Doing: doing})
		defer func() { w.says(report{Records: w.cloud.Records(w.known)}) }()
	}
	failure = f()
	if wrong = harmless(failure); wrong != nil || failure == nil || w.shared {
		return failure, wrong
	}
	after := w.heard(before, w.cloud.Records(w.known))
	diff := differs(before, after)
	if diff != "" && strings.Contains(failure.Error(), "take down") {
		return failure, w.settle() // what the machine did not let go is taken away later
	}
	if diff != "" {
		wrong = fmt.Errorf("%w, and yet %s", failure, diff)
	}
	return failure, wrong
}

// heard leaves out what a create made whose answer was lost, with all that goes with it.
func (w *world) heard(before, after map[string]string) map[string]string {
	var lost []string
	for k, v := range after {
		if _, id, _ := strings.Cut(k, " "); before[k] == "" && strings.Contains(v, `"unheard":true`) {
			lost = append(lost, id)
		}
	}
	for k, v := range after {
		if before[k] == "" && slices.ContainsFunc(lost, func(id string) bool { return strings.Contains(v, id) }) {
			delete(after, k)
		}
	}
	return after
}

func text(p props) string {
	raw, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func (w *world) create(s step) (string, error) {
	d := w.draw(s)
	token := s.token
	in := drawer(token)(d)
	if d.chance(12) {
		in = d.spoiled(in)
	}
	urn := fmt.Sprintf("urn:pulumi:dev::paddock::%s::s%d", token, s.n)
	_, told, err := w.make(w.ours, s.n, urn, token, in)
	return told, err
}

// make checks and creates, as the engine does.
func (w *world) make(as pulumirpc.ResourceProviderServer, by int, urn, token string, in props) (made bool, told string, err error) {
	told = token + " " + text(in)
	checked, err := as.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urn, News: onWire(in), RandomSeed: []byte(urn)})
	if err != nil {
		return false, told, err
	}
	if len(checked.GetFailures()) > 0 {
		return false, told + ": refused: " + checked.GetFailures()[0].GetReason(), nil
	}
	var resp *pulumirpc.CreateResponse
	failure, wrong := w.tried(told, func() (err error) {
		resp, err = as.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn, Properties: checked.GetInputs()})
		return err
	})
	w.made.count("create "+token, failure)
	if failure != nil {
		return false, told + ": " + failure.Error(), wrong
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.things = append(w.things, owned{by: by, thing: thing{
		token: token, urn: urn, id: resp.GetId(), in: checked.GetInputs().AsMap(), out: resp.GetProperties().AsMap(),
	}})
	return true, told + ": " + resp.GetId(), nil
}

// forget takes a thing from those that are known to be there.
func (w *world) forget(o owned) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, t := range w.things {
		if t.urn == o.urn && t.id == o.id {
			w.things = append(w.things[:i:i], w.things[i+1:]...)
			return
		}
	}
}

func (w *world) update(s step) (string, error) {
	d := w.draw(s)
	all := d.things("", nil)
	if len(all) == 0 {
		return "", nil
	}
	o := all[0]
	in := d.changed(o.in, drawer(o.token)(d))
	if d.chance(12) {
		in = d.spoiled(in)
	}
	told := fmt.Sprintf("%s %s %s", o.token, o.id, text(in))
	checked, err := w.ours.Check(context.Background(), &pulumirpc.CheckRequest{Urn: o.urn, Olds: onWire(o.in), News: onWire(in)})
	if err != nil || len(checked.GetFailures()) > 0 {
		return told, err
	}
	diff, err := w.ours.Diff(context.Background(), &pulumirpc.DiffRequest{
		Id: o.id, Urn: o.urn, Olds: onWire(o.out), OldInputs: onWire(o.in), News: checked.GetInputs(),
	})
	if err != nil {
		return told, err
	}
	switch {
	case len(diff.GetReplaces()) > 0:
		return w.replace(s, o, in, diff.GetDeleteBeforeReplace(), told)
	case diff.GetChanges() == pulumirpc.DiffResponse_DIFF_NONE:
		return told + ": no change", nil
	}
	var resp *pulumirpc.UpdateResponse
	failure, wrong := w.tried(told, func() (err error) {
		resp, err = w.ours.Update(context.Background(), &pulumirpc.UpdateRequest{
			Id: o.id, Urn: o.urn, Olds: onWire(o.out), OldInputs: onWire(o.in), News: checked.GetInputs(),
		})
		return err
	})
	w.made.count("update "+o.token, failure)
	if failure != nil {
		return told + ": " + failure.Error(), wrong
	}
	w.forget(o)
	o.in, o.out = checked.GetInputs().AsMap(), resp.GetProperties().AsMap()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.things = append(w.things, o)
	return told + ": done", nil
}

// replace makes the new thing and deletes the old one, or the other way around.
func (w *world) replace(s step, o owned, in props, first bool, told string) (string, error) {
	told += ": replace"
	if first {
		failure, wrong := w.end(w.ours, o)
		if failure != nil {
			return told + ": delete first: " + failure.Error(), wrong
		}
	}
	made, how, err := w.make(w.ours, s.n, o.urn, o.token, in)
	told += ": " + how
	if err != nil || !made || first {
		return told, err
	}
	failure, wrong := w.end(w.ours, o)
	return fmt.Sprint(told, ": delete: ", failure), wrong
}

func (w *world) end(as pulumirpc.ResourceProviderServer, o owned) (failure, wrong error) {
	failure, wrong = w.tried(o.token+" "+o.id, func() error {
		_, err := as.Delete(context.Background(), &pulumirpc.DeleteRequest{Id: o.id, Urn: o.urn, Properties: onWire(o.out)})
		return err
	})
	w.made.count("delete "+o.token, failure)
	if failure == nil {
		w.forget(o)
	}
	return failure, wrong
}

func (w *world) remove(s step) (string, error) {
	o, ok := w.draw(s).any()
	if !ok {
		return "", nil
	}
	failure, wrong := w.end(w.ours, o)
	return fmt.Sprint(o.token, " ", o.id, ": ", failure), wrong
}

// any is a thing that a step has made, something that AWS has made by itself, or nothing that exists.
func (d *draw) any() (owned, bool) {
	if d.chance(15) {
		left := d.w.cloud.Leftovers()
		if len(left) == 0 {
			return owned{}, false
		}
		l := left[d.IntN(len(left))]
		if drawer(l.Kind) == nil {
			return owned{}, false
		}
		return owned{thing: thing{token: l.Kind, id: l.ID, urn: "urn:pulumi:dev::paddock::" + l.Kind + "::found"}}, true
	}
	all := d.things("", nil)
	if len(all) == 0 {
		return owned{}, false
	}
	if d.chance(5) {
		all[0].id = "none-0123456789abcdef0"
	}
	return all[0], true
}

// read refreshes or imports. What is there reads as it is on record, and needs no change.
func (w *world) read(s step) (string, error) {
	d := w.draw(s)
	o, ok := d.any()
	if !ok {
		return "", nil
	}
	req := &pulumirpc.ReadRequest{Id: o.id, Urn: o.urn}
	if d.IntN(2) == 0 {
		req.Inputs, req.Properties = onWire(o.in), onWire(o.out)
	}
	told := o.token + " " + o.id
	var resp *pulumirpc.ReadResponse
	failure, wrong := w.tried(told, func() (err error) { resp, err = w.ours.Read(context.Background(), req); return err })
	if failure != nil || w.shared {
		return fmt.Sprint(told, ": ", failure), wrong
	}
	if _, there := w.cloud.Records(w.known)[o.token+" "+o.id]; there != (resp.GetId() != "") {
		return told, fmt.Errorf("%s: on record: %v, and read as %q", told, there, resp.GetId())
	}
	return told, nil
}

func (w *world) desired(s step) (string, error) {
	groups := w.cloud.Groups()
	if len(groups) == 0 {
		return "", nil
	}
	d := w.draw(s)
	g, n := groups[d.IntN(len(groups))], d.IntN(7)-1
	failure, wrong := w.tried(g, func() error { return w.cloud.SetDesired(context.Background(), g, n) })
	return fmt.Sprint(g, " ", n, ": ", failure), wrong
}

func (w *world) terminate(s step) (string, error) {
	d := w.draw(s)
	id := "i-none"
	if all := w.cloud.Instances(); len(all) > 0 {
		id = all[d.IntN(len(all))]
	}
	failure, wrong := w.tried(id, func() error { return w.cloud.Terminate(context.Background(), id, d.IntN(2) == 0) })
	return fmt.Sprint(id, ": ", failure), wrong
}

// drift changes something behind Pulumi's back, or takes it away.
func (w *world) drift(s step) (string, error) {
	d := w.draw(s)
	o, ok := d.any()
	if !ok {
		return "", nil
	}
	to := aws.Drift{ID: o.id, Kind: o.token, Set: map[string]string{d.one("tags.Name", "tags.x", "description", "retentionInDays"): d.one("7", "x", "")}}
	if d.IntN(2) == 0 {
		to.Set, to.Delete = nil, true
	}
	failure := w.cloud.Drift(to)
	if failure == nil && to.Delete {
		w.forget(o)
	}
	if failure != nil && strings.HasPrefix(failure.Error(), "drift: ") { // our own words: the tool is used wrongly
		return failure.Error(), nil
	}
	return fmt.Sprintf("%+v: %v", to, failure), harmless(failure)
}

// denied does what the weak role may not.
func (w *world) denied(s step) (string, error) {
	d := w.draw(s)
	o, ok := d.any()
	if !ok || o.token == tokVpc || o.token == "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup" { // whose delete is no call
		return "", nil
	}
	if d.IntN(2) == 0 && len(o.in) > 0 {
		made, told, err := w.make(w.weak, s.n, o.urn+"x", o.token, o.in)
		if made {
			err = fmt.Errorf("%s: the weak role made one", o.token)
		}
		return told, err
	}
	there := false
	if !w.shared {
		_, there = w.cloud.Records(w.known)[o.token+" "+o.id]
	}
	failure, wrong := w.end(w.weak, o)
	if failure == nil && there {
		wrong = fmt.Errorf("%s %s: the weak role deleted it", o.token, o.id)
	}
	return fmt.Sprint(o.token, " ", o.id, ": ", failure), wrong
}

// conditions makes a bad day, or ends one.
func (w *world) conditions(s step) (string, error) {
	d := w.draw(s)
	var to aws.Conditions
	ms := func(n int) aws.Duration { return aws.Duration{Duration: time.Duration(d.IntN(n)) * time.Millisecond} }
	for range d.IntN(4) {
		m := aws.Mishap{Fault: aws.Mishaps[d.IntN(len(aws.Mishaps))], Times: d.IntN(3)}
		switch m.Fault {
		case "throttle", "error", "lost":
			m.Action = d.one("*", "ec2:*", "eks:*", "iam:Create*", "ec2:CreateSubnet")
		case "capacity":
			m.Zone = "us-west-2" + d.one("a", "b")
		case "addon-slow":
			m.After = aws.Duration{Duration: time.Millisecond}
		case "instance-dies":
			m.After = ms(3)
		}
		to.Faults = append(to.Faults, m)
	}
	if d.IntN(3) == 0 {
		to.BootDelay = ms(5)
	}
	if d.IntN(4) == 0 {
		to.Latency, to.LatencyFactor = "aws", 1e-5
	}
	return text(props{"conditions": to}), w.cloud.SetConditions(to)
}

func (w *world) disorder(s step) (string, error) {
	d := w.draw(s)
	call, times := d.one("EnsureCluster", "DeleteCluster", "EnsureNode", "DeleteNode", "EnsureAddon"), 1+d.IntN(2)
	w.machine.fail(call, times)
	return fmt.Sprint(call, " ", times), nil
}

// asked are parameters of the wire API, of one call or another.
var asked = []string{
	"clusterName", "name", "nodegroupName", "addonName", "principalArn", "associationId", "updateId", "resourceArn", "maxResults", "nextToken",
	"RoleName", "RoleArn", "RoleSessionName", "PolicyArn", "PolicyName", "VersionId", "PathPrefix", "Marker", "MaxItems", "InstanceProfileName",
	"KeyId", "Limit", "VpcId", "VpcIds", "SubnetId", "InstanceId", "InstanceIds", "AutoScalingGroupName", "AutoScalingGroupNames", "DesiredCapacity",
	"ShouldDecrementDesiredCapacity", "Filter", "Filters", "Attribute", "LaunchTemplateId", "LaunchTemplateName", "LaunchTemplateVersion",
	"logGroupNamePrefix", "limit", "MaxResults", "NextToken", "token", "WebIdentityToken", "DurationSeconds", "Tags", "OpenIDConnectProviderArn",
}

// call asks the wire API for something, with parameters that mean something now and then.
func (w *world) call(s step) (string, error) {
	d := w.draw(s)
	all := aws.Operations()
	service, action, _ := strings.Cut(all[d.IntN(len(all))], ":")
	env := w.cloud.Self()
	env.Region = "us-west-2"
	in := props{}
	for range d.IntN(8) {
		in[asked[d.IntN(len(asked))]] = d.parameter()
	}
	failure, wrong := w.tried(action+" "+text(in), func() error {
		_, err := w.cloud.Call(context.Background(), aws.Call{Env: env, Service: service, Action: action, Params: in})
		return err
	})
	if aws.IsLost(failure) {
		return action, nil
	}
	return fmt.Sprint(action, " ", text(in), ": ", failure), wrong
}

// parameter is the id or the ARN of something, a filter, or junk.
func (d *draw) parameter() any {
	o, _ := d.any()
	switch d.IntN(6) {
	case 0:
		return d.junk()
	case 1:
		return []any{props{"Name": d.one("vpc-id", "tag:Name", "state", "nonsense"), "Value": []any{d.junk(), o.id}, "Values": []any{o.id}}}
	case 2:
		return o.out["arn"]
	case 3:
		return []any{o.id}
	case 4:
		if all := d.w.cloud.Instances(); len(all) > 0 {
			return all[d.IntN(len(all))]
		}
	}
	return o.id
}

// dies takes what a kill would leave, now or in the middle of what comes next.
func (w *world) dies(s step) (string, error) {
	if w.draw(s).IntN(2) == 0 {
		w.mu.Lock()
		w.armed = true
		w.mu.Unlock()
		return "when the machine is asked next", nil
	}
	_, err := w.kill()
	return "now", err
}
