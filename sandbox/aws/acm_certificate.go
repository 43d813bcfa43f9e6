package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A domain as ACM takes it: labels of letters, digits and inner hyphens, and a star in the place of the first at most.
var acmDomain = regexp.MustCompile(`^(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

// States of a certificate.
const (
	certificatePending = "PENDING_VALIDATION"
	certificateIssued  = "ISSUED"
)

var _ = register(&Kind{
	Token: tokenCertificate, Tagged: true, Required: []string{"domainName"},
	ID:  func(o *Op) string { return o.Env.arn("acm", "certificate/"+uuid()) },
	ARN: func(o *Op) string { return o.ID },
	Missing: func(arn string) *Error {
		return fail("ResourceNotFoundException", "Could not find certificate %s.", arn)
	},
	InUse: func(arn string) *Error {
		return fail("ResourceInUseException", "Certificate %s in account is in use.", arn)
	},
	NameOf: func(o *Op) string { return str(o.Out, "domainName") },
	Defaults: Props{
		"keyAlgorithm": "RSA_2048", "type": "AMAZON_ISSUED", "renewalEligibility": "INELIGIBLE", "pendingRenewal": false,
		"earlyRenewalDuration": "", "certificateAuthorityArn": "",
	},
	Computed: []string{"domainValidationOptions", "status", "validationEmails", "notBefore", "notAfter", "renewalSummaries"},
	Volatile: []string{"status", "notBefore", "notAfter"},
	Replace:  []string{"domainName", "subjectAlternativeNames", "validationMethod", "keyAlgorithm", "certificateAuthorityArn"},
	Sets:     []string{"subjectAlternativeNames"},
	Check: checks(func(c *check) {
		c.oneOf("validationMethod", "DNS", "EMAIL")
		c.length("domainName", 1, 253)
		for _, name := range []string{"certificateBody", "privateKey", "certificateChain", "certificateAuthorityArn"} {
			if c.has(name) {
				c.fault(name, "%s is not modelled: certificates are requested by DNS validation", snake(name))
			}
		}
		for _, name := range append(strs(c.in, "domainName"), strs(c.in, "subjectAlternativeNames")...) {
			if strings.HasSuffix(name, ".") {
				c.fault("domainName", "invalid value for domain_name (cannot end with a period)")
			}
		}
	}),
	Fill: fillCertificate,
	Live: func(t *Tx, r *Record) { t.validate(r) },
})

// fillCertificate holds the domains to ACM's rules and tells how each is proved.
func fillCertificate(o *Op) error {
	if o.Old != nil {
		return nil
	}
	if len(str(o.Out, "domainName")) > 64 {
		return fail("ValidationException", "1 validation error detected: Value '%s' at 'domainName' failed to satisfy constraint: "+
			"The first domain name can be no longer than 64 octets", str(o.Out, "domainName"))
	}
	if method := str(o.Out, "validationMethod"); method != "DNS" {
		return fail("ValidationException", "The stand-in proves domains by DNS only, not by %q", method)
	}
	domains := o.domains()
	if err := o.within("domain names per certificate", len(domains)); err != nil {
		return err
	}
	options := []any{}
	for _, domain := range domains {
		if !acmDomain.MatchString(domain) {
			return fail("ValidationException", "1 validation error detected: Value '%s' at 'domainName' failed to satisfy constraint: "+
				"Member must satisfy regular expression pattern: (\\*\\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])", domain)
		}
		name, value := proof(o.Env.Account, domain)
		options = append(options, Props{"domainName": domain, "resourceRecordName": name, "resourceRecordType": "CNAME", "resourceRecordValue": value})
	}
	o.Out["domainValidationOptions"] = options
	o.Out["validationEmails"], o.Out["renewalSummaries"] = []any{}, []any{}
	o.Out["status"], o.Out["notBefore"], o.Out["notAfter"] = certificatePending, "", ""
	o.Tx.validate(&Record{State: o.Out, Created: time.Now()})
	return nil
}

// domains are all that the certificate is for, once each, the first of them first.
func (o *Op) domains() []string {
	list := []string{str(o.Out, "domainName")}
	for _, name := range strs(o.In, "subjectAlternativeNames") {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// proof is the record by which an account proves a domain: the same for its wildcard, and for every certificate.
func proof(account, domain string) (name, value string) {
	domain = strings.TrimPrefix(domain, "*.")
	sum := func(what string) string {
		h := sha256.Sum256([]byte(what + account + domain))
		return "_" + hex.EncodeToString(h[:])[:32]
	}
	return sum("name") + "." + domain + ".", sum("value") + ".xlfgrmvvlj.acm-validations.aws."
}

// issuedFor is how long ACM's certificates are good.
const issuedFor = 13 * 30 * 24 * time.Hour

// validate issues a certificate all of whose domains are proved.
func (t *Tx) validate(r *Record) {
	if str(r.State, "status") == certificateIssued || t.unproved(r) != "" {
		return
	}
	begin := r.Created.UTC()
	r.State["status"] = certificateIssued
	r.State["notBefore"], r.State["notAfter"] = begin.Format(time.RFC3339), begin.Add(issuedFor).Format(time.RFC3339)
}

// unproved is a domain of the certificate whose record is missing; empty = there is none. A domain that no zone of the account is for
// has an owner elsewhere, who is played: the record is there.
func (t *Tx) unproved(certificate *Record) string {
	for _, option := range objs(certificate.State, "domainValidationOptions") {
		name := str(option, "resourceRecordName")
		zone := t.zoneOf(name)
		if zone == nil {
			continue
		}
		set := t.peek(tokenRecord, recordID(zone.ID, name, "CNAME", ""))
		if set == nil || !slices.Contains(dotted(strs(set.State, "records")), str(option, "resourceRecordValue")) {
			return str(option, "domainName")
		}
	}
	return ""
}

// The provider waits for the certificate; the resource itself is nothing in AWS.
var _ = register(&Kind{
	Token: tokenCertificateValidation, Required: []string{"certificateArn"},
	ID:      func(o *Op) string { return fmt.Sprintf("%s %s", str(o.In, "certificateArn"), hexID("", 8)) },
	Replace: []string{"certificateArn", "validationRecordFqdns"},
	Sets:    []string{"validationRecordFqdns"},
	Refs:    []Ref{{Field: "certificateArn", Kind: tokenCertificate, Delete: Cascade}},
	Fill: func(o *Op) error {
		r := o.Tx.get(tokenCertificate, str(o.Out, "certificateArn"))
		if r == nil { // a list of one ARN, where an ARN is wanted
			return kinds[tokenCertificate].missing(str(o.Out, "certificateArn"))
		}
		if err := recordsOf(r, strs(o.In, "validationRecordFqdns")); err != nil {
			return err
		}
		if domain := o.Tx.unproved(r); domain != "" {
			return fail("TimeoutError", "waiting for ACM Certificate (%s) to be issued: timeout while waiting for state to become 'ISSUED' "+
				"(last state: '%s'): the record that proves %s is missing in its zone", r.ID, certificatePending, domain)
		}
		o.Tx.validate(r)
		o.Tx.put(r)
		return nil
	},
})

// recordsOf refuses records that are not all of the certificate's, as the provider does before it waits.
func recordsOf(certificate *Record, given []string) error {
	if len(given) == 0 {
		return nil
	}
	given = dotted(given)
	for _, option := range objs(certificate.State, "domainValidationOptions") {
		if name := str(option, "resourceRecordName"); !slices.Contains(given, name) {
			return fail("InvalidParameter", "missing %s DNS validation record: %s", str(option, "domainName"), strings.TrimSuffix(name, "."))
		}
	}
	return nil
}
