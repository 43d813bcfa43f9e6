// Package delivery lets GitLab's jobs in, by the tokens that GitLab signs for each of them: the platform's own pipeline to
// preview and deploy it, and each team's to push its images and release them. No key is stored anywhere.
package delivery

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Instance is a GitLab, by its URL: it signs the tokens, and they are meant for it.
type Instance string

// Host is what AWS calls the provider, and its condition keys, by.
func (i Instance) Host() string { return strings.TrimPrefix(string(i), "https://") }

// saas is the one instance of which AWS knows more claims than aud and sub.
const saas Instance = "https://gitlab.com"

var hostPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)

// Check says what is wrong with the URL; empty = nothing. It is compared letter by letter with a token's issuer and audience,
// and AWS takes no port.
func (i Instance) Check() string {
	u, err := url.Parse(string(i))
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "":
		return "want the https URL of a GitLab, such as https://gitlab.com"
	case u.User != nil || u.Path != "" || strings.ContainsAny(string(i), "?#"):
		return "want no more than https:// and a host: no path, no slash at the end"
	case u.Port() != "" || strings.HasSuffix(u.Host, ":"):
		return "want no port: AWS fetches GitLab's keys from 443 only"
	case !hostPattern.MatchString(u.Host) || len(u.Host) > maxHost:
		return "want a host name in lower case, such as gitlab.com"
	}
	return ""
}

// Longest names: of a host as DNS has it, of GitLab's paths, and of git's branches on GitLab.
const (
	maxHost    = 253
	maxProject = 255
	maxBranch  = 255
)

var projectPattern = regexp.MustCompile(`^[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)+$`)

// CheckProject says what is wrong with a project's path; empty = nothing. What IAM reads as a pattern or a variable (*, ?, $),
// and the colon that ends the path in a token's subject, no project has.
func CheckProject(path string) string {
	bad := !projectPattern.MatchString(path) || len(path) > maxProject
	for part := range strings.SplitSeq(path, "/") {
		bad = bad || strings.HasSuffix(part, ".") || strings.HasSuffix(part, ".git") || strings.HasSuffix(part, ".atom")
	}
	if bad {
		return "want the path of a GitLab project, such as group/project"
	}
	return ""
}

var branchPattern = regexp.MustCompile(`^[A-Za-z0-9_][\w./+@#-]*$`)

// CheckBranch says what is wrong with a branch's name; empty = nothing. One branch is meant, never a pattern.
func CheckBranch(name string) string {
	bad := !branchPattern.MatchString(name) || len(name) > maxBranch || strings.Contains(name, "..") || strings.HasSuffix(name, ".")
	for part := range strings.SplitSeq(name, "/") {
		bad = bad || part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock")
	}
	if bad {
		return "want the name of one branch, such as main"
	}
	return ""
}

var registryPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// CheckService says what is wrong with a service's name; empty = nothing. It names a Kubernetes Service and a repository.
func CheckService(name string) string {
	if len(validation.IsDNS1035Label(name)) > 0 || CheckRegistry(name) != "" {
		return "want 1 to 63 lower-case letters, digits and single inner hyphens, first a letter"
	}
	return ""
}

// CheckRegistry says what is wrong with a part of a repository's name; empty = nothing.
func CheckRegistry(part string) string {
	if !registryPattern.MatchString(part) {
		return "want no two hyphens in a row: ECR has none in the names of repositories"
	}
	return ""
}

// MaxRoleName is IAM's limit.
const MaxRoleName = 64

// pipelineRoles is how the names of the pipeline's roles begin.
const pipelineRoles = "gitlab-"

// CheckPlatform says what is wrong with the name of a platform that has a pipeline; empty = nothing.
func CheckPlatform(name string) string {
	if strings.HasPrefix(name+"-", pipelineRoles) {
		return "want a name that does not begin with gitlab: the roles of the pipeline do, and what deploys may write those of " +
			"the platform's name"
	}
	return ""
}

// Names of the roles that the jobs take on. Those of the pipeline are outside of what the deploy role may write, which is what
// begins with the platform's name: it cannot widen itself.
func PreviewRole(platform string) string       { return pipelineRoles + platform + "-preview" }
func DeployRole(platform string) string        { return pipelineRoles + platform + "-deploy" }
func BuildRole(platform, team string) string   { return platform + "-" + team + "-build" }
func ReleaseRole(platform, team string) string { return platform + "-" + team + "-release" }

// RepositoryName is where a service's images are.
func RepositoryName(platform, team, service string) string {
	return platform + "/" + team + "/" + service
}

// Account is where in AWS.
type Account struct {
	Partition string // aws, aws-cn or aws-us-gov
	ID        string // 12 digits
	Region    string
}

// RoleARN is a role's by its name.
func (a Account) RoleARN(name string) string {
	return fmt.Sprintf("arn:%s:iam::%s:role/%s", a.Partition, a.ID, name)
}

// ProviderARN is that of the instance's OIDC provider.
func (a Account) ProviderARN(i Instance) string {
	return fmt.Sprintf("arn:%s:iam::%s:oidc-provider/%s", a.Partition, a.ID, i.Host())
}

func (a Account) arn(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", a.Partition, service, a.Region, a.ID, resource)
}
