package policy_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/policy"
	"paddock/components/testkit"
)

func TestJSON(t *testing.T) {
	for name, tc := range map[string]struct {
		document policy.Document
		want     string
	}{
		"service": {
			document: policy.AssumeByService("eks.amazonaws.com"),
			want:     `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["eks.amazonaws.com"]},"Action":["sts:AssumeRole"]}]}`,
		},
		"pod identity": {
			document: policy.AssumeByPodIdentity(),
			want:     `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["pods.eks.amazonaws.com"]},"Action":["sts:AssumeRole","sts:TagSession"]}]}`,
		},
		"account": {
			document: policy.AssumeByAccount("aws-cn", "123456789012"),
			want:     `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws-cn:iam::123456789012:root"]},"Action":["sts:AssumeRole"]}]}`,
		},
		"web identity": {
			document: policy.AssumeByWebIdentity("arn:provider", policy.StringEquals("h:aud", "a"), policy.StringLike("h:sub", "s:*"), policy.StringEqualsIfExists("k", "v")),
			want: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":["arn:provider"]},"Action":["sts:AssumeRoleWithWebIdentity"],` +
				`"Condition":{"StringEquals":{"h:aud":["a"]},"StringEqualsIfExists":{"k":["v"]},"StringLike":{"h:sub":["s:*"]}}}]}`,
		},
		"deny everybody": {
			document: policy.Document{Statements: []policy.Statement{{
				Effect: policy.Deny, Principal: &policy.Principal{AWS: []string{"*"}}, Actions: []string{"s3:*"}, Resources: []string{"*"},
			}}},
			want: `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":["*"]},"Action":["s3:*"],"Resource":["*"]}]}`,
		},
		"conditions are joined and sorted, nothing is escaped": {
			document: policy.Document{Statements: []policy.Statement{{
				Sid: "Take", Actions: []string{"s3:*"}, Resources: []string{"arn:aws:s3:::a&b/<x>"},
				Conditions: policy.StringEquals("b", "2"),
			}}}.When(policy.StringEquals("a", "1", "0"), policy.ArnLike("c", "arn:*")),
			want: `{"Version":"2012-10-17","Statement":[{"Sid":"Take","Effect":"Allow","Action":["s3:*"],"Resource":["arn:aws:s3:::a&b/<x>"],` +
				`"Condition":{"ArnLike":{"c":["arn:*"]},"StringEquals":{"a":["1","0"],"b":["2"]}}}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 5 {
				if got := tc.document.JSON(); got != tc.want {
					t.Fatalf("got  %s\nwant %s", got, tc.want)
				}
			}
		})
	}
}

func TestWhenLeavesTheOriginalAlone(t *testing.T) {
	original := policy.AssumeByPodIdentity()
	before := original.JSON()
	original.When(policy.StringEquals("aws:SourceAccount", "1"))
	if original.JSON() != before {
		t.Errorf("changed to %s", original.JSON())
	}
}

func TestPartitions(t *testing.T) {
	for region, want := range map[string][3]string{
		"us-west-2":     {"aws", "amazonaws.com", "arn:aws:iam::aws:policy/X"},
		"cn-north-1":    {"aws-cn", "amazonaws.com.cn", "arn:aws-cn:iam::aws:policy/X"},
		"us-gov-west-1": {"aws-us-gov", "amazonaws.com", "arn:aws-us-gov:iam::aws:policy/X"},
	} {
		partition := policy.PartitionOf(region)
		if got := [3]string{partition, policy.DNSSuffix(partition), policy.ManagedPolicyARN(partition, "X")}; got != want {
			t.Errorf("%s: got %v, want %v", region, got, want)
		}
	}
}

func TestOutputKeepsTheOrderOfValues(t *testing.T) {
	// A resource takes the document: an apply that nothing takes may not run before the program ends.
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		document := func(v []string) policy.Document {
			return policy.Document{Statements: []policy.Statement{{Actions: []string{v[0]}, Resources: []string{v[1]}}}}
		}
		return ctx.RegisterResource("test:index:Taker", "taker", pulumi.Map{
			"policy": policy.Output(document, pulumi.String("a:B"), pulumi.String("arn").ToStringOutput()),
		}, &pulumi.CustomResourceState{})
	}).Get(t, "test:index:Taker taker").Input("policy")
	if want := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a:B"],"Resource":["arn"]}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
