package iam_test

import (
	"fmt"
	"testing"

	"paddock/sandbox/iam"
)

// BenchmarkDecide asks five policies of five statements, none of which is about the call, so that all are looked at.
func BenchmarkDecide(b *testing.B) {
	var docs []*iam.Document
	for i := range 5 {
		var list []string
		for j := range 5 {
			list = append(list, fmt.Sprintf(`'Effect':'Allow','Action':['ec2:Describe*','autoscaling:Set*','svc%d:Get*'],
				'Resource':['arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/x%d*','arn:aws:s3:::${aws:username}/*'],
				'Condition':{'StringEquals':{'aws:ResourceTag/k8s.io/cluster-autoscaler/c%d':'owned'}}`, i, j, j))
		}
		docs = append(docs, parse(b, policy(list...)))
	}
	r := iam.Request{Principal: caller, Action: "autoscaling:SetDesiredCapacity", Resource: group, Keys: keys{
		"aws:ResourceTag/k8s.io/cluster-autoscaler/dev": {"owned"}, "aws:RequestedRegion": {"us-west-2"}, "aws:username": {"ann"},
	}}
	b.ReportAllocs()
	for b.Loop() {
		iam.Decide(docs, r)
	}
}

// BenchmarkParse is what a call pays that has only the text at hand.
func BenchmarkParse(b *testing.B) {
	d, _ := iam.Managed("AmazonEKSClusterPolicy")
	text := d.Text()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = iam.Parse(text)
	}
}
