package aws_test

import "testing"

// takenRules are what AWS takes: the other side of rules that are easily too strict.
var takenRules = map[string]func(g *ground) error{
	"role with a policy of the account's own": func(g *ground) error {
		r := newRole(g, props{"assumeRolePolicy": trustEKS})
		g.create(inlined, props{"role": r.id, "policy": allowAll})
		return cluster(props{"roleArn": r.out["arn"]})(g)
	},
	"nodes behind endpoints only": stranded(servedBut("", nil)),
	"no nodes yet, nowhere":       stranded(func(*platform) props { return sizes(0, 0, 3) }),
	"public subnets that give addresses": stranded(func(p *platform) props {
		for _, s := range []thing{p.a, p.b} {
			p.update(s, over(s.in, props{"mapPublicIpOnLaunch": true}))
		}
		return public(p)
	}),
	"public subnets, template gives addresses": stranded(func(p *platform) props {
		template := p.add(aTemplate, props{"networkInterfaces": []any{props{"associatePublicIpAddress": "true"}}})
		return over(public(p), props{"launchTemplate": props{"id": template.id, "version": "1"}})
	}),
	"CNI before nodes": stranded(func(p *platform) props {
		p.wayOut()
		p.cluster = p.add(aCluster, over(p.clusterInputs(), props{"bootstrapSelfManagedAddons": false}))
		p.add(anAddon, props{"clusterName": "dev", "addonName": "vpc-cni"})
		return nil
	}),
	"types in the template": launched(props{"instanceType": "m5.large"}, props{"instanceTypes": nil}),
	"logs under a key": asks(aLogGroup, func(g *ground) props {
		root := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + g.cloud.Account() + `:root"},"Action":"kms:*","Resource":"*"}`
		logs := `{"Effect":"Allow","Principal":{"Service":"logs.us-west-2.amazonaws.com"},"Action":["kms:Encrypt*","kms:GenerateDataKey*"],"Resource":"*"}`
		return props{"kmsKeyId": g.create(aKey, props{"policy": `{"Statement":[` + root + `,` + logs + `]}`}).out["arn"]}
	}),
	"lock-out on purpose": plainly(aKey, props{"policy": keyPolicy("Service", "x", "kms:*"), "bypassPolicyLockoutSafetyCheck": true}),
	"policies that go with the role": func(g *ground) error {
		r := newRole(g, props{"forceDetachPolicies": true})
		g.attach(r, "ReadOnlyAccess")
		g.create(inlined, props{"role": r.id, "policy": allowAll})
		return g.tryDelete(r)
	},
	"one mode after another": func(g *ground) error {
		c := g.create(aCluster, over(over(g.clusterInputs(), props{"name": "map"}), mode("CONFIG_MAP")))
		c = g.update(c, over(c.in, mode("API_AND_CONFIG_MAP")))
		return g.change(c, mode("API"))
	},
	"another gateway behind a route": func(g *ground) error {
		table := g.create(aTable, props{"vpcId": g.vpc.id})
		to := g.create(aRoute, props{"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": g.gateway.id})
		return g.change(to, props{"gatewayId": nil, "natGatewayId": g.made(aNat).id})
	},
	"60 rules each way": func(g *ground) error {
		return group(props{"ingress": []any{inlineRule(1, 2, blocks(60)...)}, "egress": []any{inlineRule(1, 2, blocks(60)...)}})(g)
	},
}

func TestRulesLetThrough(t *testing.T) {
	for name, do := range takenRules {
		t.Run(name, func(t *testing.T) {
			if err := do(newGround(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// A share of nodes takes the place of the number that is there by default.
func TestUpdateConfigHasOneOfTwo(t *testing.T) {
	p := newPlatform(t)
	got := p.create(aNodeGroup, over(p.nodeInputs(), props{"updateConfig": props{"maxUnavailablePercentage": 50}}))
	if c := got.out["updateConfig"].(props); c["maxUnavailable"] != nil || c["maxUnavailablePercentage"] != 50.0 {
		t.Errorf("update config %v, want the share alone", c)
	}
}

// What is not known before up offends against no rule.
func TestUnknownsOffendNobody(t *testing.T) {
	r := newRig(t)
	for token, in := range map[string]props{
		aVpc: {"cidrBlock": unknown}, aSubnet: {"vpcId": unknown, "cidrBlock": unknown}, aRoute: {"routeTableId": unknown, "destinationCidrBlock": unknown, "gatewayId": unknown},
		aRule:    {"type": unknown, "protocol": unknown, "fromPort": unknown, "toPort": unknown, "securityGroupId": unknown, "cidrBlocks": unknown, "description": unknown},
		aRole:    {"assumeRolePolicy": unknown, "name": unknown, "maxSessionDuration": unknown},
		anIssuer: {"url": unknown, "clientIdLists": unknown, "thumbprintLists": unknown},
		aKey:     {"policy": unknown, "deletionWindowInDays": unknown}, anAlias: {"name": unknown, "targetKeyId": unknown}, aLogGroup: {"name": unknown, "kmsKeyId": unknown},
		aCluster:   {"roleArn": unknown, "vpcConfig": props{"subnetIds": unknown, "publicAccessCidrs": unknown}, "enabledClusterLogTypes": unknown},
		aNodeGroup: {"clusterName": unknown, "nodeRoleArn": unknown, "subnetIds": unknown, "scalingConfig": props{"minSize": unknown, "desiredSize": 1, "maxSize": 1}, "taints": unknown, "updateConfig": unknown},
	} {
		r.preview(token, in)
	}
}
