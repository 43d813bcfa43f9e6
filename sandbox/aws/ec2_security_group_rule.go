package aws

import (
	"fmt"
	"hash/crc32"
	"sort"
	"strings"
)

var ruleSources = []string{"cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "self", "sourceSecurityGroupId"}

var _ = register(&Kind{
	Token: tokenSecurityGroupRule, First: true,
	Required: []string{"fromPort", "protocol", "securityGroupId", "toPort", "type"},
	ID: func(o *Op) string {
		return fmt.Sprintf("sgrule-%d", crc32.ChecksumIEEE([]byte(ruleText(o.In))))
	},
	Taken: func(o *Op) error {
		return fail("InvalidPermission.Duplicate", "the specified rule \"peer: %s, %s, from port: %d, to port: %d, ALLOW\" already exists",
			rulePeer(o.In), strings.ToUpper(str(o.In, "protocol")), num(o.In, "fromPort", 0), num(o.In, "toPort", 0))
	},
	Defaults: Props{"self": false},
	Computed: []string{"securityGroupRuleId", "sourceSecurityGroupId"},
	Replace:  append([]string{"type", "fromPort", "toPort", "protocol", "securityGroupId"}, ruleSources...),
	Refs: []Ref{
		{Field: "securityGroupId", Kind: tokenSecurityGroup, Delete: Cascade},
		{Field: "sourceSecurityGroupId", Kind: tokenSecurityGroup, Delete: Hold},
	},
	Check: checks(func(c *check) {
		c.oneOf("type", "ingress", "egress")
		c.blocks("cidrBlocks")
		c.blocks("ipv6CidrBlocks")
		c.apart("sourceSecurityGroupId", "cidrBlocks", "ipv6CidrBlocks", "self")
		c.apart("self", "cidrBlocks", "ipv6CidrBlocks")
		c.form("description", ruleDescription, "doesn't comply with restrictions")
		c.length("description", 0, 255)
		for _, name := range ruleSources {
			if c.in[name] != nil && c.in[name] != false {
				return
			}
		}
		c.fault("cidrBlocks", "One of ['cidr_blocks', 'ipv6_cidr_blocks', 'self', 'source_security_group_id', 'prefix_list_ids'] must be set")
	}),
	Fill: func(o *Op) error {
		if o.Old != nil {
			return nil
		}
		if str(o.Out, "sourceSecurityGroupId") == "" {
			o.Out["sourceSecurityGroupId"] = ""
		}
		o.Out["securityGroupRuleId"] = ec2ID("sgr-")
		group := o.Tx.peek(tokenSecurityGroup, str(o.Out, "securityGroupId"))
		return o.admitRules(group.ID, str(group.State, "vpcId"), key(o.Kind.Token, o.ID), rulePermissions(o.Out))
	},
})

// ruleText is all that makes a rule differ from another.
func ruleText(p Props) string {
	protocol := strings.ToLower(str(p, "protocol"))
	from, to := num(p, "fromPort", 0), num(p, "toPort", 0)
	if protocol == "all" || protocol == "-1" {
		protocol, from, to = "-1", 0, 0
	}
	return fmt.Sprintf("%s|%s|%s|%d|%d|%s", str(p, "securityGroupId"), str(p, "type"), protocol, from, to, rulePeer(p))
}

func rulePeer(p Props) string {
	if yes(p, "self", false) {
		return str(p, "securityGroupId")
	}
	var peers []string
	for _, name := range ruleSources {
		peers = append(peers, strs(p, name)...)
	}
	sort.Strings(peers)
	return strings.Join(peers, ",")
}
