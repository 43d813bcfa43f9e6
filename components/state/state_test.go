package state_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/state"
	"paddock/components/testkit"
)

func TestState(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		_, err := state.New(ctx, "account", &state.Args{Bucket: "paddock-state-1", Alias: "alias/paddock-state", Partition: "aws"})
		return err
	})
	inputs := map[string]any{}
	for key, r := range got {
		if r.Custom {
			inputs[key] = r.Plain()
		}
		loss := strings.HasPrefix(r.Type, "aws:kms/") || r.Type == "aws:s3/bucketV2:BucketV2"
		if r.Protect != loss {
			t.Errorf("%s: protect = %v", key, r.Protect)
		}
	}
	testkit.Golden(t, "state.json", inputs)
	testkit.Golden(t, "tls.json", got.Get(t, "aws:s3/bucketPolicy:BucketPolicy account-tls").Input("policy"))
}
