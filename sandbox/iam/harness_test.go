package iam_test

import (
	"strings"
	"testing"

	"paddock/sandbox/iam"
)

const (
	account = "123456789012"
	role    = "arn:aws:iam::123456789012:role/nodes"
	session = "arn:aws:sts::123456789012:assumed-role/nodes/i-1"
	group   = "arn:aws:autoscaling:us-west-2:123456789012:autoScalingGroup:u-1:autoScalingGroupName/a"
)

// caller is a session of a role.
var caller = iam.Principal{ARN: session, RoleARN: role, Account: account}

func parse(t testing.TB, text string) *iam.Document {
	t.Helper()
	d, err := iam.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

// policy is a policy of these statements, whose fields may be written with ' for ".
func policy(statements ...string) string {
	text := `{"Version":"2012-10-17","Statement":[{` + strings.Join(statements, "},{") + `}]}`
	return strings.ReplaceAll(text, "'", `"`)
}

type keys = map[string][]string
