package infra

import (
	"net/netip"
	"reflect"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/testkit"
)

// Who deploys services finds under which domain and class, and whom their pods must let in.
func TestIngressIsExported(t *testing.T) {
	const arn = "arn:aws:acm:us-west-2:123456789012:certificate/a"
	for name, tc := range map[string]struct {
		ingress Ingress
		want    map[string]any
	}{
		"none": {Ingress{}, nil},
		"a certificate that is there": {Ingress{Domain: "dev.example.com", Certificate: arn}, map[string]any{
			"domain": "dev.example.com", "class": "alb", "certificateArn": arn,
			"sourceBlocks": []any{"10.10.224.0/22", "10.10.228.0/22"}, "validation": []any{},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, _ := Preset(Dev)
			cfg.Region, cfg.Ingress = "us-west-2", tc.ingress
			cfg.Cluster.PublicAccess = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}
			// A resource takes them: an apply that nothing takes may not run before the program ends.
			got := testkit.Run(t, func(ctx *pulumi.Context) error {
				p, err := Up(ctx, cfg)
				if err != nil {
					return err
				}
				in := pulumi.Map{}
				if p.Ingress != nil {
					in["exports"] = p.Ingress
				}
				return ctx.RegisterResource("test:index:Taker", "taker", in, &pulumi.CustomResourceState{})
			}).Get(t, "test:index:Taker taker").Input("exports")
			if tc.want == nil {
				if got != nil {
					t.Errorf("exports %v", got)
				}
				return
			}
			if !reflect.DeepEqual(got, any(tc.want)) {
				t.Errorf("exports %#v\nwant    %#v", got, tc.want)
			}
		})
	}
}
