package wire

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	amzDate    = "20060102T150405Z"
)

// credential is what a signed request says about its signature, in a header or, presigned, in its URL.
type credential struct {
	id, token             string
	date, region, service string // the scope
	signed                []string
	signature             string
	at                    time.Time
	presigned             bool
}

// credentialOf reads the signature of a request; nil = it is not signed.
func credentialOf(r *http.Request) (*credential, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		return fromHeader(header, r.Header)
	}
	if q := r.URL.Query(); q.Get("X-Amz-Algorithm") != "" || q.Get("X-Amz-Signature") != "" {
		return fromURL(q)
	}
	return nil, nil
}

func fromHeader(header string, all http.Header) (*credential, error) {
	kind, rest, _ := strings.Cut(header, " ")
	if kind != algorithm {
		return nil, refusal("IncompleteSignature", "Unsupported AWS 'algorithm': '%s'. Use %s.", kind, algorithm)
	}
	parts := map[string]string{}
	for _, part := range strings.Split(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parts[name] == "" {
			return nil, refusal("IncompleteSignature", "Authorization header requires '%s' parameter.", name)
		}
	}
	c := &credential{token: all.Get("X-Amz-Security-Token"), signature: parts["Signature"]}
	return c, c.read(parts["Credential"], parts["SignedHeaders"], all.Get("X-Amz-Date"))
}

func fromURL(q url.Values) (*credential, error) {
	if kind := q.Get("X-Amz-Algorithm"); kind != algorithm {
		return nil, refusal("IncompleteSignature", "Unsupported AWS 'algorithm': '%s'. Use %s.", kind, algorithm)
	}
	for _, name := range []string{"X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if q.Get(name) == "" {
			return nil, refusal("IncompleteSignature", "AWS query-string parameters must include '%s'.", name)
		}
	}
	c := &credential{token: q.Get("X-Amz-Security-Token"), signature: q.Get("X-Amz-Signature"), presigned: true}
	return c, c.read(q.Get("X-Amz-Credential"), q.Get("X-Amz-SignedHeaders"), q.Get("X-Amz-Date"))
}

func (c *credential) read(scope, signed, date string) error {
	parts := strings.Split(scope, "/")
	if len(parts) != 5 || parts[0] == "" {
		return refusal("IncompleteSignature", "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", scope)
	}
	c.id, c.date, c.region, c.service = parts[0], parts[1], parts[2], parts[3]
	if parts[4] != terminator {
		return refusal("SignatureDoesNotMatch", "Credential should be scoped with a valid terminator: '%s'.", terminator)
	}
	var err error
	if c.at, err = time.Parse(amzDate, date); err != nil {
		return refusal("IncompleteSignature", "Date must be in ISO-8601 'basic format'. Got '%s'.", date)
	}
	if !strings.HasPrefix(date, c.date+"T") {
		return refusal("SignatureDoesNotMatch", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s'.", c.date, date[:8])
	}
	c.signed = strings.Split(strings.ToLower(signed), ";")
	if !slices.Contains(c.signed, "host") {
		return refusal("SignatureDoesNotMatch", "'Host' must be a 'SignedHeader' in the AWS Authorization.")
	}
	return nil
}

var (
	regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[1-9]$`)
	awsHost    = regexp.MustCompile(`^([a-z0-9-]+?)(?:-fips)?(?:\.([a-z]{2}(?:-[a-z]+)+-[1-9]))?\.(?:amazonaws\.com|api\.aws)(?::\d+)?$`)
)

// rightScope refuses a signature that was made for another service or region than the request goes to.
func (c *credential) rightScope(r *http.Request) error {
	if !regionName.MatchString(c.region) {
		return refusal("SignatureDoesNotMatch", "Credential should be scoped to a valid region.")
	}
	if s := targeted(r); s != nil && s.name != c.service {
		return wrongService(s.name)
	}
	// at an address of the stand-in's own the signature alone says which service is meant; names of AWS's say it, too
	host := awsHost.FindStringSubmatch(r.Host)
	if host == nil {
		return nil
	}
	if services[host[1]] != nil && host[1] != c.service {
		return wrongService(host[1])
	}
	if region := host[2]; region != "" && region != c.region {
		return refusal("SignatureDoesNotMatch", "Credential should be scoped to a valid region, not '%s'.", c.region)
	}
	return nil
}

func wrongService(name string) error {
	return refusal("SignatureDoesNotMatch", "Credential should be scoped to correct service: '%s'.", name)
}
