package policy

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Output writes a document from values that other resources make (ARNs, account ids): build
// gets them in the order given, once all are known.
func Output(build func(values []string) Document, values ...pulumi.StringInput) pulumi.StringOutput {
	return pulumi.StringArray(values).ToStringArrayOutput().ApplyT(func(known []string) string {
		return build(known).JSON()
	}).(pulumi.StringOutput)
}
