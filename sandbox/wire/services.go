package wire

import (
	"net/http"
	"net/url"
	"strings"

	"paddock/sandbox/aws"
)

// service is one API of AWS: its name, its protocol, and how it words what all services refuse.
type service struct {
	name    string // as requests are signed for it
	version string // of query APIs, as requests state it
	space   string // XML namespace of answers
	target  string // what X-Amz-Target begins with, before the dot
	maxBody int64  // bytes; 0 = as of all services
	*protocol
}

// maxUpload is the largest body of a request that brings a part of an object or a layer, bytes.
const maxUpload = 64 << 20

// protocol is one of the five ways in which AWS's services are spoken to.
type protocol struct {
	contentType string
	errorHeader bool // errors are named in a header
	decode      func(s *service, r *http.Request, body []byte) (action string, params aws.Props, err error)
	result      func(s *service, action, id string, out aws.Props) ([]byte, error)
	failure     func(s *service, id string, f fault) []byte
	words       map[string]string                                                                    // codes that the services of the protocol name otherwise
	statuses    map[string]int                                                                       // where they differ from those of all services
	send        func(w http.ResponseWriter, r *http.Request, action, id string, out aws.Props) error // in place of result, for answers that are more than a text
	clientError int                                                                                  // status of every other error of the caller; 0 = as the common table has it, or 400
}

var services = map[string]*service{
	"ec2":         {version: "2016-11-15", space: "http://ec2.amazonaws.com/doc/2016-11-15/", protocol: ec2Query},
	"autoscaling": {version: "2011-01-01", space: "http://autoscaling.amazonaws.com/doc/2011-01-01/", protocol: query},
	"iam":         {version: "2010-05-08", space: "https://iam.amazonaws.com/doc/2010-05-08/", protocol: query},
	"sts":         {version: "2011-06-15", space: "https://sts.amazonaws.com/doc/2011-06-15/", protocol: query},
	"eks":         {protocol: restJSON},
	"eks-auth":    {protocol: restJSON},
	"logs":        {target: "Logs_20140328", protocol: json11},
	"kms":         {target: "TrentService", protocol: json11},
	"ecr":         {target: "AmazonEC2ContainerRegistry_V20150921", protocol: json11, maxBody: maxUpload},
	"s3":          {protocol: s3Rest, maxBody: maxUpload},
}

func init() {
	for name, s := range services {
		s.name = name
	}
}

// anonymousRegion is where an unsigned call is made: the one there is, of sts, has no region in it.
const anonymousRegion = "us-east-1"

// open says that the request needs no signature: the caller shows a token of another issuer instead.
func open(r *http.Request, body []byte) bool {
	form := formOf(r, body)
	return form.Get("Action") == "AssumeRoleWithWebIdentity" && form.Get("Version") == services["sts"].version
}

// guess tells the service of a request whose signature does not, for an error that the caller can read.
func guess(r *http.Request, body []byte) *service {
	if s := targeted(r); s != nil {
		return s
	}
	if r.Header.Get("X-Amz-Target") != "" {
		return services["logs"]
	}
	if r.Header.Get(payloadHeader) != "" {
		return services["s3"]
	}
	if r.URL.Path != "/" && r.URL.Path != "" {
		return services["eks"]
	}
	version := formOf(r, body).Get("Version")
	for _, s := range services {
		if s.version != "" && s.version == version {
			return s
		}
	}
	return services["sts"]
}

// targeted is the service that the X-Amz-Target header names; nil = none.
func targeted(r *http.Request) *service {
	prefix, _, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	for _, s := range services {
		if s.target != "" && s.target == prefix {
			return s
		}
	}
	return nil
}

// formOf is what a query API reads: the body, and with GET the URL.
func formOf(r *http.Request, body []byte) url.Values {
	form := r.URL.Query()
	if r.Method == http.MethodPost {
		more, _ := url.ParseQuery(string(body)) // what cannot be read is missing, and missed below
		for k, v := range more {
			form[k] = v
		}
	}
	return form
}
