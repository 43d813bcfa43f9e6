package aws_test

import (
	"fmt"
	"strings"
	"testing"

	"paddock/sandbox/aws"
)

// drawn makes inputs of every kind: valid ones mostly, of things that are there. These are the kinds of the network and the
// logs.
var drawn = map[string]func(d *draw) props{
	"aws:ec2/vpc:Vpc": func(d *draw) props {
		return props{"cidrBlock": fmt.Sprintf("10.%d.0.0/16", d.IntN(3)), "enableDnsHostnames": d.IntN(4) > 0 || d.hint != "", "tags": d.tags()}
	},
	"aws:ec2/subnet:Subnet": drawSubnet,
	"aws:ec2/internetGateway:InternetGateway": func(d *draw) props {
		if d.chance(20) {
			return props{"tags": d.tags()}
		}
		return props{"vpcId": d.id(tokVpc)}
	},
	"aws:ec2/eip:Eip": func(d *draw) props { return props{"domain": "vpc", "tags": d.tags()} },
	"aws:ec2/natGateway:NatGateway": func(d *draw) props {
		if d.chance(30) {
			return props{"subnetId": d.id(tokSubnet), "connectivityType": "private", "privateIp": fmt.Sprintf("10.0.%d.%d", d.IntN(3), d.IntN(9))}
		}
		return props{"subnetId": d.id(tokSubnet), "allocationId": d.id("aws:ec2/eip:Eip")}
	},
	"aws:ec2/routeTable:RouteTable": func(d *draw) props {
		vpc := d.id(tokVpc)
		in := props{"vpcId": vpc, "tags": d.tags()}
		if d.chance(40) {
			in["routes"] = []any{props{"cidrBlock": d.one("0.0.0.0/0", "172.16.0.0/12", "10.0.0.0/24"), "gatewayId": d.some(tokGateway, within(vpc)).id}}
		}
		return in
	},
	"aws:ec2/route:Route": drawRoute,
	"aws:ec2/routeTableAssociation:RouteTableAssociation": func(d *draw) props {
		table := d.some(tokTable, nil)
		return props{"routeTableId": table.id, "subnetId": d.some(tokSubnet, within(table.out["vpcId"])).id}
	},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": func(d *draw) props {
		return props{"vpcId": d.id(tokVpc), "ingress": d.rules(d.id(tokGroup)), "tags": d.tags()}
	},
	"aws:ec2/securityGroup:SecurityGroup": func(d *draw) props {
		vpc := d.id(tokVpc)
		in := props{"vpcId": vpc, "description": d.name("group "), "ingress": d.rules(d.some(tokGroup, within(vpc)).id)}
		if d.IntN(2) == 0 {
			in["name"] = d.name("sgname")
		}
		return in
	},
	"aws:ec2/securityGroupRule:SecurityGroupRule": func(d *draw) props {
		group := d.some(tokGroup, nil)
		in := props{"type": d.one("ingress", "egress"), "securityGroupId": group.id, "protocol": d.one("tcp", "udp", "-1"), "fromPort": 0.0, "toPort": float64(d.IntN(3))}
		switch d.IntN(3) {
		case 0:
			in["self"] = true
		case 1:
			in["sourceSecurityGroupId"] = d.some(tokGroup, within(group.out["vpcId"])).id
		default:
			in["cidrBlocks"] = []any{d.one("10.0.0.0/8", "0.0.0.0/0")}
		}
		return in
	},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": drawRule,
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   drawRule,
	"aws:ec2/vpcEndpoint:VpcEndpoint":                           drawEndpoint,
	"aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": func(d *draw) props {
		e := d.some(tokEndpoint, func(o owned) bool { return o.in["vpcEndpointType"] != "Interface" })
		return props{"vpcEndpointId": e.id, "routeTableId": d.some(tokTable, within(e.out["vpcId"])).id}
	},
	"aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation": func(d *draw) props {
		e := d.some(tokEndpoint, func(o owned) bool { return o.in["vpcEndpointType"] == "Interface" })
		return props{"vpcEndpointId": e.id, "subnetId": d.some(tokSubnet, within(e.out["vpcId"])).id}
	},
	"aws:ec2/flowLog:FlowLog": func(d *draw) props {
		in := props{"iamRoleArn": d.role(trustFlows).out["arn"], "trafficType": d.one("ALL", "REJECT"), "logDestination": d.some(tokLogs, nil).out["arn"]}
		if d.IntN(2) == 0 {
			in["vpcId"] = d.id(tokVpc)
		} else {
			in["subnetId"] = d.id(tokSubnet)
		}
		return in
	},
	"aws:ec2/launchTemplate:LaunchTemplate": func(d *draw) props {
		in := props{"updateDefaultVersion": d.IntN(2) == 0, "tags": d.tags(), "description": d.name("text")}
		if d.IntN(2) == 0 {
			in["name"] = d.name("template")
		}
		if d.IntN(3) == 0 {
			in["vpcSecurityGroupIds"] = d.ids(tokGroup, d.id(tokVpc), 1)
		}
		return in
	},
	"aws:autoscaling/tag:Tag": func(d *draw) props {
		group := "none"
		if all := d.w.cloud.Groups(); len(all) > 0 {
			group = all[d.IntN(len(all))]
		}
		return props{"autoscalingGroupName": group, "tag": props{"key": d.name("k"), "value": d.name("v"), "propagateAtLaunch": true}}
	},
	"aws:cloudwatch/logGroup:LogGroup": func(d *draw) props {
		return props{"name": d.one("/aws/eks/dev/cluster", "/flows", d.name("logs")), "retentionInDays": []any{7.0, 14.0, 15.0, 30.0}[d.IntN(4)], "tags": d.tags()}
	},
}

const (
	tokVpc      = "aws:ec2/vpc:Vpc"
	tokSubnet   = "aws:ec2/subnet:Subnet"
	tokGateway  = "aws:ec2/internetGateway:InternetGateway"
	tokTable    = "aws:ec2/routeTable:RouteTable"
	tokGroup    = "aws:ec2/securityGroup:SecurityGroup"
	tokEndpoint = "aws:ec2/vpcEndpoint:VpcEndpoint"
	tokLogs     = "aws:cloudwatch/logGroup:LogGroup"
	tokRole     = "aws:iam/role:Role"
	tokCluster  = "aws:eks/cluster:Cluster"
	tokNodes    = "aws:eks/nodeGroup:NodeGroup"
	tokKey      = "aws:kms/key:Key"

	trustFlows = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"vpc-flow-logs.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
)

// drawer makes the inputs of a kind; nil = nothing does.
func drawer(token string) func(*draw) props {
	for _, table := range []map[string]func(*draw) props{drawn, drawnMore, drawnStores, drawnEdge} {
		if f := table[token]; f != nil {
			return f
		}
	}
	return nil
}

func TestEveryKindIsDrawn(t *testing.T) {
	for _, token := range aws.Tokens() {
		if drawer(token) == nil {
			t.Errorf("%s: the property test makes none; add it to drawn", token)
		}
	}
	if got, want := len(drawn)+len(drawnMore)+len(drawnStores)+len(drawnEdge), len(aws.Tokens()); got != want {
		t.Errorf("%d kinds are drawn, %d are modelled", got, want)
	}
}

func drawSubnet(d *draw) props {
	vpc := d.some(tokVpc, nil)
	block, _, _ := strings.Cut(fmt.Sprint(vpc.out["cidrBlock"]), ".0.0/")
	in := props{"vpcId": vpc.id, "mapPublicIpOnLaunch": d.IntN(3) > 0 || d.hint != "", "availabilityZone": "us-west-2" + d.one("a", "b", "c"), "tags": d.tags()}
	in["cidrBlock"] = fmt.Sprintf("%s.%d.%d/%d", block, d.IntN(6), 16*d.IntN(2), []int{24, 25, 28, 28, 27}[d.IntN(5)])
	if d.hint != "" {
		in["availabilityZone"], in["cidrBlock"] = "us-west-2"+d.hint, fmt.Sprintf("%s.%d.0/27", block, d.hint[0]-'a')
	}
	if d.chance(5) {
		in["availabilityZone"] = "us-east-1a"
	}
	return in
}

func drawRoute(d *draw) props {
	vpc := d.some(tokVpc, nil)
	table := vpc.out["mainRouteTableId"]
	if d.hint == "" && d.IntN(2) == 0 {
		own := d.some(tokTable, nil)
		table, vpc.id = own.id, fmt.Sprint(own.out["vpcId"])
	}
	in := props{"routeTableId": table, "destinationCidrBlock": "0.0.0.0/0"}
	if d.hint == "" {
		in["destinationCidrBlock"] = d.one("0.0.0.0/0", "10.0.0.0/24", "192.168.0.0/16", "172.31.0.0/16")
	}
	switch k := d.IntN(3); {
	case k == 0 && d.hint == "":
		in["natGatewayId"] = d.id("aws:ec2/natGateway:NatGateway")
	case k == 1 && d.hint == "":
		in["vpcEndpointId"] = d.some(tokEndpoint, within(vpc.id)).id
	default:
		in["gatewayId"] = d.some(tokGateway, within(vpc.id)).id
	}
	return in
}

func drawRule(d *draw) props {
	group := d.some(tokGroup, nil)
	in := props{"securityGroupId": group.id, "ipProtocol": d.one("tcp", "udp", "-1"), "fromPort": 1.0, "toPort": float64(d.IntN(4)), "tags": d.tags()}
	if d.IntN(2) == 0 {
		in["referencedSecurityGroupId"] = d.some(tokGroup, within(group.out["vpcId"])).id
	} else {
		in["cidrIpv4"] = d.one("10.0.0.0/8", "0.0.0.0/0")
	}
	return in
}

// rules are inline rules of a security group, some of which name the other.
func (d *draw) rules(other string) []any {
	out := []any{}
	for range d.IntN(3) {
		r := props{"protocol": "tcp", "fromPort": float64(d.IntN(3)), "toPort": 3.0}
		if d.IntN(3) == 0 {
			r["securityGroups"] = []any{other}
		} else {
			r["cidrBlocks"] = []any{d.one("10.0.0.0/8", "0.0.0.0/0")}
		}
		out = append(out, r)
	}
	return out
}

func drawEndpoint(d *draw) props {
	vpc := d.id(tokVpc)
	if d.hint == "gateway" || d.hint == "" && d.IntN(2) == 0 {
		return props{"vpcId": vpc, "serviceName": "com.amazonaws.us-west-2." + d.one("s3", "dynamodb"), "routeTableIds": d.ids(tokTable, vpc, d.IntN(3))}
	}
	in := props{
		"vpcId": vpc, "serviceName": "com.amazonaws.us-west-2." + d.one("sts", "ec2", "ecr.api"), "vpcEndpointType": "Interface",
		"subnetIds": d.ids(tokSubnet, vpc, d.IntN(3)), "privateDnsEnabled": d.IntN(3) == 0,
	}
	if groups := d.ids(tokGroup, vpc, d.IntN(2)); len(groups) > 0 {
		in["securityGroupIds"] = groups
	}
	return in
}
