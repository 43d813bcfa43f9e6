package config

import "regexp"

var (
	platformPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{1,28}[a-z0-9]$`)
	regionPattern   = regexp.MustCompile(`^(cn|us-gov|[a-z]{2})-(central|north|south|east|west|northeast|northwest|southeast|southwest)-[1-9]$`)
	// S3's rule, less the dots, with which a bucket has no certificate.
	bucketPattern  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
)

// IsRegion says whether a text has the form of an AWS region's name.
func IsRegion(text string) bool { return regionPattern.MatchString(text) }

// Platform judges a platform's name. It begins the names of IAM roles, which end at 64 characters.
func (j *Judge) Platform(path, name string) {
	if !platformPattern.MatchString(name) {
		j.Add(path, name, "want 3 to 30 lower-case letters, digits and hyphens, first a letter, last no hyphen")
	}
}

// Region judges an AWS region's name.
func (j *Judge) Region(path, region string) {
	if region == "" {
		j.Add(path, nil, "want the AWS region, such as us-west-2")
	} else if !IsRegion(region) {
		j.Add(path, region, "want an AWS region, such as us-west-2")
	}
}

// Account judges an AWS account's id.
func (j *Judge) Account(path, id string) {
	if !accountPattern.MatchString(id) {
		j.Add(path, id, "want an AWS account id: 12 digits")
	}
}

// Bucket judges the name of an S3 bucket; empty = not given.
func (j *Judge) Bucket(path, name string) {
	if name != "" && !bucketPattern.MatchString(name) {
		j.Add(path, name, "want 3 to 63 lower-case letters, digits and inner hyphens")
	}
}

// Rule notes a fault if there is a rule that is broken; empty = none.
func (j *Judge) Rule(path, value, rule string) {
	if rule != "" {
		j.Add(path, value, "%s", rule)
	}
}
