package aws_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
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
			w.mu.Lock()
			doing := w.doing
			w.mu.Unlock()
			w.note("%3d %s was at: %s", s.n, s.verb, doing)
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
	urn := fmt.Sprintf("urn:pulumi:dev::paddock::%s::s%d", token, s.n)
	if d.chance(12) {
		in = d.spoiled(in)
		w.odd(urn)
	}
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
		w.made.count("create "+token, errors.New(checked.GetFailures()[0].GetReason()))
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
	o := owned{by: by, thing: thing{
		token: token, urn: urn, id: resp.GetId(), in: checked.GetInputs().AsMap(), out: resp.GetProperties().AsMap(),
	}}
	w.mu.Lock()
	w.things = append(w.things, o)
	w.mu.Unlock()
	return true, told + ": " + resp.GetId(), w.still(o)
}

// odd remembers that a resource, by URN or id, may have got inputs that no typed program has.
func (w *world) odd(urn string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.oddities == nil {
		w.oddities = map[string]bool{}
	}
	w.oddities[urn] = true
}

// still wants a thing that was just made or changed to need no change after a refresh.
func (w *world) still(o owned) error {
	if w.shared || w.says != nil || w.oddities[o.urn] || w.oddities[o.id] { // with others about, it may have been changed since
		return nil
	}
	r, err := w.ours.Read(context.Background(), &pulumirpc.ReadRequest{Id: o.id, Urn: o.urn, Inputs: onWire(o.in), Properties: onWire(o.out)})
	if err != nil {
		return harmless(err)
	}
	diff, err := w.ours.Diff(context.Background(), &pulumirpc.DiffRequest{
		Id: o.id, Urn: o.urn, Olds: r.GetProperties(), OldInputs: r.GetInputs(), News: onWire(o.in),
		IgnoreChanges: []string{"scalingConfig"}, // which autoscalers change
	})
	if err == nil && diff.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
		err = fmt.Errorf("%s %s changes for ever: %v, refreshed to %v", o.token, o.id, diff.GetDiffs(), r.GetInputs().AsMap())
	}
	return err
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

// altered are new inputs for a thing.
func (w *world) altered(d *draw, o owned) props {
	in := d.changed(o.in, drawer(o.token)(d))
	if o.token == tokEndpoint && in["vpcEndpointType"] != "Interface" {
		delete(in, "securityGroupIds") // which a gateway has no use for
	}
	if d.chance(12) {
		in = d.spoiled(in)
		w.odd(o.urn)
	}
	return in
}

func (w *world) update(s step) (string, error) {
	d := w.draw(s)
	all := d.things("", nil)
	if len(all) == 0 {
		return "", nil
	}
	o := all[0]
	in := w.altered(d, o)
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
	w.things = append(w.things, o)
	w.mu.Unlock()
	return told + ": done", w.still(o)
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
