package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"paddock/sandbox/aws"
)

// What flags do not name stays; a latency is asked for with its factor.
func TestWeatherOverConditions(t *testing.T) {
	before := aws.Conditions{Latency: "aws", LatencyFactor: 0.1, BootDelay: aws.Duration{Duration: time.Second}, Limits: map[string]int{"vpcs": 2}}
	rows := map[string]struct {
		flags []string
		file  string
		want  func(*aws.Conditions)
		fault string
	}{
		"none":           {nil, "", func(*aws.Conditions) {}, ""},
		"latency":        {[]string{"--latency", "aws"}, "", func(c *aws.Conditions) { c.LatencyFactor = 0 }, ""},
		"factor":         {[]string{"--latency-factor", "0.5"}, "", func(c *aws.Conditions) { c.LatencyFactor = 0.5 }, ""},
		"instant":        {[]string{"--latency", "none", "--boot-delay", "0s"}, "", func(c *aws.Conditions) { c.Latency, c.LatencyFactor, c.BootDelay = "none", 0, aws.Duration{} }, ""},
		"limit":          {[]string{"--limit", "elastic addresses=1"}, "", func(c *aws.Conditions) { c.Limits = map[string]int{"vpcs": 2, "elastic addresses": 1} }, ""},
		"faults":         {[]string{"--faults", "-"}, "faults: [{fault: never-joins}]", func(c *aws.Conditions) { c.Faults = []aws.Mishap{{Fault: "never-joins"}} }, ""},
		"factor by file": {[]string{"--faults", "-"}, "latencyFactor: 0.2", func(c *aws.Conditions) { c.LatencyFactor, c.Faults = 0.2, nil }, ""},
		"flag over file": {[]string{"--faults", "-", "--latency", "none"}, "{latency: aws, latencyFactor: 0.2}", func(c *aws.Conditions) { c.Latency, c.LatencyFactor = "none", 0 }, ""},
		"typical":        {[]string{"--boot-delay", "typical", "--pull-delay", "typical"}, "", func(c *aws.Conditions) { c.BootDelay.Duration, c.PullDelay.Duration = 45*time.Second, 5*time.Second }, ""},
		"pull":           {[]string{"--pull-delay", "3s"}, "", func(c *aws.Conditions) { c.PullDelay.Duration = 3 * time.Second }, ""},
		"pull by file":   {[]string{"--faults", "-", "--boot-delay", "0s"}, "{pullDelay: 2s, bootDelay: 9s}", func(c *aws.Conditions) { c.PullDelay.Duration, c.BootDelay.Duration = 2*time.Second, 0 }, ""},
		"bad pull file":  {[]string{"--faults", "-"}, "pullDelay: -2s", nil, "-: pullDelay: -2s: want 0s or more"},
		"bad latency":    {[]string{"--latency", "gcp"}, "", nil, `latency: "gcp": want aws or none`},
		"bad file":       {[]string{"--faults", "-"}, "faults: [{fault: storm}]", nil, `-: faults[0]: fault: "storm"`},
		"missing file":   {[]string{"--faults", "/none/such"}, "", nil, "/none/such"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			var w weather
			cmd := &cobra.Command{}
			w.flags(cmd)
			cmd.Run = func(*cobra.Command, []string) {}
			cmd.SetArgs(row.flags)
			if err := cmd.Execute(); err != nil {
				t.Fatal(err)
			}
			got, err := w.over(before, strings.NewReader(row.file))
			if row.fault != "" {
				if err == nil || !strings.Contains(err.Error(), row.fault) {
					t.Errorf("got %v, want %q", err, row.fault)
				}
				return
			}
			want := before
			row.want(&want)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, %v; want %+v", got, err, want)
			}
		})
	}
}

// A delay that is none is refused by flag, value and rule.
func TestBadDelays(t *testing.T) {
	for _, flag := range []string{"--boot-delay", "--pull-delay"} {
		for _, value := range []string{"soon", "-1s", "5", "Typical"} {
			var w weather
			cmd := &cobra.Command{SilenceErrors: true, SilenceUsage: true, Run: func(*cobra.Command, []string) {}}
			w.flags(cmd)
			cmd.SetArgs([]string{flag + "=" + value})
			want := `invalid argument "` + value + `" for "` + flag + `" flag: want typical, or a duration of 0s or more, such as 45s`
			if err := cmd.Execute(); err == nil || err.Error() != want {
				t.Errorf("%s=%s: %v, want %s", flag, value, err, want)
			}
		}
	}
}

// Delays are told as they are asked for.
func TestDelaysInForce(t *testing.T) {
	got := inForce(aws.Conditions{BootDelay: aws.Duration{Duration: typicalBoot}, PullDelay: aws.Duration{Duration: typicalPull}})
	if want := []string{"boot delay: 45s", "pull delay: 5s"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNeededPolicy(t *testing.T) {
	const arn = "arn:aws:ec2:us-west-2:123456789012:vpc/vpc-1"
	got := needed([]aws.Entry{
		{Action: "ec2:CreateVpc", Resource: arn, Outcome: "ok"}, {Action: "ec2:CreateTags", Resource: arn, Outcome: "ok"},
		{Action: "ec2:DescribeVpcs", Resource: "*", Outcome: "ok"}, {Action: "ec2:DeleteVpc", Resource: arn, Outcome: "UnauthorizedOperation", Unallowed: true},
		{Action: "iam:PassRole", Resource: "arn:aws:iam::123456789012:role/a/b", PassedTo: "eks.amazonaws.com", Outcome: "ok"},
		{Action: "sts:GetCallerIdentity", Resource: "*", Outcome: "ok"},
	}).Text()
	for _, want := range []string{
		`"Sid":"Ec2Vpc"`, `["ec2:CreateTags","ec2:CreateVpc"]`, `"arn:aws:ec2:us-west-2:*:vpc/*"`, `"Sid":"Ec2Any"`,
		`"Sid":"IamRoleEks"`, `"arn:aws:iam::*:role/*"`, `"iam:PassedToService":"eks.amazonaws.com"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %s: %s", want, got)
		}
	}
	for _, not := range []string{"ec2:DeleteVpc", "GetCallerIdentity", "123456789012"} {
		if strings.Contains(got, not) {
			t.Errorf("has %s: %s", not, got)
		}
	}
}

// Two chains to one end: the longer one counts, and what is not AWS's takes no time.
func TestLongestPath(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	resource := func(urn string, end time.Duration, waits ...any) map[string]any {
		return map[string]any{"urn": urn, "created": at.Add(end).Format(time.RFC3339Nano), "dependencies": waits}
	}
	s := state{"checkpoint": map[string]any{"latest": map[string]any{"resources": []any{
		resource("vpc", 2*time.Second), resource("nat", 12*time.Second, "vpc"), resource("cluster", 22*time.Second, "vpc"),
		resource("nodes", 30*time.Second, "cluster", "nat"), resource("pod", 31*time.Second, "nodes"),
	}}}}
	call := func(urn string, began time.Duration, took float64) aws.Entry {
		return aws.Entry{URN: urn, Verb: "create", Outcome: "ok", Time: at.Add(began), Seconds: took}
	}
	p := longest(s, []aws.Entry{
		call("vpc", 0, 2), call("nat", 2*time.Second, 10), call("cluster", 2*time.Second, 20), call("nodes", 22*time.Second, 8),
		{URN: "other", Verb: "delete", Outcome: "ok", Seconds: 99},
	})
	if p.Seconds != 30 || p.Makespan != 31 || len(p.Steps) != 3 || p.Steps[1].URN != "cluster" {
		t.Errorf("got %+v", p)
	}
}
