package aws

// DefaultSecurityGroup adopts the group that came with the VPC and strips it of every rule not asked for.
var _ = register(&Kind{
	Token: tokenDefaultSecurityGroup, Tagged: true,
	ID: func(o *Op) string {
		id := ""
		o.Cloud.store.view(func(t *Tx) {
			if vpc := t.peek(tokenVpc, str(o.In, "vpcId")); vpc != nil {
				id = str(vpc.State, "defaultSecurityGroupId")
			}
		})
		return id
	},
	ARN:      func(o *Op) string { return o.Env.arn("ec2", "security-group/"+o.ID) },
	Defaults: Props{"ingress": []any{}, "egress": []any{}, "revokeRulesOnDelete": false},
	Computed: []string{"description", "name", "namePrefix", "ownerId", "vpcId"},
	Replace:  []string{"vpcId"},
	Refs:     []Ref{{Field: "vpcId", Kind: tokenVpc, Delete: Cascade}},
	Fill: func(o *Op) error {
		group := o.Tx.get(tokenSecurityGroup, o.ID)
		if group == nil {
			return fail("InvalidGroup.NotFound", "The security group 'default' does not exist")
		}
		o.Out["name"], o.Out["namePrefix"], o.Out["description"] = "default", "", group.State["description"]
		o.Out["ownerId"], o.Out["vpcId"] = o.Env.Account, group.State["vpcId"]
		for _, name := range []string{"ingress", "egress", "tags", "tagsAll"} {
			group.State[name] = copyValue(o.Out[name])
		}
		o.Tx.put(group)
		return o.inlineRules(o.ID, str(group.State, "vpcId"))
	},
})
