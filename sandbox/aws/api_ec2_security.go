package aws

import "fmt"

var _ = operates("ec2", map[string]*operation{
	"DescribeSecurityGroups": (&describe{
		set: "securityGroupInfo", items: itemsOf(tokenSecurityGroup, securityGroupItem),
		ids: []identity{
			byID("GroupId", "groupId", tokenSecurityGroup),
			unfound("GroupName", "groupName", "InvalidGroup.NotFound", "The security group '%s' does not exist"),
		},
		filters: map[string]string{
			"group-id": "groupId", "group-name": "groupName", "vpc-id": "vpcId", "description": "groupDescription", "owner-id": "ownerId",
			"ip-permissionItem.cidr": "ipPermissions.ipRanges.cidrIp", "ip-permissionItem.from-port": "ipPermissions.fromPort",
			"ip-permissionItem.group-id": "ipPermissions.groups.groupId", "ip-permissionItem.protocol": "ipPermissions.ipProtocol",
			"ip-permissionItem.to-port": "ipPermissions.toPort", "egress.ip-permissionItem.cidr": "ipPermissionsEgress.ipRanges.cidrIp",
			"egress.ip-permissionItem.group-id": "ipPermissionsEgress.groups.groupId", "egress.ip-permissionItem.protocol": "ipPermissionsEgress.ipProtocol",
		},
	}).operation(),
	"DescribeSecurityGroupRules": (&describe{
		set: "securityGroupRuleSet", items: securityGroupRules,
		ids:     []identity{unfound("SecurityGroupRuleId", "securityGroupRuleId", "InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '%s' does not exist")},
		filters: map[string]string{"group-id": "groupId", "security-group-rule-id": "securityGroupRuleId"},
	}).operation(),
})

// A permissionItem is one source or destination that one rule of a security group lets through.
type permissionItem struct {
	id, group   string
	egress      bool
	protocol    string
	from, to    int
	kind, peer  string // cidrIpv4, cidrIpv6, prefixListId or group, and its value
	description string
	tags        map[string]string
}

// permissionsOf gathers what a group lets through, be it stated in the group or as rules of its own.
func permissionsOf(t *Tx, group *Record) []permissionItem {
	var out []permissionItem
	for _, direction := range []string{"ingress", "egress"} {
		for _, rule := range objs(group.State, direction) {
			out = append(out, spread(group.ID, "", direction == "egress", rule, nil)...)
		}
	}
	for _, r := range t.list(tokenSecurityGroupRule) {
		if str(r.State, "securityGroupId") == group.ID {
			out = append(out, spread(group.ID, str(r.State, "securityGroupRuleId"), str(r.State, "type") == "egress", r.State, nil)...)
		}
	}
	for _, token := range []string{tokenIngressRule, tokenEgressRule} {
		for _, r := range t.list(token) {
			if str(r.State, "securityGroupId") == group.ID {
				out = append(out, spread(group.ID, r.ID, token == tokenEgressRule, r.State, tagsOf(r))...)
			}
		}
	}
	return out
}

// spread makes one permissionItem of each source that a rule names: EC2 keeps them as rules of their own. The first has the
// rule's id.
func spread(group, id string, egress bool, p Props, tags map[string]string) []permissionItem {
	base := permissionItem{
		group: group, egress: egress, protocol: str(p, "protocol") + str(p, "ipProtocol"), from: num(p, "fromPort", -1), to: num(p, "toPort", -1),
		description: str(p, "description"), tags: tags,
	}
	if base.protocol == "all" || base.protocol == "-1" {
		base.protocol, base.from, base.to = "-1", -1, -1
	}
	var out []permissionItem
	for _, source := range [][2]string{
		{"cidrBlocks", "cidrIpv4"}, {"cidrIpv4", "cidrIpv4"}, {"ipv6CidrBlocks", "cidrIpv6"}, {"cidrIpv6", "cidrIpv6"}, {"prefixListIds", "prefixListId"},
		{"prefixListId", "prefixListId"}, {"sourceSecurityGroupId", "group"}, {"referencedSecurityGroupId", "group"}, {"securityGroups", "group"},
	} {
		for _, peer := range strs(p, source[0]) {
			one := base
			one.kind, one.peer = source[1], peer
			out = append(out, one)
		}
	}
	if yes(p, "self", false) {
		one := base
		one.kind, one.peer = "group", group
		out = append(out, one)
	}
	for i := range out {
		one := &out[i]
		one.id = derivedID("sgr-", fmt.Sprint(id, group, egress, one.protocol, one.from, one.to, one.kind, one.peer))
		if i == 0 && id != "" {
			one.id = id
		}
	}
	return out
}

func securityGroupItem(t *Tx, r *Record) Props {
	all := permissionsOf(t, r)
	return Props{
		"groupId": r.ID, "groupName": r.State["name"], "groupDescription": r.State["description"], "vpcId": r.State["vpcId"],
		"ownerId": t.store.account, "securityGroupArn": r.State["arn"], "tagSet": ec2Tags(r),
		"ipPermissions": permissionItems(all, false, t.store.account), "ipPermissionsEgress": permissionItems(all, true, t.store.account),
	}
}

// permissionItems puts the sources of the same ports together, as EC2 shows them.
func permissionItems(all []permissionItem, egress bool, account string) []any {
	out := []any{}
	byPorts := map[string]Props{}
	for _, p := range all {
		if p.egress != egress {
			continue
		}
		ports := fmt.Sprint(p.protocol, " ", p.from, " ", p.to)
		item := byPorts[ports]
		if item == nil {
			item = Props{"ipProtocol": p.protocol, "groups": []any{}, "ipRanges": []any{}, "ipv6Ranges": []any{}, "prefixListIds": []any{}}
			if p.protocol != "-1" {
				item["fromPort"], item["toPort"] = p.from, p.to
			}
			byPorts[ports] = item
			out = append(out, item)
		}
		where, name := "ipRanges", "cidrIp"
		peer := Props{"description": some(p.description)}
		switch p.kind {
		case "group":
			where, name, peer["userId"] = "groups", "groupId", account
		case "cidrIpv6":
			where, name = "ipv6Ranges", "cidrIpv6"
		case "prefixListId":
			where, name = "prefixListIds", "prefixListId"
		}
		peer[name] = p.peer
		list, _ := item[where].([]any)
		item[where] = append(list, peer)
	}
	return out
}

func securityGroupRules(t *Tx, in *Call) []Props {
	var out []Props
	for _, g := range regional(t, in, tokenSecurityGroup) {
		for _, p := range permissionsOf(t, g) {
			out = append(out, ruleItem(t, in, p))
		}
	}
	return out
}

func ruleItem(t *Tx, in *Call, p permissionItem) Props {
	item := Props{
		"securityGroupRuleId": p.id, "securityGroupRuleArn": in.arn("ec2", "security-group-rule/"+p.id), "groupId": p.group, "groupOwnerId": t.store.account,
		"isEgress": p.egress, "ipProtocol": p.protocol, "fromPort": p.from, "toPort": p.to, "description": some(p.description),
		"tagSet": tagList(p.tags, "key", "value"),
	}
	if p.kind == "group" {
		item["referencedGroupInfo"] = Props{"groupId": p.peer, "userId": t.store.account}
	} else {
		item[p.kind] = p.peer
	}
	return item
}
