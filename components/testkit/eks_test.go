package testkit_test

import (
	"testing"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-eks/sdk/v2/go/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/testkit"
)

// The component of pulumi-eks answers with references; what hangs on them must resolve.
func TestEKSComponent(t *testing.T) {
	program := func(ctx *pulumi.Context) error {
		c, err := eks.NewCluster(ctx, "c", &eks.ClusterArgs{Name: pulumi.String("dev"), Version: pulumi.String("1.34")})
		if err != nil {
			return err
		}
		cluster := c.EksCluster
		field := func(of func(*awseks.Cluster) pulumi.StringOutput) pulumi.Input {
			return cluster.ApplyT(of).(pulumi.StringOutput)
		}
		in := pulumi.Map{
			"name":       field(func(c *awseks.Cluster) pulumi.StringOutput { return c.Name }),
			"endpoint":   field(func(c *awseks.Cluster) pulumi.StringOutput { return c.Endpoint }),
			"version":    field(func(c *awseks.Cluster) pulumi.StringOutput { return c.Version }),
			"ca":         field(func(c *awseks.Cluster) pulumi.StringOutput { return c.CertificateAuthority.Data().Elem() }),
			"core":       c.Core.Endpoint(),
			"kubeconfig": c.KubeconfigJson,
		}
		makeThing(ctx, "kubernetes:core/v1:Namespace", "n", in, pulumi.DeletedWith(c), pulumi.DependsOn([]pulumi.Resource{c}))
		return nil
	}
	got := testkit.Run(t, program)
	inside := got.Get(t, "kubernetes:core/v1:Namespace n")
	for input, want := range map[string]any{
		"name": "dev", "endpoint": "https://dev.eks.test", "version": "1.34", "ca": "Q0E=", "core": "https://dev.eks.test",
		"kubeconfig": `{"clusters":[{"name":"kubernetes","cluster":{"server":"https://dev.eks.test"}}]}`,
	} {
		if inside.Input(input) != want {
			t.Errorf("%s = %v, want %v", input, inside.Input(input), want)
		}
	}
	component := got.Get(t, "eks:index:Cluster c")
	if !component.Remote || inside.DeletedWith != component.URN || !got.Follows(t, inside.Key(), component.Key()) {
		t.Errorf("component = %+v\ninside = %+v", component, inside)
	}
	if len(got) != 2 {
		t.Errorf("recorded %v, want only what the program registered", got.Keys())
	}
	if previewed := testkit.Run(t, program, testkit.WithPreview()); len(previewed) != 2 {
		t.Errorf("preview recorded %v", previewed.Keys())
	}
}
