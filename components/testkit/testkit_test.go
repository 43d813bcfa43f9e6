package testkit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/testkit"
)

// thing is any custom resource: the recorder does not look at the type.
type thing struct {
	pulumi.CustomResourceState
	Arn  pulumi.StringOutput `pulumi:"arn"`
	Name pulumi.StringOutput `pulumi:"name"`
}

func makeThing(ctx *pulumi.Context, typ, name string, in pulumi.Map, opts ...pulumi.ResourceOption) *thing {
	t := &thing{}
	if err := ctx.RegisterResource(typ, name, in, t, opts...); err != nil {
		panic(err)
	}
	return t
}

func TestRecordKeepsOptions(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		a := makeThing(ctx, "aws:ec2/vpc:Vpc", "a", pulumi.Map{"cidrBlock": pulumi.String("10.0.0.0/16")}, pulumi.Protect(true))
		b := makeThing(ctx, "aws:ec2/subnet:Subnet", "b", pulumi.Map{"of": a.ID(), "password": pulumi.ToSecret(pulumi.String("p"))})
		makeThing(ctx, "kubernetes:core/v1:Namespace", "c", nil, pulumi.DependsOn([]pulumi.Resource{b}),
			pulumi.DeletedWith(a), pulumi.IgnoreChanges([]string{"x"}), pulumi.DeleteBeforeReplace(true))
		return nil
	})
	a, b := got.Get(t, "aws:ec2/vpc:Vpc a"), got.Get(t, "aws:ec2/subnet:Subnet b")
	c := got.Get(t, "kubernetes:core/v1:Namespace c")
	if !a.Protect || a.ID != "a-id" || !a.Custom || b.Input("of") != "a-id" || b.Input("password") != "p" {
		t.Errorf("a = %+v\nb = %+v", a, b)
	}
	if c.DeletedWith != a.URN || !slices.Equal(c.DependsOn, []string{b.URN}) || !slices.Equal(c.IgnoreChanges, []string{"x"}) || !c.DeleteBeforeReplace {
		t.Errorf("c = %+v", c)
	}
	if !got.Follows(t, c.Key(), a.Key()) || got.Follows(t, a.Key(), c.Key()) {
		t.Error("c follows a through b, and not the other way")
	}
	if len(got.OfType("aws:ec2/vpc:Vpc")) != 1 {
		t.Error("one Vpc expected")
	}
}

func TestOutputs(t *testing.T) {
	for name, tc := range map[string]struct {
		opts []testkit.Option
		want any
	}{
		"created":   {want: "arn:aws:iam::123456789012:role/r"},
		"previewed": {opts: []testkit.Option{testkit.WithPreview()}, want: nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := testkit.Run(t, func(ctx *pulumi.Context) error {
				role := makeThing(ctx, "aws:iam/role:Role", "r", nil)
				makeThing(ctx, "aws:iam/rolePolicy:RolePolicy", "p", pulumi.Map{"role": role.Arn})
				return nil
			}, tc.opts...)
			if role := got.Get(t, "aws:iam/rolePolicy:RolePolicy p").Input("role"); role != tc.want {
				t.Errorf("role = %v, want %v", role, tc.want)
			}
		})
	}
}

func TestDuplicateIsAnError(t *testing.T) {
	_, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
		makeThing(ctx, "aws:ec2/vpc:Vpc", "a", nil)
		makeThing(ctx, "aws:ec2/vpc:Vpc", "a", nil)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "aws:ec2/vpc:Vpc a: registered twice") {
		t.Errorf("err = %v", err)
	}
}

func TestInvoke(t *testing.T) {
	invoke := func(ctx *pulumi.Context) error {
		var out struct {
			Account string `pulumi:"account"`
		}
		return ctx.Invoke("aws:index/getCallerIdentity:getCallerIdentity", nil, &out)
	}
	if _, err := testkit.RunErr(t, invoke); err == nil || !strings.Contains(err.Error(), "getCallerIdentity: not answered") {
		t.Errorf("err = %v", err)
	}
	testkit.Run(t, invoke, testkit.WithCall(func(pulumi.MockCallArgs) (resource.PropertyMap, error) {
		return resource.PropertyMap{"account": resource.NewProperty(testkit.Account)}, nil
	}))
}

func TestConfigAndStack(t *testing.T) {
	testkit.Run(t, func(ctx *pulumi.Context) error {
		if v, _ := ctx.GetConfig("paddock:region"); v != "eu-west-1" || ctx.Stack() != "prod" {
			t.Errorf("region %q, stack %q", v, ctx.Stack())
		}
		return nil
	}, testkit.WithStack("prod"), testkit.WithConfig(map[string]string{"paddock:region": "eu-west-1"}))
}
