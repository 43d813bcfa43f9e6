package ingress

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/balancer"
	"paddock/components/controller"
)

// off are the features that nothing here uses, each of which would want more rights. What is off by itself is not named: a later
// release might not know the name.
const off = "EnableServiceController=false,NLBGatewayAPI=false,ALBGatewayAPI=false"

// flags are the binary's arguments.
func (b *builder) flags() pulumi.StringArray {
	list := []string{
		"--cluster-name=" + b.ClusterName,
		"--ingress-class=" + Class,
		"--aws-region=" + b.Region,
		// The targets are pods. Those of a Service are read from its slices, for which there are rights.
		"--default-target-type=ip",
		"--enable-endpoint-slices=true",
		"--default-ssl-policy=" + balancer.TLSPolicy,
		"--disable-ingress-class-annotation=true", // the class is named where the API server sees it
		"--enable-shield=false", "--enable-waf=false", "--enable-wafv2=false",
		"--enable-pod-readiness-gate-inject=false",
		"--feature-gates=" + off,
		"--webhook-cert-dir=" + servingPath,
		"--leader-election-id=" + lease,
		"--leader-election-namespace=" + controller.Namespace,
	}
	if len(b.Tags) > 0 {
		var tags []string
		for _, key := range slices.Sorted(maps.Keys(b.Tags)) {
			tags = append(tags, key+"="+b.Tags[key])
		}
		list = append(list, "--default-tags="+strings.Join(tags, ","))
	}
	// Unset, it asks the instance metadata service, which pods cannot reach.
	return append(pulumi.ToStringArray(list), pulumi.Sprintf("--aws-vpc-id=%s", b.VpcID))
}
