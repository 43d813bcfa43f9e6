package infra

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/access"
	"paddock/components/delivery"
	"paddock/components/policy"
	"paddock/components/team"
)

// whoami looks up the caller, if anybody is given access or a role: it spells out the
// principals that leave the account out, so that the config names ARNs only, and
// warns if the caller is among them.
func (b *build) whoami() error {
	b.cfg = b.cfg.delivered()
	if len(b.cfg.entries()) == 0 && !b.cfg.acting() {
		return nil
	}
	caller, err := aws.GetCallerIdentity(b.ctx, &aws.GetCallerIdentityArgs{}, pulumi.Provider(b.aws))
	if err != nil {
		return fmt.Errorf("caller identity: %w", err)
	}
	b.account = delivery.Account{Partition: policy.PartitionOf(b.cfg.Region), ID: caller.AccountId, Region: b.cfg.Region}
	b.cfg = b.cfg.resolved(b.account.Partition, b.account.ID)
	if err := b.cfg.foreignRoles(b.account.ID); err != nil {
		return err
	}
	for _, e := range b.cfg.entries() {
		if sameRole(caller.Arn, e.arn) && !slices.Contains(b.cfg.previewers, e.arn) { // a preview creates nothing
			return b.ctx.Log.Warn(fmt.Sprintf("%s runs this program and is also given access in the config: if it is the one that creates the cluster, EKS lets it in by itself and refuses this entry (409); take it out of the config then", e.arn), nil)
		}
	}
	return nil
}

// acting says whether pods of some team act as roles.
func (c Config) acting() bool {
	for _, t := range c.Teams {
		if len(t.PodRoles) > 0 {
			return true
		}
	}
	return false
}

// delivered is the config with the roles of delivery among its principals, in the operator's short form: their names are known
// before they are made.
func (c Config) delivered() Config {
	if c.Delivery.on() {
		c.previewers = []string{"role/" + delivery.PreviewRole(c.Name)}
	}
	c.Teams = maps.Clone(c.Teams)
	for name, t := range c.Teams {
		if t.Delivery.on() {
			t.Deployers = append(slices.Clone(t.Deployers), "role/"+delivery.ReleaseRole(c.Name, name))
			c.Teams[name] = t
		}
	}
	return c
}

// resolved is the config with every principal, and every role of a team's services, as an ARN, each once in its list.
func (c Config) resolved(partition, account string) Config {
	spell := func(who []string) []string {
		var arns []string
		for _, p := range who {
			arns = append(arns, resolve(p, partition, account))
		}
		slices.Sort(arns)
		return slices.Compact(arns)
	}
	c.Cluster.Administrators, c.previewers = spell(c.Cluster.Administrators), spell(c.previewers)
	c.Teams = maps.Clone(c.Teams)
	for name, t := range c.Teams {
		t.Viewers, t.Deployers, t.PodRoles = spell(t.Viewers), spell(t.Deployers), maps.Clone(t.PodRoles)
		for service, role := range t.PodRoles {
			t.PodRoles[service] = resolve(role, partition, account)
		}
		c.Teams[name] = t
	}
	return c
}

// entry is one principal with everything that it is given.
type entry struct {
	arn    string
	groups []string // Kubernetes groups, sorted
	admin  bool
}

// entries merges the principals of administrators and teams, since EKS has one
// access entry for each, however many teams name it; sorted by ARN.
func (c Config) entries() []entry {
	byARN := map[string]*entry{}
	of := func(arn string) *entry {
		if byARN[arn] == nil {
			byARN[arn] = &entry{arn: arn}
		}
		return byARN[arn]
	}
	for _, arn := range c.Cluster.Administrators {
		of(arn).admin = true
	}
	for _, arn := range c.previewers {
		of(arn).groups = append(of(arn).groups, delivery.PreviewGroup)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Teams)) {
		for _, arn := range c.Teams[name].Viewers {
			of(arn).groups = append(of(arn).groups, team.ViewerGroup(name))
		}
		for _, arn := range c.Teams[name].Deployers {
			of(arn).groups = append(of(arn).groups, team.DeployerGroup(name))
		}
	}
	var list []entry
	for _, arn := range slices.Sorted(maps.Keys(byARN)) {
		slices.Sort(byARN[arn].groups)
		list = append(list, *byARN[arn])
	}
	return list
}

// admit gives every principal its access entry.
func (b *build) admit() error {
	args := &access.Args{ClusterName: b.clusterPart.Name, Partition: policy.PartitionOf(b.cfg.Region), Gone: b.clusterPart.Gone}
	for _, e := range b.cfg.entries() {
		args.Entries = append(args.Entries, access.Entry{
			Key: access.Key(e.arn), Principal: b.principal(e.arn), Groups: e.groups, Admin: e.admin,
		})
	}
	_, err := access.New(b.ctx, b.name("access"), args, pulumi.Providers(b.aws))
	return err
}

// principal is what an entry waits for: a role that is made here must be there first.
func (b *build) principal(arn string) pulumi.StringInput {
	for name, made := range b.deliveries {
		if arn == b.account.RoleARN(delivery.ReleaseRole(b.cfg.Name, name)) {
			return made.ReleaseRoleARN
		}
	}
	return pulumi.String(arn)
}

// sameRole says whether a caller, maybe a session of a role, is a principal.
func sameRole(caller, principal string) bool {
	m := assumed.FindStringSubmatch(caller)
	if m == nil {
		return caller == principal
	}
	prefix := fmt.Sprintf("arn:%s:iam::%s:role/", m[1], m[2])
	// A session's ARN leaves out the role's path.
	return strings.HasPrefix(principal, prefix) && principal[strings.LastIndex(principal, "/")+1:] == m[3]
}
