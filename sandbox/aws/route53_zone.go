package aws

import (
	"fmt"
	"strings"
)

var _ = register(&Kind{
	Token: tokenZone, Tagged: true, Name: "name", NameMax: 255,
	ID:  func(*Op) string { return randomOf("Z", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 20) },
	ARN: func(o *Op) string { return zoneARN(o.ID) },
	Missing: func(id string) *Error {
		return fail("NoSuchHostedZone", "No hosted zone found with ID: %s", id)
	},
	InUse: func(id string) *Error {
		return fail("HostedZoneNotEmpty", "The specified hosted zone contains non-required resource record sets and so cannot be deleted.")
	},
	Defaults: Props{"comment": "Managed by Pulumi", "forceDestroy": false, "delegationSetId": ""},
	Computed: []string{"zoneId", "nameServers", "primaryNameServer"},
	Replace:  []string{"name", "delegationSetId"},
	Check: checks(func(c *check) {
		c.length("comment", 0, 256)
		if c.has("vpcs") {
			c.fault("vpcs", "private zones are not modelled")
		}
	}),
	Fill: func(o *Op) error {
		name := strings.TrimSuffix(str(o.Out, "name"), ".")
		if !acmDomain.MatchString(name+".x") || strings.HasPrefix(name, "*") {
			return fail("InvalidDomainName", "%s is not a valid domain name", name)
		}
		o.Out["name"], o.Out["zoneId"] = name, o.ID
		servers := []any{}
		for i, suffix := range []string{"com", "net", "org", "co.uk"} {
			servers = append(servers, fmt.Sprintf("ns-%d.awsdns-%02d.%s", 512*i+7, 11*i+3, suffix))
		}
		o.Out["nameServers"], o.Out["primaryNameServer"] = servers, servers[0]
		return nil
	},
})

func zoneARN(id string) string { return "arn:" + partition + ":route53:::hostedzone/" + id }

// zoneOf is the account's zone that answers for a name: the one with the most labels in common; nil = none.
func (t *Tx) zoneOf(name string) *Record {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	var best *Record
	for _, zone := range t.list(tokenZone) {
		apex := strings.ToLower(str(zone.State, "name"))
		if name != apex && !strings.HasSuffix(name, "."+apex) {
			continue
		}
		if best == nil || len(apex) > len(str(best.State, "name")) {
			best = zone
		}
	}
	return best
}

// recordTypes are those that Route 53 knows.
var recordTypes = []string{"A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"}

var _ = register(&Kind{
	Token: tokenRecord, Required: []string{"name", "type", "zoneId"},
	ID: func(o *Op) string {
		name := str(o.In, "name")
		o.Cloud.store.view(func(t *Tx) { name = whole(t.peek(tokenZone, str(o.In, "zoneId")), name) })
		return recordID(str(o.In, "zoneId"), name, str(o.In, "type"), str(o.In, "setIdentifier"))
	},
	Over: func(o *Op) bool { return yes(o.In, "allowOverwrite", false) },
	Taken: func(o *Op) error {
		return fail("InvalidChangeBatch", "[Tried to create resource record set [name='%s', type='%s'] but it already exists]", str(o.In, "name"), str(o.In, "type"))
	},
	Missing: func(id string) *Error {
		return fail("InvalidChangeBatch", "[Tried to delete resource record set %s but it was not found]", id)
	},
	Computed: []string{"fqdn"},
	Replace:  []string{"name", "type", "zoneId", "setIdentifier"},
	Sets:     []string{"records"},
	Refs:     []Ref{{Field: "zoneId", Kind: tokenZone, Delete: Hold}},
	Check: checks(func(c *check) {
		c.oneOf("type", recordTypes...)
		c.apart("aliases", "records", "ttl")
		if c.has("records") && get(c.in, "ttl") == nil {
			c.fault("ttl", "all of `records,ttl` must be specified")
		}
	}),
	Fill: fillRecord,
})
