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
			"sourceBlocks": []string{"10.10.224.0/22", "10.10.228.0/22"}, "validation": []any{},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, _ := Preset(Dev)
			cfg.Region, cfg.Ingress = "us-west-2", tc.ingress
			cfg.Cluster.PublicAccess = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}
			var got map[string]any
			testkit.Run(t, func(ctx *pulumi.Context) error {
				p, err := Up(ctx, cfg)
				if err == nil && p.Ingress != nil {
					p.Ingress.ToMapOutput().ApplyT(func(exports map[string]any) bool { got = exports; return true })
				}
				return err
			})
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("exports %#v\nwant    %#v", got, tc.want)
			}
		})
	}
}
