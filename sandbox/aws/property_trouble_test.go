package aws_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"paddock/sandbox/aws"
)

// The steps that are no calls of Pulumi's: what happens behind its back, and what goes wrong.

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
	failure, wrong := w.tried(id+" "+strings.Join(w.cloud.Groups(), " "), func() error { return w.cloud.Terminate(context.Background(), id, d.IntN(2) == 0) })
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
	w.odd(o.urn)
	w.odd(o.id) // an update leaves drift alone, and what was found has another URN
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
