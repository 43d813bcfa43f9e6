package infra

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"paddock/config"
)

var tagPattern = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// maxTags leaves room below AWS's fifty for Paddock's own tags and for those
// that EKS and Kubernetes put on.
const maxTags = 35

// Namespace is the part of a config key before the colon.
const Namespace = "paddock"

// judge notes the faults of a platform's config.
type judge struct{ config.Judge }

// Validate judges the config as a whole, before anything is registered. Its
// error is config.Faults: all of them, by path.
func (c Config) Validate() error {
	f := &judge{config.Judge{Namespace: Namespace}}
	c.identity(f)
	c.tags(f)
	c.network(f)
	c.cluster(f)
	c.endpoint(f)
	c.addons(f)
	c.autoscaler(f)
	c.headroom(f)
	c.ingress(f)
	c.nodeGroups(f)
	c.teams(f)
	c.delivery(f)
	c.room(f)
	c.cost(f)
	return f.Err()
}

func (c Config) identity(f *judge) {
	f.OneOf("environment", c.Environment, Environments()...)
	f.Platform("name", c.Name)
	f.Region("region", c.Region)
	for i, id := range c.AccountIDs {
		f.Account(fmt.Sprintf("accountIds[%d]", i), id)
	}
	f.Unique("accountIds", c.AccountIDs)
}

// tags follows the rules that all AWS services share, not the laxer ones of EC2.
func (c Config) tags(f *judge) {
	if len(c.Tags) > maxTags {
		f.Add("tags", config.Literal(fmt.Sprintf("%d tags", len(c.Tags))), "want at most %d: AWS allows 50, and Paddock and EKS add theirs", maxTags)
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
