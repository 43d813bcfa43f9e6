package vpc_test

import (
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/testkit"
	"paddock/components/vpc"
)

// args is the dev platform's network; change breaks or bends one thing of it.
func args(change func(*vpc.Args)) *vpc.Args {
	a := &vpc.Args{
		Block: netip.MustParsePrefix("10.0.0.0/16"), Zones: []string{"us-west-2a", "us-west-2b"}, Region: "us-west-2",
		ClusterName: "dev", NAT: vpc.NATSingle, FlowLogDays: 30,
	}
	if change != nil {
		change(a)
	}
	return a
}

func program(a *vpc.Args, look func(*vpc.Vpc)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		v, err := vpc.New(ctx, "dev", a)
		if err == nil && look != nil {
			look(v)
		}
		return err
	}
}

func TestNetwork(t *testing.T) {
	got := testkit.Run(t, program(args(nil), nil))
	network := got.Get(t, "aws:ec2/vpc:Vpc dev")
	if network.Input("enableDnsSupport") != true || network.Input("enableDnsHostnames") != true || network.Input("cidrBlock") != "10.0.0.0/16" {
		t.Errorf("vpc = %v", network.Plain())
	}
	if network.Protect {
		t.Error("protected without being asked")
	}
	group := got.Get(t, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup dev-default").Plain()
	if group["vpcId"] != "dev-id" || group["ingress"] != nil || group["egress"] != nil {
		t.Errorf("default security group = %v, want no rules", group)
	}
	parent := got.Get(t, "paddock:vpc:Vpc dev").URN
	for key, r := range got {
		if r.Custom && r.Parent != parent {
			t.Errorf("%s: parent is %s", key, r.Parent)
		}
		for _, inline := range []string{"routes", "ingress", "egress"} {
			if r.Plain()[inline] != nil {
				t.Errorf("%s: inline %s", key, inline)
			}
		}
	}
}

func TestSubnets(t *testing.T) {
	got := testkit.Run(t, program(args(nil), nil))
	for name, want := range map[string]map[string]any{
		"dev-public-us-west-2b": {
			"vpcId": "dev-id", "cidrBlock": "10.0.228.0/22", "availabilityZone": "us-west-2b", "mapPublicIpOnLaunch": false,
			"tags": map[string]any{"Name": "dev-public-us-west-2b", "kubernetes.io/role/elb": "1", "kubernetes.io/cluster/dev": "shared"},
		},
		"dev-private-us-west-2b": {
			"vpcId": "dev-id", "cidrBlock": "10.0.32.0/19", "availabilityZone": "us-west-2b", "mapPublicIpOnLaunch": false,
			"tags": map[string]any{"Name": "dev-private-us-west-2b", "kubernetes.io/role/internal-elb": "1", "kubernetes.io/cluster/dev": "shared"},
		},
	} {
		if plain := got.Get(t, "aws:ec2/subnet:Subnet "+name).Plain(); !reflect.DeepEqual(plain, want) {
			t.Errorf("%s = %v, want %v", name, plain, want)
		}
	}
	untagged := testkit.Run(t, program(args(func(a *vpc.Args) { a.ClusterName = "" }), nil))
	for _, subnet := range untagged.OfType("aws:ec2/subnet:Subnet") {
		if tags := subnet.Input("tags").(map[string]any); len(tags) != 2 {
			t.Errorf("%s: tags %v without a cluster", subnet.Name, tags)
		}
	}
}

func TestRoutes(t *testing.T) {
	public := "dev-public-internet: dev-public-id -> dev-internet-id"
	for mode, want := range map[string][]string{
		vpc.NATNone: {public},
		vpc.NATSingle: {
			"dev-private-us-west-2a-nat: dev-private-us-west-2a-id -> dev-nat-us-west-2a-id",
			"dev-private-us-west-2b-nat: dev-private-us-west-2b-id -> dev-nat-us-west-2a-id", public,
		},
		vpc.NATPerZone: {
			"dev-private-us-west-2a-nat: dev-private-us-west-2a-id -> dev-nat-us-west-2a-id",
			"dev-private-us-west-2b-nat: dev-private-us-west-2b-id -> dev-nat-us-west-2b-id", public,
		},
	} {
		t.Run(mode, func(t *testing.T) {
			got := testkit.Run(t, program(args(func(a *vpc.Args) { a.NAT = mode }), nil))
			var routes []string
			for _, r := range got.OfType("aws:ec2/route:Route") {
				p := r.Plain()
				if p["destinationCidrBlock"] != "0.0.0.0/0" {
					t.Errorf("%s = %v", r.Name, p)
				}
				target := p["natGatewayId"]
				if target == nil {
					target = p["gatewayId"]
				}
				routes = append(routes, fmt.Sprintf("%s: %v -> %v", r.Name, p["routeTableId"], target))
			}
			if !slices.Equal(routes, want) {
				t.Errorf("routes:\n%s\nwant:\n%s", strings.Join(routes, "\n"), strings.Join(want, "\n"))
			}
			if got, want := len(got.OfType("aws:ec2/natGateway:NatGateway")), len(gatewaysOf(want)); got != want {
				t.Errorf("%d NAT gateways, want %d", got, want)
			}
		})
	}
}

func gatewaysOf(routes []string) map[string]bool {
	gateways := map[string]bool{}
	for _, route := range routes {
		if _, target, _ := strings.Cut(route, " -> "); strings.Contains(target, "-nat-") {
			gateways[target] = true
		}
	}
	return gateways
}

func TestOrder(t *testing.T) {
	got := testkit.Run(t, program(args(nil), nil))
	for later, earlier := range map[string]string{
		"aws:ec2/eip:Eip dev-nat-us-west-2a":               "aws:ec2/internetGateway:InternetGateway dev-internet",
		"aws:ec2/natGateway:NatGateway dev-nat-us-west-2a": "aws:ec2/route:Route dev-public-internet",
		"aws:ec2/route:Route dev-private-us-west-2b-nat":   "aws:ec2/routeTableAssociation:RouteTableAssociation dev-public-us-west-2a",
		"aws:ec2/flowLog:FlowLog dev-flow-logs":            "aws:iam/rolePolicy:RolePolicy dev-flow-logs",
	} {
		if !got.Follows(t, later, earlier) {
			t.Errorf("%s does not wait for %s", later, earlier)
		}
	}
	if !got.Get(t, "aws:ec2/natGateway:NatGateway dev-nat-us-west-2a").DeleteBeforeReplace {
		t.Error("two NAT gateways cannot hold one address")
	}
}

func TestReady(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*vpc.Args)
		want   map[string]int
	}{
		"NAT": {nil, map[string]int{
			"aws:ec2/route:Route": 2, "aws:ec2/routeTableAssociation:RouteTableAssociation": 2,
			"aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": 2,
		}},
		"no NAT": {func(a *vpc.Args) { a.NAT = vpc.NATNone }, map[string]int{
			"aws:ec2/routeTableAssociation:RouteTableAssociation":                       2,
			"aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": 2,
			"aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation":         18,
			"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":                 1,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var ready []pulumi.Resource
			got := testkit.Run(t, func(ctx *pulumi.Context) error {
				v, err := vpc.New(ctx, "dev", args(tc.change))
				if err != nil {
					return err
				}
				ready = v.Ready
				return ctx.RegisterResource("test:index:Node", "node", nil, &pulumi.CustomResourceState{}, pulumi.DependsOn(ready))
			})
			types := map[string]int{}
			for _, key := range testkit.Names(got.Get(t, "test:index:Node node").DependsOn) {
				types[strings.Fields(key)[0]]++
			}
			if !maps.Equal(types, tc.want) {
				t.Errorf("ready = %v, want %v", types, tc.want)
			}
		})
	}
}

func TestProtect(t *testing.T) {
	got := testkit.Run(t, program(args(func(a *vpc.Args) { a.Protect = true }), nil))
	for key, r := range got {
		if r.Protect != (key == "aws:ec2/vpc:Vpc dev") {
			t.Errorf("%s: protect is %v", key, r.Protect)
		}
	}
}

func TestOutputsFollowTheListedOrder(t *testing.T) {
	var public, private []string
	var id string
	testkit.Run(t, program(args(func(a *vpc.Args) { a.Zones = []string{"us-west-2c", "us-west-2a"} }), func(v *vpc.Vpc) {
		pulumi.All(v.ID, v.PublicSubnetIDs, v.PrivateSubnetIDs, v.PrivateSubnetByZone["us-west-2a"]).ApplyT(func(all []any) error {
			id, public, private = string(all[0].(pulumi.ID)), all[1].([]string), append(all[2].([]string), all[3].(string))
			return nil
		})
	}))
	if id != "dev-id" || !slices.Equal(public, []string{"dev-public-us-west-2c-id", "dev-public-us-west-2a-id"}) ||
		!slices.Equal(private, []string{"dev-private-us-west-2c-id", "dev-private-us-west-2a-id", "dev-private-us-west-2a-id"}) {
		t.Errorf("outputs = %s %v %v", id, public, private)
	}
}

func TestPreview(t *testing.T) {
	created := testkit.Run(t, program(args(nil), nil))
	if previewed := testkit.Run(t, program(args(nil), nil), testkit.WithPreview()); !slices.Equal(previewed.Keys(), created.Keys()) {
		t.Errorf("preview registers %v, want %v", previewed.Keys(), created.Keys())
	}
}

func TestRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*vpc.Args)
		want   string
	}{
		"block":        {func(a *vpc.Args) { a.Block = netip.MustParsePrefix("10.0.0.0/24") }, "vpc dev: block 10.0.0.0/24: want a prefix length of /16 to /20"},
		"other region": {func(a *vpc.Args) { a.Region = "us-east-1" }, `vpc dev: region "us-east-1": the zones are in us-west-2`},
		"NAT":          {func(a *vpc.Args) { a.NAT = "" }, `vpc dev: NAT "": want single, per-zone, none`},
		"China endpoints": {func(a *vpc.Args) {
			a.Region, a.Zones, a.NAT = "cn-north-1", []string{"cn-north-1a", "cn-north-1b"}, vpc.NATNone
		}, "vpc dev: region cn-north-1: interface endpoints"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := testkit.RunErr(t, program(args(tc.change), nil))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("err = %v, want %q", err, tc.want)
			}
			if len(got) != 0 {
				t.Errorf("registered %v", got.Keys())
			}
		})
	}
}
