package servicefile_test

import (
	"errors"
	"strings"
	"testing"

	"paddock/servicefile"
)

// good is the least that a service file may say. Cases change a line of it, or add some: those begin in line 7.
const good = `name: shop
team: red
port: 8080
health: {ready: /healthz}
cpu: {request: 100m, limit: 400m}
memory: {request: 128Mi, limit: 128Mi}
`

// bad is one bad file: good with a text replaced, or with lines added where old is empty.
type bad struct {
	old, new string
	want     string // all faults
	subtle   bool   // the schema cannot tell: several values are needed, or the text has no counterpart in JSON
}

func (b bad) file() string {
	if b.old == "" {
		return good + b.new
	}
	return strings.Replace(good, b.old, b.new, 1)
}

const topKeys = "name, team, namespace, image, port, health, cpu, memory, replicas, env, secrets, calls, callers, expose, smoke, volume, role, stopSeconds"

var badFiles = map[string]bad{
	// What is no service file at all.
	"empty":             {good, "", "service.yaml:1: empty: want an object with at least the keys name, team, port, health, cpu, memory", false},
	"only a comment":    {good, "# later\n", "service.yaml:1: empty: want an object with at least the keys name, team, port, health, cpu, memory", false},
	"only null":         {good, "---\n~\n", "service.yaml:1: empty: want an object with at least the keys name, team, port, health, cpu, memory", false},
	"a list":            {good, "- shop\n", `service.yaml:1: ["shop"]: want an object with the keys ` + topKeys, false},
	"a word":            {good, "shop\n", `service.yaml:1: "shop": want an object with the keys ` + topKeys, false},
	"tab":               {"cpu: {request: 100m, limit: 400m}", "cpu:\n\trequest: 100m", "service.yaml:6: a tab at the beginning: want spaces, YAML is not indented otherwise", true},
	"open bracket":      {"", "calls: [a\n", "service.yaml:7: no YAML: did not find expected ',' or ']'", true},
	"open quote":        {"", "role: \"arn\n", "service.yaml:7: no YAML: found unexpected end of stream", true},
	"no colon":          {"port: 8080", "port 8080", "service.yaml:3: no YAML: could not find expected ':'", true},
	"no UTF-8":          {"", "role: \xff\n", "service.yaml:1: no YAML: invalid leading UTF-8 octet", true},
	"two documents":     {"", "---\nname: other\n", "service.yaml:7: a second document: want one file for each service", true},
	"bad second":        {"", "---\n[\n", "service.yaml:9: no YAML: did not find expected node content", true},
	"anchor":            {"cpu: {", "cpu: &c {", "service.yaml:5: cpu: an anchor or alias: want the value itself", true},
	"alias":             {"", "env: &e {A: b}\nsecrets: *e\n", "service.yaml:7: env: an anchor or alias: want the value itself\nservice.yaml:8: secrets: an anchor or alias: want the value itself", false},
	"merge key":         {"", "env: {<<: {A: b}}\n", "service.yaml:7: env.<<: a merge key: want the keys themselves", true},
	"tag":               {"8080", "!!str 8080", "service.yaml:3: port: !!str: a tag: want the value without it", false},
	"own tag":           {"name: shop", "name: !shop x", "service.yaml:1: name: !shop: a tag: want the value without it", true},
	"given twice":       {"", "port: 9090\n", "service.yaml:7: port: given twice: it stands in line 3, too", true},
	"inner given twice": {"", "env:\n  A: b\n  A: c\n", "service.yaml:9: env.A: given twice: it stands in line 8, too", true},
	"number for a key":  {"", "env: {1: x}\n", "service.yaml:7: env.1: want a name before the colon, or quotes around it", true},
	"list for a key":    {"", "env: {[a]: x}\n", "service.yaml:7: env: want a plain name before each colon", true},
	"nothing":           {"8080", "", "service.yaml:3: port: nothing there: want a value, or no such key", false},
	"nothing in a map":  {"", "env:\n  A:\n", "service.yaml:8: env.A: nothing there: want a value, or no such key", false},
	"nested too deeply": {"8080", strings.Repeat("[", 400) + strings.Repeat("]", 400), "service.yaml:1: nested too deeply: want a service file", false},

	// Keys.
	"unknown key":       {"", "ports: 8080\n", "service.yaml:7: ports: unknown key: want one of " + topKeys + "; did you mean port?", false},
	"unknown inner key": {"limit: 400m", "limits: 400m", "service.yaml:5: cpu.limit: missing: want a quantity such as 400m\nservice.yaml:5: cpu.limits: unknown key: want one of request, limit; did you mean limit?", false},
	"far from any":      {"", "sidecars: []\n", "service.yaml:7: sidecars: unknown key: want one of " + topKeys, false},
	"Kubernetes' own": {good, "apiVersion: apps/v1\nkind: Deployment\n", `service.yaml:1: apiVersion: unknown key: want one of ` + topKeys + `
service.yaml:1: cpu: missing: want an object with the keys request, limit
service.yaml:1: health: missing: want an object with the keys ready, live, startSeconds
service.yaml:1: memory: missing: want an object with the keys request, limit
service.yaml:1: name: missing: want a name of 1 to 45 lower-case letters, digits and inner hyphens, first a letter
service.yaml:1: port: missing: want a port from 1024 to 65535: ports below are for root, and no pod runs as root
service.yaml:1: team: missing: want a name of 1 to 40 lower-case letters, digits and inner hyphens
service.yaml:2: kind: unknown key: want one of ` + topKeys, false},
	"no health":     {"health: {ready: /healthz}\n", "", "service.yaml:1: health: missing: want an object with the keys ready, live, startSeconds", false},
	"no ready":      {"ready", "live", "service.yaml:4: health.ready: missing: want a path such as /healthz", false},
	"no limit":      {", limit: 400m", "", "service.yaml:5: cpu.limit: missing: want a quantity such as 400m", false},
	"no memory":     {"memory: {request: 128Mi, limit: 128Mi}\n", "", "service.yaml:1: memory: missing: want an object with the keys request, limit", false},
	"empty object":  {"", "expose: {}\n", "service.yaml:7: expose.host: missing: want one word such as shop, or a host name such as shop.example.com", false},
	"half a secret": {"", "secrets:\n  URL:\n    name: db\n", "service.yaml:8: secrets.URL.key: missing: want a key of letters, digits, - _ and .", false},

	// Types.
	"quoted number":      {"8080", `"8080"`, `service.yaml:3: port: "8080": want a whole number`, false},
	"octal":              {"8080", "08080", "service.yaml:3: port: 08080: want a number as people write it, or quotes around it", true},
	"hexadecimal":        {"8080", "0x1F90", "service.yaml:3: port: 0x1F90: want a number as people write it, or quotes around it", true},
	"underscore":         {"8080", "8_080", "service.yaml:3: port: 8_080: want a number as people write it, or quotes around it", true},
	"fraction":           {"8080", "8080.5", "service.yaml:3: port: 8080.5: want a whole number", false},
	"infinite":           {"8080", ".inf", "service.yaml:3: port: .inf: want a number as people write it, or quotes around it", true},
	"huge":               {"8080", "99999999999999999999", "service.yaml:3: port: 99999999999999999999: want a whole number", false},
	"yes":                {"", "env: {DEBUG: yes}\n", "service.yaml:7: env.DEBUG: yes: want quotes around it, or true or false: not every reader of YAML takes it for a word", true},
	"true in env":        {"", "env: {DEBUG: true}\n", "service.yaml:7: env.DEBUG: true: want a string; put it in quotes", false},
	"number in env":      {"", "env:\n  WORKERS: 4\n", "service.yaml:8: env.WORKERS: 4: want a string; put it in quotes", false},
	"list for an object": {"{ready: /healthz}", "[/healthz]", `service.yaml:4: health: ["/healthz"]: want an object with the keys ready, live, startSeconds`, false},
	"word for a list":    {"", "calls: backend\n", `service.yaml:7: calls: "backend": want a list`, false},
	"list for a map":     {"", "env: [A=b]\n", `service.yaml:7: env: ["A=b"]: want an object`, false},
	"object for a word":  {"name: shop", "name: {is: shop}", `service.yaml:1: name: {"is":"shop"}: want a string; put it in quotes`, false},
}

func TestBadFiles(t *testing.T) {
	for _, table := range []map[string]bad{badFiles, badValues} {
		for name, tc := range table {
			t.Run(name, func(t *testing.T) {
				f, err := servicefile.Load("service.yaml", []byte(tc.file()))
				if err == nil {
					t.Fatalf("accepted as %+v", f)
				}
				if err.Error() != tc.want {
					t.Errorf("got\n%v\nwant\n%s", err, tc.want)
				}
				var faults servicefile.Faults
				if !errors.As(err, &faults) {
					t.Errorf("error is %T, want Faults", err)
				}
			})
		}
	}
	if n := len(badFiles) + len(badValues); n < 40 {
		t.Errorf("%d bad files, want 40", n)
	}
}
