package infra

import (
	"fmt"
	"regexp"
	"strings"

	"paddock/components/policy"
)

var (
	// Path and name of a role or user, as IAM allows them.
	principalName = `(role|user)(/[\x21-\x2e\x30-\x7e]+)*/[\w+=,.@-]{1,64}`
	localPattern  = regexp.MustCompile(`^` + principalName + `$`)
	arnPattern    = regexp.MustCompile(`^arn:(aws|aws-cn|aws-us-gov):iam::[0-9]{12}:` + principalName + `$`)
	assumed       = regexp.MustCompile(`^arn:(aws[a-z-]*):sts::([0-9]{12}):assumed-role/([^/]+)/.+$`)
)

const principalRule = "want the ARN of an IAM role or user, or role/<name> or user/<name> of this account"

// principals judges a list of who.
func (c Config) principals(f *judge, path string, who []string) {
	for i, p := range who {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch m := assumed.FindStringSubmatch(p); {
		case m != nil:
			f.Add(at, p, "want the role itself, not a session of it: arn:%s:iam::%s:role/%s", m[1], m[2], m[3])
		case strings.HasSuffix(p, ":root") || p == "root":
			f.Add(at, p, "want a role or user: EKS gives no access to an account's root")
		case localPattern.MatchString(p):
		case !arnPattern.MatchString(p):
			f.Add(at, p, principalRule)
		case c.Region != "" && !strings.HasPrefix(p, "arn:"+policy.PartitionOf(c.Region)+":"):
			f.Add(at, p, "want a principal of the region's partition, %s", policy.PartitionOf(c.Region))
		}
	}
	f.Unique(path, who)
}

// resolve spells a principal out as an ARN of the account, if it is not one.
func resolve(principal, partition, account string) string {
	if strings.HasPrefix(principal, "arn:") {
		return principal
	}
	return fmt.Sprintf("arn:%s:iam::%s:%s", partition, account, principal)
}
