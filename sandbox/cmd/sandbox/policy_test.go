package main

import (
	"testing"

	"paddock/sandbox/aws"
)

// Buckets and what is in them are two kinds, however they are called.
func TestNeededOfBuckets(t *testing.T) {
	var calls []aws.Entry
	for action, resource := range map[string]string{
		"s3:ListBucket": "arn:aws:s3:::state", "s3:GetObject": "arn:aws:s3:::state/a/b", "ecr:PutImage": "arn:aws:ecr:us-west-2:1:repository/a/b",
	} {
		calls = append(calls, aws.Entry{Action: action, Resource: resource, Outcome: "ok"})
	}
	got := map[string]string{}
	for _, s := range needed(calls).Statements() {
		got[s.Sid] = s.Resource[0]
	}
	for sid, want := range map[string]string{"S3Bucket": "arn:aws:s3:::*", "S3Object": "arn:aws:s3:::*/*", "EcrRepository": "arn:aws:ecr:us-west-2:*:repository/*"} {
		if got[sid] != want {
			t.Errorf("%s: got %q, want %q in %v", sid, got[sid], want, got)
		}
	}
}
