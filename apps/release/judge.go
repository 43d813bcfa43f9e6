package release

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// judge finds what does not fit together: the config, the files and the platform. It also settles each service's image.
func (c Config) judge(p *Platform, entries []*entry) error {
	team, known := p.Teams[c.Team]
	if !known {
		all := strings.Join(slices.Sorted(maps.Keys(p.Teams)), ", ")
		return fmt.Errorf("%s:team: %s: want a team of the platform: %s", Namespace, c.Team, all)
	}
	var errs []error
	first, exposed := map[string]*entry{}, map[string]*entry{}
	for _, e := range entries {
		errs = append(errs, c.fits(e, p, team)...)
		if other := first[e.where()]; other != nil {
			errs = append(errs, e.fault("name", e.Name, "want another name: %s is a service of namespace %s already", other.path, e.Namespace))
		}
		first[e.where()] = e
		if !e.Exposed() || p.Ingress == nil {
			continue
		}
		at := e.Expose.FullHost(p.Ingress.Domain) + strings.TrimSuffix(e.Expose.Path, "/") + "/" // as a load balancer has it
		if other := exposed[at]; other != nil {
			errs = append(errs, e.fault("expose", at, "want another host or path: %s answers there already", other.path))
		}
		exposed[at] = e
	}
	if len(entries) == len(c.Services) { // else whoever has a tag may be in a file that could not be read
		errs = append(errs, c.unused(entries)...)
	}
	return errors.Join(errs...)
}

// fits judges one service.
func (c Config) fits(e *entry, p *Platform, team Team) (errs []error) {
	add := func(key, value, rule string, args ...any) { errs = append(errs, e.fault(key, value, rule, args...)) }
	if e.Team != c.Team {
		add("team", e.Team, "want %s: this stack deploys that team's services", c.Team)
		return errs // what follows would blame it for another team's lacks
	}
	if !slices.Contains(team.Namespaces, e.Namespace) {
		add("namespace", e.Namespace, "want a namespace of team %s: %s", c.Team, strings.Join(team.Namespaces, ", "))
	}
	repository, tag := split(e.Image)
	if repository == "" {
		if repository = team.Repositories[e.Name]; repository == "" {
			add("image", "", "want one: the platform has no repository for a service %s of team %s (paddock:teams.%s.delivery.services: %s)",
				e.Name, c.Team, c.Team, cmp.Or(strings.Join(slices.Sorted(maps.Keys(team.Repositories)), ", "), "none"))
		}
	}
	switch tag = cmp.Or(c.Tags[e.Name], tag); {
	case tag == "":
		add("image", e.Image, "want a tag, in the file or in %s:tags.%s", Namespace, e.Name)
	case strings.HasPrefix(tag, "sha256:"):
		e.image = repository + "@" + tag
	default:
		e.image = repository + ":" + tag
	}
	if given := team.PodRoles[e.Name]; e.Role != "" && e.Role != given {
		add("role", e.Role, "want the role that the platform gives the service in paddock:teams.%s.podRoles.%s: %s", c.Team, e.Name,
			cmp.Or(given, "none"))
	}
	switch {
	case !e.Exposed():
	case p.Ingress == nil:
		add("expose", "", "want no such key, or a platform with paddock:ingress: this one exposes nothing")
	case !p.Ingress.covers(e.Expose.FullHost(p.Ingress.Domain)):
		add("expose.host", e.Expose.Host, "want %[1]s, or one label below it: the platform's certificate is for no other name", p.Ingress.Domain)
	}
	return errs
}

// unused are tags of services that nobody deploys: a name misspelt would else leave the old version as it is.
func (c Config) unused(entries []*entry) (errs []error) {
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Tags)) {
		if !slices.Contains(names, name) {
			errs = append(errs, fmt.Errorf("%s:tags.%s: want a service of this stack: %s", Namespace, name, strings.Join(names, ", ")))
		}
	}
	return errs
}

// split takes the tag or the digest off an image; empty = it has none.
func split(image string) (repository, tag string) {
	if name, digest, ok := strings.Cut(image, "@"); ok {
		repository, _ = split(name)
		return repository, digest
	}
	slash := strings.LastIndex(image, "/") + 1
	if name, tag, ok := strings.Cut(image[slash:], ":"); ok {
		return image[:slash] + name, tag
	}
	return image, ""
}
