package account

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// variables are those of the pipeline in GitLab. None is a secret.
func (b *build) variables() pulumi.StringMap {
	list := pulumi.StringMap{}
	for _, stack := range b.cfg.stacks() {
		prefix := "PADDOCK_" + strings.ToUpper(strings.ReplaceAll(stack, "-", "_")) + "_"
		list[prefix+"ACCOUNT"] = pulumi.String(b.account.ID)
		list[prefix+"REGION"] = pulumi.String(b.cfg.environment(stack).Region)
		list[prefix+"STATE"] = b.backend()
		list[prefix+"SECRETS_PROVIDER"] = b.secrets()
	}
	return list
}

func (b *build) backend() pulumi.StringOutput {
	return pulumi.Sprintf("s3://%s?region=%s", b.statePart.Bucket, b.cfg.Region)
}

func (b *build) secrets() pulumi.StringInput {
	return pulumi.String("awskms://" + keyAlias + "?region=" + b.cfg.Region)
}
