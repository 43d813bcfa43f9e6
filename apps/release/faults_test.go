package release_test

import (
	"strings"
	"testing"

	"paddock/apps/release"
	"paddock/components/testkit"
)

// Everything that is wrong comes at once, with file, line, path, value and rule, and nothing registers.
func TestFaults(t *testing.T) {
	replace := func(old, new string) string { return strings.Replace(shop, old, new, 1) }
	for _, c := range []struct {
		name  string
		set   func(*release.Config)
		files map[string]string
		lacks string // an export that the platform has not
		want  []string
	}{
		{"another team's", nil, map[string]string{"shop": replace("team: frontend", "team: backend")}, "", []string{
			"shop/service.yaml:2: team: backend: want frontend: this stack deploys that team's services"}},
		{"another team's namespace", nil, map[string]string{"shop": shop + "namespace: backend\n"}, "", []string{
			"shop/service.yaml:10: namespace: backend: want a namespace of team frontend: frontend"}},
		{"no repository", func(c *release.Config) { c.Tags = map[string]string{"till": "v1"} }, map[string]string{"shop": replace("name: frontend", "name: till")}, "", []string{
			"shop/service.yaml:1: image: want one: the platform has no repository for a service till of team frontend (paddock:teams.frontend.delivery.services: frontend)"}},
		{"no tag", func(c *release.Config) { c.Tags = nil }, map[string]string{"shop": shop}, "", []string{
			"shop/service.yaml:1: image: want a tag, in the file or in paddock-apps:tags.frontend"}},
		{"a tag of nothing", func(c *release.Config) { c.Tags["fronted"] = "v2" }, map[string]string{"shop": shop}, "", []string{
			"paddock-apps:tags.fronted: want a service of this stack: frontend"}},
		{"no ingress", nil, map[string]string{"shop": shop}, "ingress", []string{
			"shop/service.yaml:8: expose: want no such key, or a platform with paddock:ingress: this one exposes nothing"}},
		{"a role of nobody", nil, map[string]string{"shop": shop + "calls: [\"internet:443\"]\nrole: arn:aws:iam::111122223333:role/shop\n"}, "", []string{
			"shop/service.yaml:11: role: arn:aws:iam::111122223333:role/shop: want the role that the platform gives the service in paddock:teams.frontend.podRoles.frontend: none"}},
		{"a host of another domain", nil, map[string]string{"shop": replace("host: shop", "host: shop.example.org")}, "", []string{
			"shop/service.yaml:8: expose.host: shop.example.org: want dev.example.com, or one label below it: "}},
		{"a host too far below", nil, map[string]string{"shop": replace("host: shop", "host: a.shop.dev.example.com")}, "", []string{
			"shop/service.yaml:8: expose.host: a.shop.dev.example.com: want dev.example.com, or one label below it: "}},
		{"two at one host and path", func(c *release.Config) { c.Services = []string{"shop", "till"} }, map[string]string{
			"shop": shop, "till": strings.ReplaceAll(shop, "name: frontend", "name: till\nimage: x/till:v1")}, "", []string{
			"till/service.yaml:9: expose: shop.dev.example.com/: want another host or path: shop/service.yaml answers there already"}},
		{"no such team", func(c *release.Config) { c.Team = "till" }, map[string]string{"shop": shop}, "", []string{
			"paddock-apps:team: till: want a team of the platform: backend, frontend"}},
		{"no such folder", func(c *release.Config) { c.Services = []string{"shop", "till"} }, map[string]string{"shop": shop}, "", []string{
			"paddock-apps:services: till: want a folder with a service.yaml"}},
		{"two of a name", func(c *release.Config) { c.Services = []string{"shop", "till"} }, map[string]string{"shop": shop, "till": shop}, "", []string{
			"till/service.yaml:1: name: frontend: want another name: shop/service.yaml is a service of namespace frontend already"}},
		{"several, of file and platform", func(c *release.Config) { c.Services = []string{"shop", "till"}; c.Tags["x"] = "1" },
			map[string]string{"shop": replace("port: 8080", "port: eighty"), "till": replace("team: frontend", "team: backend")}, "", []string{
				"shop/service.yaml:3: port: ", "till/service.yaml:2: team: backend: "}},
		{"a platform that is not up", nil, map[string]string{"shop": replace("port: 8080", "port: eighty")}, "kubeconfig", []string{
			"shop/service.yaml:3: port: ", "platform: stack organization/paddock/dev: it exports no kubeconfig: want a platform of Paddock's that is up"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := frontend()
			if c.set != nil {
				c.set(&cfg)
			}
			more := map[string]any{}
			if c.lacks != "" {
				more[c.lacks] = nil
			}
			got, err := run(t, cfg, c.files, nil, testkit.WithExports(platform, exports(more)))
			if err == nil {
				t.Fatal("no fault")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got:\n%v\nwant:\n%s", err, want)
				}
			}
			for _, r := range got {
				if !r.Read {
					t.Errorf("registered %s", r.Key())
				}
			}
		})
	}
}

func TestConfigFaults(t *testing.T) {
	_, err := release.Load(`{"paddock-apps:platform": "dev", "paddock-apps:services": "[\"../x\", \"shop\", \"shop\"]", "paddock-apps:tags": "{\"shop\": \"a b\", \"till\": \"latest\"}", "paddock-apps:tag": "x"}`)
	want := []string{
		"paddock-apps:platform: dev: want organization/project/stack, such as organization/paddock/dev",
		"paddock-apps:team: want the team, as in paddock:teams of the platform",
		"paddock-apps:services[0]: ../x: want a folder below the program's, such as shop or teams/shop",
		"paddock-apps:services[2]: shop: want each once",
		`paddock-apps:tags.shop: "a b": want the tag of an image, or sha256: and 64 digits`,
		"paddock-apps:tags.till: latest: want a tag that stays what it is",
		"paddock-apps:tag: unknown key",
	}
	for _, w := range want {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("got:\n%v\nwant:\n%s", err, w)
		}
	}
}
