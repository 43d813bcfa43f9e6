package infra

import "maps"

// ownTags are the keys of the tags that every AWS resource has.
func ownTags() []string { return []string{"Environment", "ManagedBy", "Platform", "Project"} }

// DefaultTags is what every AWS resource is tagged with: whose it is, and what
// the operator adds.
func (c Config) DefaultTags() map[string]string {
	tags := maps.Clone(c.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(tags, map[string]string{
		"Project":     "paddock",
		"Platform":    c.Name,
		"Environment": c.Environment,
		"ManagedBy":   "pulumi",
	})
	return tags
}
