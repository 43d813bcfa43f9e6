package infra

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"paddock/components/delivery"
	"paddock/components/policy"
	"paddock/config"
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

// podRole is narrower than IAM, which lets names of paths have stars: EKS takes one role.
var podRole = regexp.MustCompile(`^(arn:(aws|aws-cn|aws-us-gov):iam::([0-9]{12}):)?role/(([A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]{1,64})$`)

// podRoles judges the roles that pods act as, by service.
func (c Config) podRoles(f *judge, path string, roles map[string]string) {
	for _, service := range slices.Sorted(maps.Keys(roles)) {
		at, role := path+"."+service, roles[service]
		f.Rule(at, service, delivery.CheckService(service))
		switch m := podRole.FindStringSubmatch(role); {
		case m == nil:
			f.Add(at, role, "want the ARN of an IAM role, or role/<name> of this account")
		case m[1] != "" && c.Region != "" && m[2] != policy.PartitionOf(c.Region):
			f.Add(at, role, "want a role of the region's partition, %s", policy.PartitionOf(c.Region))
		case m[1] != "" && len(c.AccountIDs) > 0 && !slices.Contains(c.AccountIDs, m[3]):
			f.Add(at, role, foreignRole)
		case c.Delivery.on() && !strings.HasPrefix(m[4], c.Name+"-"):
			f.Add(at, role, "want a role named %s-*, without a path: the pipeline's deploy role passes no other", c.Name)
		}
	}
}

const foreignRole = "want a role of the cluster's account: EKS associates no other"

// foreignRoles are those of an account other than the one that the program turns out to run in.
func (c Config) foreignRoles(account string) error {
	c.AccountIDs = []string{account}
	f := &judge{config.Judge{Namespace: Namespace}}
	for _, name := range slices.Sorted(maps.Keys(c.Teams)) {
		c.podRoles(f, "teams."+name+".podRoles", c.Teams[name].PodRoles)
	}
	return f.Err()
}

// resolve spells a principal out as an ARN of the account, if it is not one.
func resolve(principal, partition, account string) string {
	if strings.HasPrefix(principal, "arn:") {
		return principal
	}
	return fmt.Sprintf("arn:%s:iam::%s:%s", partition, account, principal)
}
