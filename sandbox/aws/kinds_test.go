package aws_test

import (
	"reflect"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"paddock/sandbox/aws"
)

// life is one kind's way through life: made with in, changed in place to next, and replaced by a change of replace.
type life struct {
	in      func(p *platform) props
	next    props // laid over in; nil = nothing of it changes in place
	replace props // laid over in; nil = nothing replaces
	outputs []string
}

func fixed(in props) func(*platform) props { return func(*platform) props { return in } }

var vpcLife = map[string]life{
	"aws:ec2/vpc:Vpc": {
		in: fixed(props{"cidrBlock": "10.9.0.0/16"}), next: props{"enableDnsHostnames": true}, replace: props{"cidrBlock": "10.8.0.0/16"},
		outputs: []string{"arn", "mainRouteTableId", "defaultRouteTableId", "defaultSecurityGroupId", "defaultNetworkAclId", "dhcpOptionsId", "ownerId"},
	},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
		in:   func(p *platform) props { return props{"vpcId": p.vpc.id} },
		next: props{"tags": props{"Name": "none"}}, replace: props{"vpcId": "vpc-other"}, outputs: []string{"arn", "name", "ownerId"},
	},
	"aws:ec2/subnet:Subnet": {
		in:   func(p *platform) props { return props{"vpcId": p.vpc.id, "cidrBlock": "10.0.9.0/24"} },
		next: props{"mapPublicIpOnLaunch": true}, replace: props{"cidrBlock": "10.0.10.0/24"},
		outputs: []string{"arn", "availabilityZone", "availabilityZoneId", "ownerId"},
	},
	"aws:ec2/internetGateway:InternetGateway": {
		in:   func(p *platform) props { return props{"vpcId": p.vpc.id} },
		next: props{"tags": props{"Name": "out"}}, outputs: []string{"arn", "ownerId"},
	},
	"aws:ec2/eip:Eip": {
		in: fixed(props{"domain": "vpc"}), next: props{"tags": props{"a": "b"}}, replace: props{"domain": "standard"},
		outputs: []string{"publicIp", "allocationId", "publicDns"},
	},
	"aws:ec2/natGateway:NatGateway": {
		in: func(p *platform) props {
			p.add("aws:ec2/internetGateway:InternetGateway", props{"vpcId": p.vpc.id})
			return props{"subnetId": p.a.id, "allocationId": p.add("aws:ec2/eip:Eip", props{}).id}
		},
		next: props{"tags": props{"a": "b"}}, replace: props{"subnetId": "subnet-other"}, outputs: []string{"publicIp", "privateIp", "networkInterfaceId"},
	},
	"aws:ec2/routeTable:RouteTable": {
		in:   func(p *platform) props { return props{"vpcId": p.vpc.id} },
		next: props{"tags": props{"a": "b"}}, replace: props{"vpcId": "vpc-other"}, outputs: []string{"arn", "ownerId"},
	},
	"aws:ec2/route:Route": {
		in: func(p *platform) props {
			gateway := p.add("aws:ec2/internetGateway:InternetGateway", props{"vpcId": p.vpc.id})
			table := p.add("aws:ec2/routeTable:RouteTable", props{"vpcId": p.vpc.id})
			return props{"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}
		},
		replace: props{"destinationCidrBlock": "1.0.0.0/8"}, outputs: []string{"origin", "state"},
	},
	"aws:ec2/routeTableAssociation:RouteTableAssociation": {
		in: func(p *platform) props {
			return props{"subnetId": p.a.id, "routeTableId": p.add("aws:ec2/routeTable:RouteTable", props{"vpcId": p.vpc.id}).id}
		},
		replace: props{"subnetId": "subnet-other"},
	},
	"aws:ec2/securityGroup:SecurityGroup": {
		in:   func(p *platform) props { return props{"vpcId": p.vpc.id} },
		next: props{"tags": props{"a": "b"}}, replace: props{"description": "other"}, outputs: []string{"arn", "name", "ownerId"},
	},
	"aws:ec2/securityGroupRule:SecurityGroupRule": {
		in: func(p *platform) props {
			group := p.add("aws:ec2/securityGroup:SecurityGroup", props{"vpcId": p.vpc.id})
			return props{"securityGroupId": group.id, "type": "egress", "protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": []any{"0.0.0.0/0"}}
		},
		next: props{"description": "out"}, replace: props{"type": "ingress"}, outputs: []string{"securityGroupRuleId"},
	},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
		in:   func(p *platform) props { return singleRule(p) },
		next: props{"fromPort": 80}, replace: props{"securityGroupId": "sg-other"}, outputs: []string{"arn", "securityGroupRuleId"},
	},
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
		in:   func(p *platform) props { return singleRule(p) },
		next: props{"fromPort": 80}, replace: props{"securityGroupId": "sg-other"}, outputs: []string{"arn", "securityGroupRuleId"},
	},
	"aws:ec2/vpcEndpoint:VpcEndpoint": {
		in: func(p *platform) props {
			return props{"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2.sts", "vpcEndpointType": "Interface",
				"subnetIds": []any{p.a.id, p.b.id}, "privateDnsEnabled": true}
		},
		next: props{"privateDnsEnabled": false}, replace: props{"serviceName": "com.amazonaws.us-west-2.ec2"},
		outputs: []string{"arn", "dnsEntries", "networkInterfaceIds", "securityGroupIds", "state"},
	},
	"aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": {
		in: func(p *platform) props {
			endpoint := p.add("aws:ec2/vpcEndpoint:VpcEndpoint", props{"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2.s3"})
			return props{"vpcEndpointId": endpoint.id, "routeTableId": p.vpc.out["mainRouteTableId"]}
		},
		replace: props{"routeTableId": "rtb-other"},
	},
	"aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation": {
		in: func(p *platform) props {
			endpoint := p.add("aws:ec2/vpcEndpoint:VpcEndpoint", props{"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2.sts", "vpcEndpointType": "Interface"})
			return props{"vpcEndpointId": endpoint.id, "subnetId": p.a.id}
		},
		replace: props{"subnetId": "subnet-other"},
	},
	"aws:ec2/flowLog:FlowLog": {
		in: func(p *platform) props {
			trust := `{"Statement":[{"Effect":"Allow","Principal":{"Service":"vpc-flow-logs.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
			role := p.add("aws:iam/role:Role", props{"assumeRolePolicy": trust})
			logs := p.add("aws:cloudwatch/logGroup:LogGroup", props{})
			return props{"vpcId": p.vpc.id, "trafficType": "ALL", "iamRoleArn": role.out["arn"], "logDestination": logs.out["arn"]}
		},
		next: props{"tags": props{"a": "b"}}, replace: props{"trafficType": "REJECT"}, outputs: []string{"arn", "logFormat", "logGroupName"},
	},
	"aws:ec2/launchTemplate:LaunchTemplate": {
		in:   fixed(props{"metadataOptions": props{"httpTokens": "required"}}),
		next: props{"metadataOptions": props{"httpTokens": "optional"}}, replace: props{"name": "other"},
		outputs: []string{"arn", "latestVersion", "defaultVersion", "name"},
	},
}

func singleRule(p *platform) props {
	group := p.add("aws:ec2/securityGroup:SecurityGroup", props{"vpcId": p.vpc.id})
	return props{"securityGroupId": group.id, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/16"}
}

func over(base, top props) props {
	out := props{}
	for k, v := range base {
		out[k] = v
	}
	for k, v := range top {
		out[k] = v
	}
	return out
}

func TestKinds(t *testing.T) {
	all := map[string]life{}
	for _, table := range []map[string]life{vpcLife, iamLife, eksLife, storesLife, edgeLife} {
		for token, l := range table {
			all[token] = l
		}
	}
	for _, token := range aws.Tokens() {
		l, ok := all[token]
		if !ok {
			t.Errorf("%s has no row in the table", token)
			continue
		}
		t.Run(token, func(t *testing.T) { l.run(t, token) })
	}
}

// run takes one kind through preview, create, read, diff, update, restart, import and delete.
func (l life) run(t *testing.T, token string) {
	p := newNetwork(t)
	if _, ok := eksLife[token]; ok {
		p = newPlatform(t)
	}
	in := l.in(p)
	got := p.create(token, in)
	for _, name := range l.outputs {
		if got.out[name] == nil || got.out[name] == "" {
			t.Errorf("output %s is empty", name)
		}
	}
	l.changes(t, p, got, in)
	if l.next != nil {
		got = p.update(got, over(in, l.next))
	}
	if id, ok := p.cloud.CreatedByURN(got.urn, nil); !ok || id != got.id {
		t.Errorf("created by urn: got %q %v, want %q", id, ok, got.id)
	}
	p.restart()
	if back := p.read(thing{token: token, urn: got.urn, id: got.id}); !reflect.DeepEqual(back.out, got.out) {
		t.Errorf("after a restart:\n%v\nwant\n%v", back.out, got.out)
	}
	p.delete(got)
	if gone := p.read(got); gone.id != "" {
		t.Errorf("still there after delete: %v", gone)
	}
	p.delete(got) // twice is no error
	p.destroy()
	if left := p.cloud.Leftovers(); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// changes asserts what refresh and diff say of a thing that was just made.
func (l life) changes(t *testing.T, p *platform, got thing, in props) {
	t.Helper()
	same := p.read(got)
	if !reflect.DeepEqual(same.out, got.out) || !reflect.DeepEqual(same.in, got.in) {
		t.Errorf("refresh sees drift:\nin  %v\n    %v\nout %v\n    %v", got.in, same.in, got.out, same.out)
	}
	if d := p.diff(got, in); d.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
		t.Errorf("diff with itself: %v", d)
	}
	if l.replace != nil {
		if d := p.diff(got, over(in, l.replace)); len(d.GetReplaces()) == 0 {
			t.Errorf("%v does not replace", l.replace)
		}
	}
	if l.next != nil {
		next := over(in, l.next)
		if d := p.diff(got, next); d.GetChanges() != pulumirpc.DiffResponse_DIFF_SOME || len(d.GetReplaces()) > 0 {
			t.Errorf("%v: want an update in place, got %v", l.next, d)
		}
	}
}
