package conformance

import (
	"context"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"paddock/sandbox/aws"
)

// ownRig is for a test that makes roles, which others would list.
func ownRig(t *testing.T) *rig {
	r, end := newRig(t, t.TempDir())
	t.Cleanup(end)
	return r
}

func pathStyle(o *s3.Options) { o.UsePathStyle = true }

// as is a client's configuration that acts as a new role with these statements.
func (r *rig) as(t *testing.T, name, statements string) sdk.Config {
	t.Helper()
	if err := r.cloud.AddRole(aws.RoleSpec{Name: name, Policy: `{"Version":"2012-10-17","Statement":[` + statements + `]}`}); err != nil {
		t.Fatal(err)
	}
	held := ok[aws.Credentials](t)(r.cloud.Assume(context.Background(), r.cloud.Self(), "arn:aws:iam::"+r.cloud.Account()+":role/"+name, "suite"))
	config := r.config.Copy()
	config.Credentials = credentials.NewStaticCredentialsProvider(held.AccessKeyID, held.SecretAccessKey, held.SessionToken)
	return config
}

// allowing is a statement.
func allowing(action, resource string) string {
	return `{"Effect":"Allow","Action":"` + action + `","Resource":"` + resource + `"}`
}

func keyPolicyOf(statements string) string {
	return `{"Version":"2012-10-17","Statement":[` + statements + `]}`
}
