package aws

import (
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
)

// stocked is a cloud with a few records in it, as if EKS had made them.
func stocked(t *testing.T) *Cloud {
	t.Helper()
	c, err := Open(filepath.Join(t.TempDir(), "aws.db"), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	err = c.store.update(func(tx *Tx) error {
		put := func(kind, id string, state, private Props) {
			tx.put(&Record{Kind: kind, ID: id, Name: id, Region: "us-west-2", State: state, Private: private})
		}
		put(tokenCluster, "dev", Props{"arn": "arn:cluster", "tags": Props{"team": "red"}}, nil)
		put(tokenNodeGroup, "dev:general", Props{"arn": "arn:nodes", "clusterName": "dev", "nodeGroupName": "general", "tagsAll": Props{"cost": "shared"}}, nil)
		put(tokenGroup, "asg", Props{"arn": "arn:asg", "tags": Props{"eks:cluster-name": "dev"}}, nil)
		tx.note("asg", "first", "because.", nil)
		tx.note("asg", "second", "because.", fail(shortage, "none"))
		put(tokenInstance, "i-1", Props{"group": "asg"}, nil)
		put(tokenAccessEntry, "dev:arn:aws:iam::1:role/a", Props{"accessEntryArn": "arn:entry"}, nil)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What IAM policies and their conditions are held against: the resource with its tags or, where there is none, the ARN that
// it would have.
func TestTargets(t *testing.T) {
	c := stocked(t)
	eks, asg := "arn:aws:eks:us-west-2:"+c.account+":", "arn:aws:autoscaling:us-west-2:"+c.account+":"
	for _, tc := range []struct {
		call   string
		params Props
		want   Target
	}{
		{"eks:DescribeCluster", Props{"name": "dev"}, Target{"arn:aws:eks:us-west-2:" + c.account + ":cluster/dev", map[string]string{"team": "red"}}},
		{"eks:DescribeCluster", Props{"name": "x"}, Target{ARN: eks + "cluster/x"}},
		{"eks:DescribeNodegroup", Props{"clusterName": "dev", "nodegroupName": "general"}, Target{"arn:nodes", map[string]string{"cost": "shared"}}},
		{"eks:DescribeNodegroup", Props{"clusterName": "dev", "nodegroupName": "x"}, Target{ARN: eks + "nodegroup/dev/x/*"}},
		{"eks:DescribeAddon", Props{"clusterName": "dev", "addonName": "x"}, Target{ARN: eks + "addon/dev/x/*"}},
		{"eks:DescribeAccessEntry", Props{"clusterName": "dev", "principalArn": "arn:aws:iam::1:role/a"}, Target{"arn:entry", map[string]string{}}},
		{"eks:DescribeAccessEntry", Props{"clusterName": "dev", "principalArn": "arn:aws:iam::1:role/b"}, Target{ARN: eks + "access-entry/dev/role/1/b/*"}},
		{"autoscaling:SetDesiredCapacity", Props{"AutoScalingGroupName": "asg"}, Target{"arn:asg", map[string]string{"eks:cluster-name": "dev"}}},
		{"autoscaling:SetDesiredCapacity", Props{"AutoScalingGroupName": "x"}, Target{ARN: asg + "autoScalingGroup:*:autoScalingGroupName/x"}},
		{"autoscaling:TerminateInstanceInAutoScalingGroup", Props{"InstanceId": "i-1"}, Target{"arn:asg", map[string]string{"eks:cluster-name": "dev"}}},
		{"autoscaling:TerminateInstanceInAutoScalingGroup", Props{"InstanceId": "i-2"}, Target{ARN: asg + "autoScalingGroup:*:autoScalingGroupName/*"}},
		{"iam:GetRole", Props{"RoleName": callerRole}, Target{c.CallerARN(), map[string]string{}}},
		{"iam:GetRole", Props{"RoleName": "x"}, Target{ARN: "arn:aws:iam::" + c.account + ":role/x"}},
		{"logs:DescribeLogGroups", nil, Target{ARN: "arn:aws:logs:us-west-2:" + c.account + ":log-group:*"}},
	} {
		in := &Call{Env: c.env("us-west-2"), Params: tc.params}
		var got []Target
		c.store.view(func(tx *Tx) { got = operations[tc.call].on(tx, in) })
		if !reflect.DeepEqual(got, []Target{tc.want}) {
			t.Errorf("%s %v: got %v, want %v", tc.call, tc.params, got, tc.want)
		}
	}
}

// Actions that know no resources are for policies about "*".
func TestActionsWithoutResources(t *testing.T) {
	for name, op := range operations {
		describes := len(name) > 12 && (name[:12] == "ec2:Describe" || name == "autoscaling:DescribeAutoScalingGroups")
		if describes && op.on != nil {
			t.Errorf("%s has a target; the action knows no resources", name)
		}
	}
}

func TestActivities(t *testing.T) {
	c := stocked(t)
	ask := func(params Props) (Props, error) {
		return c.Call(t.Context(), Call{Env: c.env("us-west-2"), Service: "autoscaling", Action: "DescribeScalingActivities", Params: params})
	}
	out, err := ask(Props{"AutoScalingGroupName": "asg", "MaxRecords": "1"})
	if err != nil {
		t.Fatal(err)
	}
	newest := objs(out, "Activities")
	if len(newest) != 1 || newest[0]["Description"] != "second" || newest[0]["StatusCode"] != "Failed" || newest[0]["StatusMessage"] != "InsufficientInstanceCapacity: none" {
		t.Errorf("got %v", newest)
	}
	if out, err = ask(Props{"NextToken": out["NextToken"]}); err != nil || objs(out, "Activities")[0]["Description"] != "first" || out["NextToken"] != nil {
		t.Errorf("second page: %v, %v", out, err)
	}
	if err := c.store.update(func(t *Tx) error { t.drop(t.get(tokenGroup, "asg")); return nil }); err != nil {
		t.Fatal(err)
	}
	c.store.view(func(tx *Tx) {
		if left, err := tx.activities("asg"); len(left) != 0 || err != nil {
			t.Errorf("of a group that is gone: %v, %v", left, err)
		}
	})
}

func TestUnknownCalls(t *testing.T) {
	c := stocked(t)
	_, err := c.Call(t.Context(), Call{Service: "ec2", Action: "RunInstances"})
	var known *Error
	if !errors.As(err, &known) || known.Code != "InvalidAction" {
		t.Errorf("got %v", err)
	}
}

func TestTokensBelongToTheirCall(t *testing.T) {
	if from, ok := opened("DescribeVpcs", sealed("DescribeVpcs", 7)); !ok || from != 7 {
		t.Errorf("got %d %v", from, ok)
	}
	for _, token := range []string{"", "junk", "*", sealed("DescribeSubnets", 7), sealed("DescribeVpcs", -1)} {
		if from, ok := opened("DescribeVpcs", token); ok {
			t.Errorf("%q was taken for %d", token, from)
		}
	}
}

func TestWildcards(t *testing.T) {
	for _, tc := range []struct {
		pattern string
		yes, no []string
	}{
		{"dev", []string{"dev"}, []string{"DEV", "devs", ""}},
		{"d*v", []string{"dv", "dev", "d/e\nv"}, []string{"dve"}},
		{"d?v", []string{"dev"}, []string{"dv", "deev"}},
		{`d\*v`, []string{"d*v"}, []string{"dev"}},
		{"a.b(c", []string{"a.b(c"}, []string{"axb(c"}},
	} {
		want := wanted([]string{tc.pattern})
		for _, v := range append(slices.Clone(tc.yes), tc.no...) {
			if got := anyMatch([]string{v}, want); got != slices.Contains(tc.yes, v) {
				t.Errorf("%q on %q: got %v", tc.pattern, v, got)
			}
		}
	}
}
