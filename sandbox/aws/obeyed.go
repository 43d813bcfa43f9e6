package aws

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// obeyed has a kind keep the rules that all kinds have in common: those of tags, and the quotas on numbers.
func obeyed(k *Kind) *Kind {
	fill := k.Fill
	k.Fill = func(o *Op) error {
		if err := o.tagsRight(); err != nil {
			return err
		}
		if o.Old == nil {
			if err := o.counted(); err != nil {
				return err
			}
		}
		if fill == nil {
			return nil
		}
		return fill(o)
	}
	return k
}

const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// tagCodes are the services' own codes: for too many tags, and for one that may not be.
var tagCodes = map[string][2]string{
	"ec2":        {"TagLimitExceeded", "InvalidParameterValue"},
	"vpc":        {"TagLimitExceeded", "InvalidParameterValue"},
	"iam":        {"LimitExceeded", "InvalidInput"},
	"kms":        {"LimitExceededException", "TagException"},
	"cloudwatch": {"InvalidParameterException", "InvalidParameterException"},
	"ecr":        {"TooManyTagsException", "InvalidTagParameterException"},
	"s3":         {"InvalidTag", "InvalidTag"},
	"eks":        {"InvalidParameterException", "InvalidParameterException"},
	"acm":        {"TooManyTagsException", "InvalidTagException"},
	"route53":    {"InvalidInput", "InvalidInput"},
	"lb":         {"TooManyTags", "ValidationError"},
}

func (o *Op) tagsRight() error {
	if !o.Kind.Tagged {
		return nil
	}
	service, _, _ := strings.Cut(strings.TrimPrefix(o.Kind.Token, "aws:"), "/")
	tags := pairs(o.Out, "tags")
	if len(tags) > maxTags {
		return fail(tagCodes[service][0], "The resource has %d tags, more than the maximum of %d", len(tags), maxTags)
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if what := tagFault(key, tags[key]); what != "" {
			return fail(tagCodes[service][1], "%s", what)
		}
	}
	return nil
}

// tagFault says what is wrong with a tag; empty = nothing.
func tagFault(key, value string) string {
	switch {
	case key == "":
		return "Tag keys cannot be empty"
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		return "Tag keys starting with 'aws:' are reserved for internal use"
	case utf8.RuneCountInString(key) > maxTagKey:
		return "Tag key exceeds the maximum length of 128 characters"
	case utf8.RuneCountInString(value) > maxTagValue:
		return "Tag value exceeds the maximum length of 256 characters"
	}
	return ""
}
