package aws

import "strings"

// The two kinds of single rule of the vpc module differ in their direction only.
var (
	_ = register(vpcRule(tokenIngressRule))
	_ = register(vpcRule(tokenEgressRule))
)

func vpcRule(token string) *Kind {
	sources := []string{"cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"}
	return &Kind{
		Token: token, IDPrefix: "sgr-", Tagged: true, Required: []string{"ipProtocol", "securityGroupId"},
		ARN:      func(o *Op) string { return o.Env.arn("ec2", "security-group-rule/"+o.ID) },
		Computed: []string{"securityGroupRuleId"},
		Replace:  []string{"securityGroupId"},
		Refs: []Ref{
			{Field: "securityGroupId", Kind: tokenSecurityGroup, Delete: Cascade},
			{Field: "referencedSecurityGroupId", Kind: tokenSecurityGroup, Delete: Hold},
		},
		Check: func(in Props) []Fault {
			if present(in, sources) != 1 {
				return []Fault{{"cidrIpv4", "Exactly one of these attributes must be configured: [" + strings.Join(sources, ",") + "]"}}
			}
			return nil
		},
		Fill: func(o *Op) error {
			o.Out["securityGroupRuleId"] = o.ID
			same := func(r *Record) bool {
				for _, name := range append([]string{"ipProtocol", "securityGroupId", "fromPort", "toPort"}, sources...) {
					if r.State[name] != o.Out[name] {
						return false
					}
				}
				return r.ID != o.ID
			}
			if o.Tx.find(token, same) != nil {
				return fail("InvalidPermission.Duplicate", "the specified rule \"peer: %s\" already exists", str(o.Out, "cidrIpv4")+str(o.Out, "referencedSecurityGroupId"))
			}
			return nil
		},
	}
}
