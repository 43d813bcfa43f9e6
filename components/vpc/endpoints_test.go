package vpc_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"paddock/components/testkit"
	"paddock/components/vpc"
)

func TestS3EndpointIsAlwaysThere(t *testing.T) {
	for _, mode := range []string{vpc.NATSingle, vpc.NATPerZone, vpc.NATNone} {
		got := testkit.Run(t, program(args(func(a *vpc.Args) { a.NAT = mode }), nil))
		endpoint := got.Get(t, "aws:ec2/vpcEndpoint:VpcEndpoint dev-s3").Plain()
		if endpoint["serviceName"] != "com.amazonaws.us-west-2.s3" || endpoint["vpcEndpointType"] != "Gateway" {
			t.Errorf("%s: endpoint = %v", mode, endpoint)
		}
		var tables []string
		for _, join := range got.OfType("aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation") {
			tables = append(tables, join.Input("routeTableId").(string))
		}
		if want := []string{"dev-private-us-west-2a-id", "dev-private-us-west-2b-id"}; !slices.Equal(tables, want) {
			t.Errorf("%s: tables = %v, want %v", mode, tables, want)
		}
	}
}

func TestInterfaceEndpoints(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*vpc.Args)
		want   bool
	}{
		"single NAT":        {nil, false},
		"NAT, and asked":    {func(a *vpc.Args) { a.InterfaceEndpoints = true }, true},
		"no NAT, not asked": {func(a *vpc.Args) { a.NAT = vpc.NATNone }, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := testkit.Run(t, program(args(tc.change), nil))
			var services []string
			for _, e := range got.OfType("aws:ec2/vpcEndpoint:VpcEndpoint") {
				if e.Input("vpcEndpointType") != "Interface" {
					continue
				}
				services = append(services, strings.TrimPrefix(e.Input("serviceName").(string), "com.amazonaws.us-west-2."))
				if e.Input("privateDnsEnabled") != true || !reflect.DeepEqual(e.Input("securityGroupIds"), []any{"dev-endpoints-id"}) {
					t.Errorf("%s = %v", e.Name, e.Plain())
				}
				for _, zone := range []string{"us-west-2a", "us-west-2b"} {
					join := got.Get(t, "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation "+e.Name+"-"+zone)
					if join.Input("vpcEndpointId") != e.ID || join.Input("subnetId") != "dev-private-"+zone+"-id" {
						t.Errorf("%s = %v", join.Name, join.Plain())
					}
				}
			}
			want := []string{"autoscaling", "ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing", "logs", "sts"}
			if !tc.want {
				want = nil
			}
			if slices.Sort(services); !slices.Equal(services, want) {
				t.Errorf("services = %v, want %v", services, want)
			}
			if groups := got.OfType("aws:ec2/securityGroup:SecurityGroup"); (len(groups) == 1) != tc.want {
				t.Errorf("security groups = %v", groups)
			}
		})
	}
}

// The golden file holds every security-group rule of the network: one, HTTPS from its own block.
func TestSecurityGroupRules(t *testing.T) {
	got := testkit.Run(t, program(args(func(a *vpc.Args) { a.NAT = vpc.NATNone }), nil))
	rules := map[string]any{}
	for _, key := range got.Keys() {
		if strings.Contains(strings.ToLower(key), "securitygroup") {
			rules[key] = got[key].Plain()
		}
	}
	testkit.Golden(t, "security-groups.json", rules)
}

func TestFlowLogs(t *testing.T) {
	got := testkit.Run(t, program(args(nil), nil))
	group := got.Get(t, "aws:cloudwatch/logGroup:LogGroup dev-flow-logs").Plain()
	if group["name"] != "/aws/vpc-flow-logs/dev" || group["retentionInDays"] != 30.0 {
		t.Errorf("log group = %v", group)
	}
	log := got.Get(t, "aws:ec2/flowLog:FlowLog dev-flow-logs").Plain()
	for key, want := range map[string]any{
		"vpcId": "dev-id", "trafficType": "ALL", "logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600.0,
		"iamRoleArn":     "arn:aws:iam::123456789012:role/dev-flow-logs",
		"logDestination": "arn:aws:logs:us-west-2:123456789012:log-group:/aws/vpc-flow-logs/dev",
	} {
		if log[key] != want {
			t.Errorf("%s = %v, want %v", key, log[key], want)
		}
	}
	testkit.Golden(t, "flow-log-trust.json", got.Get(t, "aws:iam/role:Role dev-flow-logs").Input("assumeRolePolicy"))
	testkit.Golden(t, "flow-log-rights.json", got.Get(t, "aws:iam/rolePolicy:RolePolicy dev-flow-logs").Input("policy"))
}

func TestNoFlowLogs(t *testing.T) {
	got := testkit.Run(t, program(args(func(a *vpc.Args) { a.FlowLogDays = 0 }), nil))
	for _, key := range got.Keys() {
		if strings.Contains(key, "flow-logs") {
			t.Errorf("%s made", key)
		}
	}
}
