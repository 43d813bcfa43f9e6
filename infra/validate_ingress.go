package infra

import (
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"paddock/components/policy"
	"paddock/components/versions"
)

// maxDomain leaves room for the label of a service: ACM takes names of up to 64 characters as a certificate's first, and 253 in
// all.
const maxDomain = 64

var (
	certificateARN = regexp.MustCompile(`^arn:(aws[a-z-]*):acm:([a-z0-9-]+):[0-9]{12}:certificate/[A-Za-z0-9-]+$`)
	hostedZone     = regexp.MustCompile(`^Z[A-Z0-9]{1,31}$`)
)

// ingress judges the way in from the internet. Without a domain there is none, and nothing else may be said of it.
func (c Config) ingress(f *judge) {
	i := c.Ingress
	if i.Domain == "" {
		for _, key := range []struct{ name, value string }{{"certificate", i.Certificate}, {"zone", i.Zone}, {"image", i.Image}} {
			if key.value != "" {
				f.Add("ingress."+key.name, key.value, "want ingress.domain beside it: without one nothing is exposed")
			}
		}
		return
	}
	switch labels := strings.Count(i.Domain, ".") + 1; {
	case len(validation.IsDNS1123Subdomain(i.Domain)) > 0 || labels < 2:
		f.Add("ingress.domain", i.Domain,
			"want a domain of your own, such as dev.example.com: lower-case letters, digits and inner hyphens, with a dot")
	case len(i.Domain) > maxDomain:
		f.Add("ingress.domain", i.Domain, "want at most %d characters: a certificate takes no more", maxDomain)
	}
	c.certificate(f)
	c.image(f, "ingress.image", i.Image, versions.LoadBalancerControllerImage, true)
}

// certificate judges which certificate is presented, and who proves the domain.
func (c Config) certificate(f *judge) {
	i := c.Ingress
	switch match := certificateARN.FindStringSubmatch(i.Certificate); {
	case i.Certificate == "":
	case match == nil:
		f.Add("ingress.certificate", i.Certificate,
			"want the ARN of a certificate in ACM: arn:aws:acm:<region>:<account>:certificate/<id>")
	case match[2] != c.Region || match[1] != policy.PartitionOf(c.Region):
		f.Add("ingress.certificate", i.Certificate, "want a certificate of the platform's region, %s: load balancers take no other",
			c.Region)
	}
	switch {
	case i.Zone != "" && !hostedZone.MatchString(i.Zone):
		f.Add("ingress.zone", i.Zone, "want the id of a hosted zone of Route 53, such as Z0123456789ABCDEFGHIJ")
	case i.Zone != "" && i.Certificate != "":
		f.Add("ingress.zone", i.Zone, "want zone or certificate: a zone is for proving the domain of a certificate that is requested")
	}
}
