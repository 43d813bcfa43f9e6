// Package release is the program that deploys one team's services: config and service files in, objects in the team's namespaces,
// and an end only when each service runs and has passed its smoke check.
package release

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"paddock/config"
)

// Namespace is the part of a config key before the colon.
const Namespace = "paddock-apps"

// Config says whose services are deployed, where to, and which versions.
type Config struct {
	Platform string            `config:"platform"` // its stack, organization/project/stack
	Team     string            `config:"team"`
	Services []string          `config:"services"` // folders with a service.yaml
	Tags     map[string]string `config:"tags"`     // by service: tag or digest; none = the one in the file's image
}

// Load reads the config as the engine hands it over. The error holds every fault there is.
func Load(engine string) (Config, error) {
	return config.Program[Config]{Namespace: Namespace, Start: func(map[string]string) Config { return Config{} }}.Load(engine)
}

var (
	stackPattern = regexp.MustCompile(`^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$`)
	tagPattern   = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|sha256:[0-9a-f]{64})$`)
)

// Validate judges the config by itself. Its error is config.Faults: all of them, by path.
func (c Config) Validate() error {
	f := &config.Judge{Namespace: Namespace}
	switch {
	case c.Platform == "":
		f.Add("platform", nil, "want the platform's stack, such as organization/paddock/dev")
	case !stackPattern.MatchString(c.Platform):
		f.Add("platform", c.Platform, "want organization/project/stack, such as organization/paddock/dev")
	}
	if c.Team == "" {
		f.Add("team", nil, "want the team, as in paddock:teams of the platform")
	}
	if len(c.Services) == 0 {
		f.Add("services", nil, "want one folder at least, with a service.yaml")
	}
	for i, folder := range c.Services {
		if path.IsAbs(folder) || path.Clean(folder) != folder || folder == ".." || strings.HasPrefix(folder, "../") {
			f.Add(fmt.Sprintf("services[%d]", i), folder, "want a folder below the program's, such as shop or teams/shop")
		}
	}
	f.Unique("services", c.Services)
	for _, service := range slices.Sorted(maps.Keys(c.Tags)) {
		switch tag := c.Tags[service]; {
		case !tagPattern.MatchString(tag):
			f.Add("tags."+service, tag, "want the tag of an image, or sha256: and 64 digits")
		case tag == "latest":
			f.Add("tags."+service, tag, "want a tag that stays what it is: a pod that starts later would run another release")
		}
	}
	return f.Err()
}
