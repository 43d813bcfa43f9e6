package aws

import "strings"

// The two kinds of single rule of the vpc module differ in their direction only.
var (
	_ = register(vpcRule(tokenIngressRule))
	_ = register(vpcRule(tokenEgressRule))
)

var singleSources = []string{"cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"}

func vpcRule(token string) *Kind {
	return &Kind{
		Token: token, IDPrefix: "sgr-", Tagged: true, Required: []string{"ipProtocol", "securityGroupId"},
		ARN:      func(o *Op) string { return o.Env.arn("ec2", "security-group-rule/"+o.ID) },
		Computed: []string{"securityGroupRuleId"},
		Replace:  []string{"securityGroupId"},
		Refs: []Ref{
			{Field: "securityGroupId", Kind: tokenSecurityGroup, Delete: Cascade},
			{Field: "referencedSecurityGroupId", Kind: tokenSecurityGroup, Delete: Hold},
		},
		Check: checks(func(c *check) {
			if present(c.in, singleSources) != 1 {
				c.fault("cidrIpv4", "Exactly one of these attributes must be configured: [%s]", strings.Join(singleSources, ","))
			}
			c.block4("cidrIpv4")
			c.blocks("cidrIpv6")
			c.form("description", ruleDescription, "doesn't comply with restrictions")
			c.length("description", 0, 255)
		}),
		Fill: func(o *Op) error {
			o.Out["securityGroupRuleId"] = o.ID
			group := o.Tx.peek(tokenSecurityGroup, str(o.Out, "securityGroupId"))
			return o.admitRules(group.ID, str(group.State, "vpcId"), key(token, o.ID), singlePermissions(token, o.Out))
		},
	}
}
