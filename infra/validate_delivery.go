package infra

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"paddock/components/delivery"
)

// delivery judges where changes come from: the platform's, and each team's.
func (c Config) delivery(f *judge) {
	d := c.Delivery
	if d.on() {
		f.Rule("delivery.gitlab", d.GitLab, delivery.Instance(d.GitLab).Check())
		if d.Project == "" {
			f.Add("delivery.project", nil, "want the GitLab project that this platform is changed from, such as group/paddock")
		}
	} else if d.Project != "" {
		f.Add("delivery.gitlab", nil, "want the URL of the GitLab that delivery.project is on, such as https://gitlab.com")
	}
	if d.Project != "" {
		f.Rule("delivery.project", d.Project, delivery.CheckProject(d.Project))
	}
	f.Bucket("delivery.state.bucket", d.State.Bucket)
	f.Rule("delivery.state.key", d.State.Key, checkAlias(d.State.Key))
	if d.on() {
		f.Rule("name", c.Name, delivery.CheckPlatform(c.Name))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Teams)) {
		c.teamDelivery(f, name)
	}
}

var aliasPattern = regexp.MustCompile(`^alias/[A-Za-z0-9/_-]{1,250}$`)

// checkAlias says what is wrong with the alias of a key; empty = nothing, or no alias.
func checkAlias(alias string) string {
	if alias != "" && (!aliasPattern.MatchString(alias) || strings.HasPrefix(alias, "alias/aws/")) {
		return "want the alias of a KMS key of the account, such as alias/paddock-state"
	}
	return ""
}

func (c Config) teamDelivery(f *judge, name string) {
	t, path := c.Teams[name].Delivery, "teams."+name+".delivery"
	if t.Project != "" {
		c.teamProject(f, t, path)
	} else if t.Branch != DefaultTeam().Delivery.Branch {
		f.Add(path+".branch", t.Branch, "want project beside it: the GitLab project whose branch it is")
	}
	if !t.on() {
		return
	}
	if len(t.Services) == 0 {
		f.Add(path+".services", nil, "want one service at least: each has a repository for its images")
	}
	for i, service := range t.Services {
		f.Rule(fmt.Sprintf("%s.services[%d]", path, i), service, delivery.CheckService(service))
	}
	f.Unique(path+".services", t.Services)
	c.registered(f, name, path)
}

// teamProject judges whose jobs take on the team's roles.
func (c Config) teamProject(f *judge, t TeamDelivery, path string) {
	if !c.Delivery.on() && c.Delivery.Project == "" {
		f.Add(path+".project", t.Project, "want delivery.gitlab beside it: the GitLab that it is on")
	}
	f.Rule(path+".project", t.Project, delivery.CheckProject(t.Project))
	if t.Project == c.Delivery.Project {
		f.Add(path+".project", t.Project, "want a project of the team's own: this one deploys the platform")
	}
	f.Rule(path+".branch", t.Branch, delivery.CheckBranch(t.Branch))
}

// registered judges what the names of platform and team make, of roles and repositories.
func (c Config) registered(f *judge, team, path string) {
	if role := delivery.ReleaseRole(c.Name, team); len(role) > delivery.MaxRoleName {
		f.Add(path, nil, "want shorter names of team and platform: the IAM role %s has %d characters, and IAM takes %d",
			role, len(role), delivery.MaxRoleName)
	}
	for _, part := range []struct{ path, name string }{{"name", c.Name}, {"teams." + team, team}} {
		if strings.Contains(part.name, "--") {
			f.Rule(part.path, part.name, delivery.CheckRegistry(part.name))
		}
	}
}
