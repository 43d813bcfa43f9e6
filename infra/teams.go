package infra

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/team"
)

// guard is up before any deployer has rights: they reach as far as it lets them.
func (b *build) guard() (err error) {
	b.guardPart, err = team.NewGuard(b.ctx, b.name("guard"), &team.GuardArgs{
		Gone: b.clusterPart.Gone, DependsOn: b.clusterPart.Nodes,
	}, pulumi.Providers(b.kubernetes))
	return err
}

// teams fences every team's namespaces, and notes what to export of each.
func (b *build) teams() error {
	gone, dependsOn := b.grounds()
	for _, name := range slices.Sorted(maps.Keys(b.cfg.Teams)) {
		t := b.cfg.Teams[name]
		args := &team.Args{
			Name: name, Namespaces: t.fences(name), Cluster: b.clusterPart.Name,
			Gone: gone, DependsOn: slices.Concat(dependsOn, b.guardPart.Ready),
		}
		part, err := team.New(b.ctx, name, args, pulumi.Providers(b.aws, b.kubernetes))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		exports := pulumi.Map{
			"namespaces":    part.Namespaces,
			"viewerGroup":   pulumi.String(part.ViewerGroup),
			"deployerGroup": pulumi.String(part.DeployerGroup),
			"viewers":       pulumi.ToStringArray(t.Viewers),
			"deployers":     pulumi.ToStringArray(t.Deployers),
			"fences":        t.fenced(),
			"quota":         pulumi.ToStringMap(t.Quota),
			"limits":        t.Limits.exports(),
			"podRoles":      pulumi.ToStringMap(t.PodRoles),
		}
		maps.Copy(exports, b.delivered(name))
		b.teamParts[name] = exports
	}
	return nil
}

// fenced says which fences the namespaces have: whoever looks whether they hold must know which were left out.
func (t Team) fenced() pulumi.Map {
	return pulumi.Map{
		"podSecurity":   pulumi.String(t.PodSecurity),
		"networkPolicy": pulumi.Bool(t.NetworkPolicy),
		"quota":         pulumi.Bool(len(t.Quota) > 0),
		"limits":        pulumi.Bool(t.Limits != Limits{}),
	}
}

// fences says a team's namespaces in the component's words: all of them alike.
func (t Team) fences(name string) []team.Namespace {
	var list []team.Namespace
	for _, ns := range t.NamespacesOf(name) {
		list = append(list, team.Namespace{
			Name: ns, PodSecurity: t.PodSecurity, Quota: t.Quota, Limits: team.Limits(t.Limits), NetworkPolicy: t.NetworkPolicy,
			Roles: t.PodRoles,
		})
	}
	return list
}
