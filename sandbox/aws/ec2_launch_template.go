package aws

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

var templateName = regexp.MustCompile(`^[a-zA-Z0-9()./_-]+$`)

var _ = register(&Kind{
	Token: tokenLaunchTemplate, IDPrefix: "lt-", Tagged: true, Name: "name", NameMax: 128,
	ARN: func(o *Op) string { return o.Env.arn("ec2", "launch-template/"+o.ID) },
	Missing: func(id string) *Error {
		return fail("InvalidLaunchTemplateId.NotFound", "The specified launch template, with template ID %s, does not exist.", id)
	},
	Defaults: Props{"namePrefix": "", "updateDefaultVersion": false},
	Computed: []string{"defaultVersion", "latestVersion", "metadataOptions"},
	Volatile: []string{"latestVersion"},
	Stirs:    templateChanges,
	Replace:  []string{"name", "namePrefix"},
	Refs: []Ref{
		{Field: "vpcSecurityGroupIds", Kind: tokenSecurityGroup, Delete: Hold},
	},
	Check: checks(func(c *check) {
		c.apart("name", "namePrefix")
		c.length("description", 0, 255)
		c.apart("updateDefaultVersion", "defaultVersion")
		c.oneOf("metadataOptions.httpTokens", "optional", "required")
		c.oneOf("metadataOptions.httpEndpoint", "enabled", "disabled")
		c.between("metadataOptions.httpPutResponseHopLimit", 1, 64)
		c.oneOf("instanceInitiatedShutdownBehavior", "stop", "terminate")
		c.between("defaultVersion", 1, math.MaxInt32)
	}),
	Fill: func(o *Op) error {
		name := str(o.Out, "name")
		if len(name) < 3 || len(name) > 128 || !templateName.MatchString(name) {
			return fail("InvalidLaunchTemplateName.MalformedException", "A launch template name must be between 3 and 128 characters, "+
				"and may contain letters, numbers, and the following characters: - ( ) . / _.")
		}
		other := o.Tx.find(o.Kind.Token, func(r *Record) bool {
			return r.ID != o.ID && str(r.State, "name") == name && r.Region == o.Env.Region
		})
		if other != nil {
			return fail("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
		}
		if o.Out["metadataOptions"] == nil {
			o.Out["metadataOptions"] = Props{}
		}
		return o.templateVersion()
	},
})

// aroundTemplate are the inputs that are no contents of a template: a change of others makes a new version.
var aroundTemplate = []string{"tags", "updateDefaultVersion", "defaultVersion", "name", "namePrefix"}

// templateChanges says that the template's contents change, which makes a new version.
func templateChanges(changes []Change) bool {
	return slices.ContainsFunc(changes, func(c Change) bool {
		top, _, _ := strings.Cut(c.Path, ".")
		top, _, _ = strings.Cut(top, "[")
		return !slices.Contains(aroundTemplate, top)
	})
}

// templateVersion records a new version beside the old ones, which stay launchable.
func (o *Op) templateVersion() error {
	latest := num(o.Out, "latestVersion", 0)
	if o.Old != nil {
		latest = num(o.Old.State, "latestVersion", 0)
	}
	if o.Old == nil || templateChanges(o.Kind.diff(o.Old.Inputs, o.In)) {
		o.addVersion(latest + 1)
		latest++
	}
	if n := num(o.In, "defaultVersion", 1); n > latest {
		return noVersion(fmt.Sprint(n), o.ID)
	}
	return nil
}

func (o *Op) addVersion(latest int) {
	o.Out["latestVersion"] = latest
	if latest == 1 || yes(o.Out, "updateDefaultVersion", false) {
		o.Out["defaultVersion"] = latest
	}
	versions := merge(Props{}, mapAt(o.Private, "versions"))
	versions[fmt.Sprint(latest)] = copyValue(o.In)
	o.Private["versions"] = versions
}

func noVersion(version, template string) *Error {
	return fail("InvalidLaunchTemplateId.VersionNotFound",
		"Could not find the specified version %s for the launch template with ID %s.", version, template)
}

// templateData is the contents of a version of a launch template; $Latest, $Default and numbers are taken.
func templateData(template *Record, version string) (Props, error) {
	switch version {
	case "$Latest":
		version = fmt.Sprint(num(template.State, "latestVersion", 1))
	case "$Default", "":
		version = fmt.Sprint(num(template.State, "defaultVersion", 1))
	}
	data := mapAt(template.Private, "versions."+version)
	if data == nil {
		return nil, noVersion(version, template.ID)
	}
	return data, nil
}
