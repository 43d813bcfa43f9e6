package infra

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	// A platform's name begins the names of IAM roles, which end at 64 characters.
	namePattern    = regexp.MustCompile(`^[a-z][a-z0-9-]{1,28}[a-z0-9]$`)
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	regionPattern  = regexp.MustCompile(`^(cn|us-gov|[a-z]{2})-(central|north|south|east|west|northeast|northwest|southeast|southwest)-[1-9]$`)
	tagPattern     = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
)

// maxTags leaves room below AWS's fifty for Paddock's own tags and for those
// that EKS and Kubernetes put on.
const maxTags = 35

// Validate judges the config as a whole, before anything is registered. Its
// error is Faults: all of them, by path.
func (c Config) Validate() error {
	var f Faults
	c.identity(&f)
	c.tags(&f)
	c.network(&f)
	c.cluster(&f)
	c.endpoint(&f)
	c.addons(&f)
	c.autoscaler(&f)
	c.headroom(&f)
	c.nodeGroups(&f)
	c.teams(&f)
	return f.Err()
}

func (c Config) identity(f *Faults) {
	f.oneOf("environment", c.Environment, Environments()...)
	if !namePattern.MatchString(c.Name) {
		f.Add("name", c.Name, "want 3 to 30 lower-case letters, digits and hyphens, first a letter, last no hyphen")
	}
	if c.Region == "" {
		f.Add("region", nil, "want the AWS region, such as us-west-2")
	} else if !regionPattern.MatchString(c.Region) {
		f.Add("region", c.Region, "want an AWS region, such as us-west-2")
	}
	for i, id := range c.AccountIDs {
		if !accountPattern.MatchString(id) {
			f.Add(fmt.Sprintf("accountIds[%d]", i), id, "want an AWS account id: 12 digits")
		}
	}
	f.unique("accountIds", c.AccountIDs)
}

// tags follows the rules that all AWS services share, not the laxer ones of EC2.
func (c Config) tags(f *Faults) {
	if len(c.Tags) > maxTags {
		f.Add("tags", Literal(fmt.Sprintf("%d tags", len(c.Tags))), "want at most %d: AWS allows 50, and Paddock and EKS add theirs", maxTags)
	}
	for _, key := range slices.Sorted(maps.Keys(c.Tags)) {
		path, value := "tags."+key, c.Tags[key]
		switch lower := strings.ToLower(key); {
		case strings.HasPrefix(lower, "aws:"):
			f.Add(path, value, "want a key that does not begin with aws: (reserved by AWS)")
		case strings.HasPrefix(lower, "kubernetes.io/"), strings.HasPrefix(lower, "k8s.io/"), strings.HasPrefix(lower, "eks:"):
			f.Add(path, value, "want a key outside kubernetes.io/, k8s.io/ and eks: (EKS and the autoscaler find resources by them)")
		case slices.Contains(ownTags(), key):
			f.Add(path, value, "want a key that Paddock does not set itself (%s)", strings.Join(ownTags(), ", "))
		}
		if n := utf8.RuneCountInString(key); n < 1 || n > 128 {
			f.Add(path, nil, "want a key of 1 to 128 characters, got %d", n)
		}
		if n := utf8.RuneCountInString(value); n > 256 {
			f.Add(path, nil, "want a value of at most 256 characters, got %d", n)
		}
		if !tagPattern.MatchString(key) || !tagPattern.MatchString(value) {
			f.Add(path, value, "want letters, digits, spaces and _ . : / = + - @ in key and value")
		}
	}
}
