package aws

import (
	"net/netip"
	"strconv"
	"strings"
)

// permission is one rule of a security group as AWS counts and compares them: one direction, one peer.
type permission struct {
	direction, protocol string
	from, to            int
	peer                string // a block, a prefix list or a group
}

// protocols are the names that AWS has for numbers.
var protocols = map[string]string{"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}

// permit makes the rules of one statement, one for each peer.
func permit(direction, protocol string, from, to int, peers []string) []permission {
	protocol = strings.ToLower(protocol)
	if name, ok := protocols[protocol]; ok {
		protocol = name
	}
	if protocol == "-1" {
		from, to = 0, 0
	}
	var out []permission
	for _, peer := range peers {
		out = append(out, permission{direction, protocol, from, to, peer})
	}
	return out
}

// inlinePermissions are those that a group states itself.
func inlinePermissions(id string, group Props) []permission {
	var out []permission
	for _, direction := range []string{"ingress", "egress"} {
		for _, p := range objs(group, direction) {
			var peers []string
			for _, name := range []string{"cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups"} {
				peers = append(peers, strs(p, name)...)
			}
			if yes(p, "self", false) {
				peers = append(peers, id)
			}
			out = append(out, permit(direction, str(p, "protocol"), num(p, "fromPort", 0), num(p, "toPort", 0), peers)...)
		}
	}
	return out
}

// rulePermissions are those of a SecurityGroupRule.
func rulePermissions(p Props) []permission {
	var peers []string
	for _, name := range ruleSources {
		peers = append(peers, strs(p, name)...)
	}
	if yes(p, "self", false) {
		peers = append(peers, str(p, "securityGroupId"))
	}
	return permit(str(p, "type"), str(p, "protocol"), num(p, "fromPort", 0), num(p, "toPort", 0), peers)
}

// singlePermissions is that of a rule of the vpc module.
func singlePermissions(token string, p Props) []permission {
	direction := "ingress"
	if token == tokenEgressRule {
		direction = "egress"
	}
	var peers []string
	for _, name := range singleSources {
		peers = append(peers, strs(p, name)...)
	}
	return permit(direction, str(p, "ipProtocol"), num(p, "fromPort", 0), num(p, "toPort", 0), peers)
}

// permissions are all rules of a group but those that the record of the key except states.
func (t *Tx) permissions(group, except string) []permission {
	var out []permission
	if r := t.peek(tokenSecurityGroup, group); r != nil && r.Key() != except {
		out = inlinePermissions(group, r.State)
	}
	for _, token := range []string{tokenSecurityGroupRule, tokenIngressRule, tokenEgressRule} {
		t.find(token, func(r *Record) bool {
			if str(r.State, "securityGroupId") != group || r.Key() == except {
				return false
			}
			if token == tokenSecurityGroupRule {
				out = append(out, rulePermissions(r.State)...)
			} else {
				out = append(out, singlePermissions(token, r.State)...)
			}
			return false
		})
	}
	return out
}

// admitRules checks rules that are about to become the group's, which belongs to vpc. except is the key of what states them.
func (o *Op) admitRules(group, vpc, except string, adding []permission) error {
	all := o.Tx.permissions(group, except)
	for _, p := range adding {
		if err := p.sound(); err != nil {
			return err
		}
		if err := o.reaches(p, group, vpc); err != nil {
			return err
		}
		for _, other := range all {
			if p == other {
				return p.duplicate()
			}
		}
		all = append(all, p)
	}
	for _, direction := range []string{"ingress", "egress"} {
		n4, n6 := 0, 0
		for _, p := range all {
			if p.direction != direction {
				continue
			}
			block, err := netip.ParsePrefix(p.peer)
			if err != nil || block.Addr().Is4() { // groups and prefix lists count for both families
				n4++
			}
			if err != nil || block.Addr().Is6() {
				n6++
			}
		}
		if err := o.within("rules per security group", max(n4, n6)); err != nil {
			return err
		}
	}
	return nil
}

func (p permission) duplicate() error {
	if p.protocol == "-1" {
		return fail("InvalidPermission.Duplicate", "the specified rule \"peer: %s, ALL, ALLOW\" already exists", p.peer)
	}
	return fail("InvalidPermission.Duplicate", "the specified rule \"peer: %s, %s, from port: %d, to port: %d, ALLOW\" already exists",
		p.peer, strings.ToUpper(p.protocol), p.from, p.to)
}

// sound checks protocol and ports, or type and code.
func (p permission) sound() error {
	switch p.protocol {
	case "-1":
	case "tcp", "udp":
		for _, port := range []int{p.from, p.to} {
			if port < 0 || port > 65535 {
				return fail("InvalidParameterValue", "TCP/UDP port (%d) out of range", port)
			}
		}
		if p.from > p.to {
			return fail("InvalidParameterValue", "Invalid TCP/UDP port range (%d:%d)", p.from, p.to)
		}
	case "icmp", "icmpv6":
		for what, n := range map[string]int{"type": p.from, "code": p.to} {
			if n < -1 || n > 255 {
				return fail("InvalidParameterValue", "ICMP %s (%d) out of range", what, n)
			}
		}
	default:
		if n, err := strconv.Atoi(p.protocol); err != nil || n < 0 || n > 255 {
			return fail("InvalidParameterValue", "Invalid value '%s' for IP protocol. Unknown protocol.", p.protocol)
		}
	}
	return nil
}

// reaches checks the peer: a block, or a group of the same VPC.
func (o *Op) reaches(p permission, group, vpc string) error {
	switch {
	case strings.HasPrefix(p.peer, "pl-"), p.peer == group:
		return nil
	case strings.Contains(p.peer, "sg-"):
		id := afterLast(p.peer, "/") // of another account: account/group
		peer := o.Tx.peek(tokenSecurityGroup, id)
		if peer == nil {
			return kinds[tokenSecurityGroup].missing(id)
		}
		if str(peer.State, "vpcId") != vpc {
			return fail("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")
		}
		return nil
	}
	if block, err := netip.ParsePrefix(p.peer); err != nil || block != block.Masked() {
		return fail("InvalidParameterValue", "CIDR block %s is malformed", p.peer)
	}
	return nil
}

// groupsOf checks the security groups of one interface in a VPC.
func (o *Op) groupsOf(groups []string, vpc string) error {
	for _, id := range groups {
		if g := o.Tx.peek(tokenSecurityGroup, id); g != nil && str(g.State, "vpcId") != vpc {
			return fail("InvalidParameter", "Security group %s and network %s belong to different networks", id, vpc)
		}
	}
	return o.within("security groups per interface", len(groups))
}
