// Package account is the program of bootstrap: its config in, what an account needs before a pipeline can deploy into it, and the
// pipeline's variables out.
package account

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

// Namespace is the part of a config key before the colon.
const Namespace = "paddock-bootstrap"

// Config is an account as its administrator describes it.
type Config struct {
	Region       string                 `config:"region"`       // of the state
	AccountIDs   []string               `config:"accountIds"`   // accounts the program may touch; empty = the credentials' own
	GitLab       string                 `config:"gitlab"`       // URL of the instance
	Project      string                 `config:"project"`      // group/project that the platforms are changed from
	Branch       string                 `config:"branch"`       // the protected one that is deployed
	Bucket       string                 `config:"bucket"`       // of the state; empty = paddock-state-<account>
	Environments map[string]Environment `config:"environments"` // by the name of the stack
}

// Environment is one platform of the account.
type Environment struct {
	Name   string `config:"name"`   // of the platform; empty = paddock-<stack>
	Region string `config:"region"` // where it is; empty = that of the state
}

// Load reads the config as the engine hands it over. The error holds every fault there is.
func Load(engine string) (Config, error) {
	return config.Program[Config]{
		Namespace: Namespace,
		Start:     func(map[string]string) Config { return Config{Branch: "main"} },
	}.Load(engine)
}

// environment is one with its defaults.
func (c Config) environment(stack string) Environment {
	e := c.Environments[stack]
	if e.Name == "" {
		e.Name = "paddock-" + stack
	}
	if e.Region == "" {
		e.Region = c.Region
	}
	return e
}

func (c Config) stacks() []string { return slices.Sorted(maps.Keys(c.Environments)) }

// Pulumi takes more; these are also safe in the paths of the state and in IAM's patterns.
var stackPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,99}$`)

// Validate judges the config as a whole. Its error is config.Faults: all of them, by path.
func (c Config) Validate() error {
	f := &config.Judge{Namespace: Namespace}
	f.Region("region", c.Region)
	for i, id := range c.AccountIDs {
		f.Account(fmt.Sprintf("accountIds[%d]", i), id)
	}
	f.Unique("accountIds", c.AccountIDs)
	f.Rule("gitlab", c.GitLab, delivery.Instance(c.GitLab).Check())
	f.Rule("project", c.Project, delivery.CheckProject(c.Project))
	f.Rule("branch", c.Branch, delivery.CheckBranch(c.Branch))
	f.Bucket("bucket", c.Bucket)
	if len(c.Environments) == 0 {
		f.Add("environments", nil, "want one at least, such as dev: {}")
	}
	for _, stack := range c.stacks() {
		c.platform(f, stack)
	}
	return f.Err()
}

// platform judges one environment, and that the rights of its name do not reach into another's.
func (c Config) platform(f *config.Judge, stack string) {
	e, path := c.environment(stack), "environments."+stack
	if !stackPattern.MatchString(stack) {
		f.Add(path, nil, "want the name of a stack: lower-case letters, digits, _ and -")
	}
	f.Platform(path+".name", e.Name)
	f.Rule(path+".name", e.Name, delivery.CheckPlatform(e.Name))
	if c.Environments[stack].Region != "" {
		f.Region(path+".region", e.Region)
	}
	if policy.PartitionOf(e.Region) != policy.PartitionOf(c.Region) {
		f.Add(path+".region", e.Region, "want a region of the same partition as the state's, %s", c.Region)
	}
	for _, other := range c.stacks() {
		switch o := c.environment(other); {
		case other == stack:
		case o.Name == e.Name && other < stack:
			f.Add(path+".name", e.Name, "want a name of its own: environment %s has it", other)
		case strings.HasPrefix(o.Name, e.Name+"-"):
			f.Add(path+".name", e.Name,
				"want a name that %s, of environment %s, does not begin with: its roles would be this one's to change",
				o.Name, other)
		}
	}
}
