package infra

import (
	"fmt"
	"maps"
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
	if d.on() && (c.Name == "gitlab" || strings.HasPrefix(c.Name, "gitlab-")) {
		f.Add("name", c.Name, "want a name that does not begin with gitlab: the roles of the pipeline do, and what deploys may write those of the platform's name")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Teams)) {
		c.teamDelivery(f, name)
	}
}

func (c Config) teamDelivery(f *judge, name string) {
	t, path := c.Teams[name].Delivery, "teams."+name+".delivery"
	if !t.on() {
		if len(t.Services) > 0 {
			f.Add(path+".project", nil, "want the GitLab project that builds the services")
		}
		return
	}
	if c.Delivery == (Delivery{}) {
		f.Add(path+".project", t.Project, "want delivery.gitlab beside it: the GitLab that it is on")
	}
	f.Rule(path+".project", t.Project, delivery.CheckProject(t.Project))
	if t.Project == c.Delivery.Project {
		f.Add(path+".project", t.Project, "want a project of the team's own: this one deploys the platform")
	}
	f.Rule(path+".branch", t.Branch, delivery.CheckBranch(t.Branch))
	if len(t.Services) == 0 {
		f.Add(path+".services", nil, "want one service at least: each has a repository for its images")
	}
	for i, service := range t.Services {
		f.Rule(fmt.Sprintf("%s.services[%d]", path, i), service, delivery.CheckService(service))
	}
	f.Unique(path+".services", t.Services)
	c.registered(f, name, path)
}

// registered judges what the names of platform and team make, of roles and repositories.
func (c Config) registered(f *judge, team, path string) {
	if role := delivery.ReleaseRole(c.Name, team); len(role) > delivery.MaxRoleName {
		f.Add(path+".project", c.Teams[team].Delivery.Project, "want shorter names of team and platform: the IAM role %s has %d characters, and IAM takes %d", role, len(role), delivery.MaxRoleName)
	}
	for _, part := range []struct{ path, name string }{{"name", c.Name}, {"teams." + team, team}} {
		if strings.Contains(part.name, "--") {
			f.Rule(part.path, part.name, delivery.CheckRegistry(part.name))
		}
	}
}
