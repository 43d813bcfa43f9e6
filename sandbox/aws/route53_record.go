package aws

import (
	"slices"
	"strings"
)

// recordID is a record's id as the provider has it.
func recordID(zone, name, kind, set string) string {
	parts := []string{zone, strings.TrimSuffix(strings.ToLower(name), "."), kind}
	if set != "" {
		parts = append(parts, set)
	}
	return strings.Join(parts, "_")
}

// dotted are names with the root's dot at the end, as ACM tells them.
func dotted(names []string) []string {
	var out []string
	for _, name := range names {
		out = append(out, strings.TrimSuffix(name, ".")+".")
	}
	return out
}

// whole is a record's name in full: what does not end in the zone's is taken for relative to it, as the provider does.
func whole(zone *Record, name string) string {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	apex := strings.ToLower(str(recordState(zone), "name"))
	switch {
	case apex == "" || name == apex || strings.HasSuffix(name, "."+apex):
		return name
	case name == "":
		return apex
	}
	return name + "." + apex
}

func fillRecord(o *Op) error {
	zone := o.Tx.peek(tokenZone, str(o.Out, "zoneId"))
	if zone == nil { // a list of one id, where an id is wanted
		return kinds[tokenZone].missing(str(o.Out, "zoneId"))
	}
	name, kind := whole(zone, str(o.Out, "name")), str(o.Out, "type")
	o.Out["fqdn"] = name
	if num(o.Out, "ttl", 0) < 0 {
		return fail("InvalidInput", "1 validation error detected: Value at 'tTL' failed to satisfy constraint: Member must have value greater than or equal to 0")
	}
	values := strs(o.Out, "records")
	switch {
	case len(values) == 0 && len(objs(o.Out, "aliases")) == 0:
		return fail("InvalidChangeBatch", "[Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with [Action=CREATE, Name=%s, Type=%s]]", name, kind)
	case kind == "CNAME" && len(values) > 1:
		return fail("InvalidChangeBatch", "[CNAME record set with DNS name %s. must have exactly one value]", name)
	case kind == "CNAME" && name == str(zone.State, "name"):
		return fail("InvalidChangeBatch", "[RRSet of type CNAME with DNS name %s. is not permitted at apex in zone %[1]s.]", name)
	}
	// A CNAME stands alone.
	other := o.Tx.find(tokenRecord, func(r *Record) bool {
		alone := kind == "CNAME" || str(r.State, "type") == "CNAME"
		return r.ID != o.ID && alone && str(r.State, "zoneId") == zone.ID && str(r.State, "fqdn") == name && str(r.State, "type") != kind
	})
	if other != nil {
		return fail("InvalidChangeBatch", "[RRSet of type %s with DNS name %s. is not permitted because a conflicting RRSet of type %s with the same DNS name already exists in zone %s.]",
			kind, name, str(other.State, "type"), str(zone.State, "name"))
	}
	return nil
}

// itsZone is the zone of a record.
func itsZone(o *Op) []Target {
	id := str(o.In, "zoneId")
	if id == "" && o.Old != nil {
		id = str(o.Old.State, "zoneId")
	}
	return []Target{{ARN: zoneARN(id)}}
}

// changesRecords is the call that makes, changes and deletes records; policies may ask which.
func changesRecords(o *Op) map[string][]string {
	in := o.In
	if o.Old != nil && len(in) == 0 {
		in = o.Old.State
	}
	name := whole(o.Tx.peek(tokenZone, str(in, "zoneId")), str(in, "name"))
	const key = "route53:ChangeResourceRecordSets"
	return map[string][]string{key + "NormalizedRecordNames": {name}, key + "RecordTypes": {str(in, "type")}}
}

var anyChange = func(*Op) []Target { return []Target{{ARN: "arn:" + partition + ":route53:::change/*"}} }

var changeRecord = []act{{action: "route53:ChangeResourceRecordSets", on: itsZone, asks: changesRecords}, {action: "route53:GetChange", on: anyChange}}

var _ = provides(map[string]*acts{
	tokenZone: {
		create: []act{{action: "route53:CreateHostedZone", on: anywhere}, {action: "route53:GetChange", on: anyChange}},
		read:   calls("route53:GetHostedZone", "route53:ListTagsForResource"),
		update: []act{when("route53:UpdateHostedZoneComment", "comment")},
		delete: calls("route53:DeleteHostedZone"),
		tag:    calls("route53:ChangeTagsForResource"), untag: calls("route53:ChangeTagsForResource"),
	},
	tokenRecord: {
		create: slices.Concat(on(itsZone, "route53:GetHostedZone"), changeRecord),
		read:   on(itsZone, "route53:GetHostedZone", "route53:ListResourceRecordSets"),
		update: slices.Concat(on(itsZone, "route53:GetHostedZone"), changeRecord),
		delete: slices.Concat(on(itsZone, "route53:GetHostedZone"), changeRecord),
	},
	tokenCertificate: {
		create: []act{creates("acm:RequestCertificate")},
		read:   calls("acm:DescribeCertificate", "acm:ListTagsForCertificate"),
		update: []act{when("acm:UpdateCertificateOptions", "options")},
		delete: calls("acm:DeleteCertificate"),
		tag:    calls("acm:AddTagsToCertificate"), untag: calls("acm:RemoveTagsFromCertificate"),
	},
	tokenCertificateValidation: {
		create: on(its(tokenCertificate, "", "certificateArn"), "acm:DescribeCertificate"),
		read:   on(its(tokenCertificate, "", "certificateArn"), "acm:DescribeCertificate"),
	},
})
