package aws_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"paddock/sandbox/aws"
	"paddock/sandbox/machine"
)

const (
	aCertificate = "aws:acm/certificate:Certificate"
	aWait        = "aws:acm/certificateValidation:CertificateValidation"
	aZone        = "aws:route53/zone:Zone"
	aRecord      = "aws:route53/record:Record"
)

// forDomain are the inputs of a certificate for a domain and its wildcard.
func forDomain(domain string) props {
	return props{"domainName": domain, "subjectAlternativeNames": []any{"*." + domain}, "validationMethod": "DNS"}
}

// proving is the record that proves a certificate's domain, in a zone.
func proving(certificate, zone thing) props {
	option := certificate.out["domainValidationOptions"].([]any)[0].(props)
	return props{
		"zoneId": zone.id, "name": option["resourceRecordName"], "type": option["resourceRecordType"],
		"records": []any{option["resourceRecordValue"]}, "ttl": 300,
	}
}

func txt(name, value string) props {
	return props{"name": name, "type": "TXT", "records": []any{value}, "ttl": 60}
}

var edgeLife = map[string]life{
	aCertificate: {
		in: fixed(forDomain("dev.example.com")), next: props{"tags": props{"a": "b"}}, replace: props{"domainName": "other.example.com"},
		outputs: []string{"arn", "status", "domainValidationOptions", "subjectAlternativeNames"},
	},
	aWait: {
		in: func(p *platform) props {
			return props{"certificateArn": p.add(aCertificate, forDomain("dev.example.com")).id}
		},
		replace: props{"certificateArn": "arn:aws:acm:us-west-2:123456789012:certificate/other"},
	},
	aZone: {
		in: fixed(props{"name": "example.com"}), next: props{"comment": "ours"}, replace: props{"name": "example.org"},
		outputs: []string{"arn", "zoneId", "nameServers", "primaryNameServer"},
	},
	aRecord: {
		in: func(p *platform) props {
			return over(txt("www", "a"), props{"zoneId": p.add(aZone, props{"name": "example.com"}).id})
		},
		next: props{"records": []any{"b"}}, replace: props{"name": "api"}, outputs: []string{"fqdn"},
	},
}

var drawnEdge = map[string]func(*draw) props{
	aCertificate: func(d *draw) props {
		return over(forDomain(d.one("a.example.com", "b.example.com", "-.com")), props{"tags": d.tags()})
	},
	aWait: func(d *draw) props { return props{"certificateArn": d.id(aCertificate)} },
	aZone: func(d *draw) props {
		return props{"name": d.one("example.com", "b.example.com", "-"), "tags": d.tags()}
	},
	aRecord: func(d *draw) props {
		kind := d.one("TXT", "CNAME")
		return props{"zoneId": d.id(aZone), "name": d.name("r"), "type": kind, "records": []any{d.name("v")}, "ttl": 60, "allowOverwrite": d.IntN(2) == 0}
	},
}

var edgeRules = map[string]rule{
	"certificate domain":    {plainly(aCertificate, forDomain("under_score.com")), says("ValidationException", "'domainName'", "regular expression")},
	"certificate long":      {plainly(aCertificate, forDomain(strings.Repeat("a", 60)+".example.com")), says("ValidationException", "no longer than 64 octets")},
	"certificate dot":       {plainly(aCertificate, props{"domainName": "a.com.", "validationMethod": "DNS"}), says("cannot end with a period")},
	"certificate by mail":   {plainly(aCertificate, over(forDomain("a.com"), props{"validationMethod": "EMAIL"})), says("ValidationException", "by DNS only")},
	"certificate by fax":    {plainly(aCertificate, over(forDomain("a.com"), props{"validationMethod": "FAX"})), says("expected validation_method to be one of")},
	"certificate imported":  {plainly(aCertificate, over(forDomain("a.com"), props{"privateKey": "x"})), says("private_key is not modelled")},
	"certificate of many":   {plainly(aCertificate, over(forDomain("a.com"), props{"subjectAlternativeNames": many(10, func(i int) any { return string(rune('b'+i)) + ".com" })})), says("LimitExceededException", "limit of 10")},
	"certificate tag":       {plainly(aCertificate, over(forDomain("a.com"), props{"tags": props{"aws:x": "y"}})), says("InvalidTagException", "reserved")},
	"wait for nothing":      {plainly(aWait, props{"certificateArn": "arn:aws:acm:us-west-2:123456789012:certificate/none"}), says("ResourceNotFoundException", "Could not find certificate")},
	"wait without a record": {waits("unset.example.com", false, nil), says("to be issued", "timeout while waiting for state to become 'ISSUED'", "PENDING_VALIDATION")},
	"wait for another's":    {waits("others.example.com", true, []any{"_x.others.example.com"}), says("missing others.example.com DNS validation record")},
	"zone name":             {plainly(aZone, props{"name": "a b.com"}), says("InvalidDomainName")},
	"zone private":          {plainly(aZone, props{"name": "a.com", "vpcs": []any{props{"vpcId": "vpc-1"}}}), says("private zones are not modelled")},
	"zone with records": {func(g *ground) error {
		zone := g.create(aZone, props{"name": "held.com"})
		g.create(aRecord, over(txt("www", "a"), props{"zoneId": zone.id}))
		return g.tryDelete(zone)
	}, says("HostedZoneNotEmpty")},
	"record of no zone": {plainly(aRecord, over(txt("www", "a"), props{"zoneId": "Z0"})), says("NoSuchHostedZone", "No hosted zone found with ID: Z0")},
	"record type":       {inZone(props{"type": "B"}), says("expected type to be one of")},
	"record no ttl":     {inZone(props{"ttl": nil}), says("all of `records,ttl` must be specified")},
	"record of nothing": {inZone(props{"records": nil, "ttl": nil}), says("InvalidChangeBatch", "found none")},
	"record twice": {func(g *ground) error {
		zone := g.create(aZone, props{"name": "twice.com"}).id
		g.create(aRecord, over(txt("www", "a"), props{"zoneId": zone}))
		return g.ask(aRecord, over(txt("www.twice.com", "b"), props{"zoneId": zone}))
	}, says("InvalidChangeBatch", "but it already exists")},
	"record CNAMEs":         {inZone(props{"type": "CNAME", "records": []any{"a.com", "b.com"}}), says("InvalidChangeBatch", "exactly one value")},
	"record CNAME at top":   {inZone(props{"type": "CNAME", "name": "example.com", "records": []any{"a.com"}}), says("InvalidChangeBatch", "not permitted at apex")},
	"record CNAME and more": {besideCNAME, says("InvalidChangeBatch", "conflicting RRSet of type CNAME")},
}

func inZone(change props) func(*ground) error {
	return func(g *ground) error {
		return g.ask(aRecord, over(over(txt("www", "a"), props{"zoneId": g.create(aZone, props{"name": "example.com"}).id}), change))
	}
}

func besideCNAME(g *ground) error {
	zone := g.create(aZone, props{"name": "alone.com"}).id
	g.create(aRecord, props{"zoneId": zone, "name": "www", "type": "CNAME", "records": []any{"a.com"}, "ttl": 60})
	return g.ask(aRecord, over(txt("www", "a"), props{"zoneId": zone}))
}

// waits for a certificate whose domain has a zone of the account, with the record in it or without.
func waits(domain string, proved bool, records []any) func(*ground) error {
	return func(g *ground) error {
		zone, certificate := g.create(aZone, props{"name": domain}), g.create(aCertificate, forDomain(domain))
		if proved {
			g.create(aRecord, proving(certificate, zone))
		}
		return g.ask(aWait, props{"certificateArn": certificate.id, "validationRecordFqdns": records})
	}
}

// A certificate is issued when its domain's owner has set the record: in a zone of the account the program, elsewhere somebody.
func TestCertificatesAreIssued(t *testing.T) {
	p := newNetwork(t)
	status := func(certificate thing) any { return p.read(certificate).out["status"] }
	foreign := p.create(aCertificate, forDomain("elsewhere.example.org"))
	if got := status(foreign); got != "ISSUED" {
		t.Errorf("without a zone: %v", got)
	}
	zone, own := p.create(aZone, props{"name": "example.com"}), p.create(aCertificate, forDomain("dev.example.com"))
	if got := status(own); got != "PENDING_VALIDATION" {
		t.Errorf("with a zone that lacks the record: %v", got)
	}
	record := p.create(aRecord, proving(own, zone))
	p.create(aWait, props{"certificateArn": own.id, "validationRecordFqdns": []any{record.out["fqdn"]}})
	p.delete(record)
	if got := status(own); got != "ISSUED" {
		t.Errorf("proved once: %v", got)
	}
}

// Whoever says so takes a record over that is there.
func TestRecordIsTakenOver(t *testing.T) {
	p := newNetwork(t)
	in := over(txt("www", "a"), props{"zoneId": p.create(aZone, props{"name": "example.com"}).id, "allowOverwrite": true})
	first, second := p.create(aRecord, in), p.create(aRecord, over(in, props{"records": []any{"b"}}))
	if first.id != second.id || p.read(first).out["records"].([]any)[0] != "b" {
		t.Errorf("%s and %s: %v", first.id, second.id, p.read(first).out)
	}
}

// balancing is a platform with subnets for load balancers, and an association for the controller's service account.
func balancing(t *testing.T, policy string) (*platform, machine.ServiceAccount, aws.Balancer) {
	t.Helper()
	p := newPlatform(t)
	for _, subnet := range []thing{p.a, p.b} {
		p.update(subnet, over(subnet.in, props{"tags": props{"kubernetes.io/role/elb": "1"}}))
	}
	role := p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustPods})
	if policy != "" {
		p.add("aws:iam/rolePolicy:RolePolicy", props{"role": role.id, "policy": policy})
	}
	p.add("aws:eks/podIdentityAssociation:PodIdentityAssociation", props{
		"clusterName": p.cluster.id, "namespace": "kube-system", "serviceAccount": "controller", "roleArn": role.out["arn"],
	})
	return p, machine.ServiceAccount{Namespace: "kube-system", Name: "controller", Pod: "controller-1"},
		aws.Balancer{Cluster: p.cluster.id, Stack: "web/shop", Name: "k8s-web-shop-0123456789"}
}

// inBlock says that an address is in one of the subnets.
func inBlock(at netip.Addr, subnets ...thing) bool {
	return slices.ContainsFunc(subnets, func(s thing) bool {
		block, err := netip.ParsePrefix(fmt.Sprint(s.out["cidrBlock"]))
		return err == nil && block.Contains(at)
	})
}

const anything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["elasticloadbalancing:*","ec2:*"],"Resource":"*"}]}`

// A load balancer is made once, is one of the account's resources, and keeps its subnets, its VPC and its certificate.
func TestBalancer(t *testing.T) {
	p, as, want := balancing(t, anything)
	certificate := p.create(aCertificate, forDomain("elsewhere.example.org"))
	want.Certificates = []string{certificate.id}
	name, err := p.cloud.Balance(as, want)
	if err != nil || !strings.HasPrefix(name, "k8s-web-shop-0123456789-") || !strings.HasSuffix(name, ".us-west-2.elb.amazonaws.com") {
		t.Fatalf("made %q: %v", name, err)
	}
	if again, err := p.cloud.Balance(as, want); err != nil || again != name {
		t.Errorf("again: %q, %v", again, err)
	}
	p.restart()
	if got := p.cloud.Balancers(p.cluster.id); len(got) != 1 || got["web/shop"] != name {
		t.Errorf("known: %v", got)
	}
	if at, other := p.cloud.BalancerAddress(name), p.cloud.BalancerAddress("other."+name); other.IsValid() || !inBlock(at, p.a, p.b) {
		t.Errorf("it asks from %v, want an address in one of its subnets; another from %v, want none", at, other)
	}
	for what, held := range map[string]thing{"DependencyViolation": p.a, "ResourceInUseException": certificate} {
		if err := p.tryDelete(held); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("delete of %s: %v, want %s", held.token, err, what)
		}
	}
	for range 2 { // twice is no error
		if err := p.cloud.Unbalance(as, want.Cluster, want.Stack); err != nil {
			t.Error(err)
		}
	}
	p.delete(certificate)
	for _, left := range p.cloud.Leftovers() {
		if strings.Contains(left.Kind, "loadBalancer") || strings.HasPrefix(left.Name, "ELB ") {
			t.Errorf("left: %v", left)
		}
	}
}

// It is made by the rights of the pod's role, and by nobody else's.
func TestBalancerNeedsRights(t *testing.T) {
	for name, tc := range map[string]struct{ policy, want string }{
		"no rights":          {"", "UnauthorizedOperation"},
		"none to make it":    {strings.Replace(anything, "elasticloadbalancing:*", "elasticloadbalancing:Describe*", 1), "elasticloadbalancing:CreateLoadBalancer"},
		"another cluster's":  {strings.Replace(anything, `"Resource":"*"`, `"Resource":"*","Condition":{"StringEqualsIfExists":{"aws:RequestTag/elbv2.k8s.aws/cluster":"other"}}`, 1), "ec2:CreateSecurityGroup"},
		"this cluster's tag": {strings.Replace(anything, `"Resource":"*"`, `"Resource":"*","Condition":{"StringEqualsIfExists":{"aws:RequestTag/elbv2.k8s.aws/cluster":"dev"}}`, 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, as, want := balancing(t, tc.policy)
			_, err := p.cloud.Balance(as, want)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("err = %v, want %q", err, tc.want)
			}
			if _, err := p.cloud.Balance(machine.ServiceAccount{Namespace: "web", Name: "default"}, want); err == nil || !strings.Contains(err.Error(), "No association found") {
				t.Errorf("without an association: %v", err)
			}
		})
	}
}

// What AWS refuses, it refuses the controller, too.
func TestBalancerIsRefused(t *testing.T) {
	p, as, want := balancing(t, anything)
	p.create(aZone, props{"name": "example.com"})
	pending := want
	pending.Certificates = []string{p.create(aCertificate, forDomain("dev.example.com")).id}
	inside := want
	inside.Internal = true
	for says, b := range map[string]aws.Balancer{"UnsupportedCertificate": pending, "unable to resolve at least one subnet": inside} {
		if _, err := p.cloud.Balance(as, b); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("err = %v, want %s", err, says)
		}
	}
}
