package gitlab

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// job is what a job comes to when defaults, includes, extends and references are put in.
type job struct {
	Stage         string
	Image         struct{ Name string }
	Needs         *[]any
	Timeout       string
	Interruptible *bool
	Retry         any
	Rules         []struct{ If, When string }
	Variables     map[string]any
	Script        []string
	IDTokens      map[string]struct{ Aud string } `json:"id_tokens"`
	ResourceGroup string                          `json:"resource_group"`
	Environment   *struct {
		Name, URL string
		Tier      string `json:"deployment_tier"`
	}
}

// all are a pipeline's jobs, however they would be ruled out. It fails for what GitLab's own schema of pipelines does not allow.
func (r *repository) all(t *testing.T) map[string]job {
	t.Helper()
	out := r.run(t, "--preview", "--no-color")
	if out.code != 0 {
		t.Fatalf("gitlab-ci-local --preview: exit %d\n%s%s", out.code, out.out, out.err)
	}
	var text map[string]any
	must(t, yaml.Unmarshal([]byte(out.out), &text))
	jobs := map[string]job{}
	for name, value := range text {
		if fields, ok := value.(map[string]any); ok && fields["script"] != nil && name != isMade {
			raw, err := yaml.Marshal(fields)
			must(t, err)
			var j job
			must(t, yaml.Unmarshal(raw, &j))
			jobs[name] = j
		}
	}
	if len(jobs) == 0 {
		t.Fatalf("no jobs in\n%s", out.out)
	}
	return jobs
}

func projectJobs(t *testing.T) map[string]job {
	return newRepository(t, map[string]string{
		".gitlab-ci.yml": checkout(t, ".gitlab-ci.yml"), ".gitlab/environment.yml": checkout(t, ".gitlab/environment.yml"),
	}).all(t)
}

// What no job may be without, here and in the teams' template.
func TestEveryJob(t *testing.T) {
	t.Parallel()
	jobs := projectJobs(t)
	for name, j := range three(t).all(t) {
		jobs["template's "+name] = j
	}
	team, _ := released(t, "on_success")
	for name, j := range team.all(t) {
		jobs["template's "+name] = j
	}
	pinned := regexp.MustCompile(`^(\$PADDOCK_IMAGE|[^@ ]+@sha256:[0-9a-f]{64})$`)
	for name, j := range jobs {
		for fault, is := range map[string]bool{
			"no digest in its image":                              !pinned.MatchString(j.Image.Name) && name != "unpinned",
			"no timeout":                                          j.Timeout == "",
			"no needs: it would wait for whole stages":            j.Needs == nil,
			"no interruptible":                                    j.Interruptible == nil,
			"no rules":                                            len(j.Rules) == 0,
			"a last rule that lets it into every pipeline":        len(j.Rules) > 0 && j.Rules[len(j.Rules)-1].If == "",
			"a retry of what failed by its own doing":             retries(j) != "" && retries(j) != "runner_system_failure",
			"a token of the job, but no role":                     len(j.IDTokens) > 0 && j.Variables["AWS_ROLE_ARN"] == nil,
			"a role, but no token of the job":                     len(j.IDTokens) == 0 && j.Variables["AWS_ROLE_ARN"] != nil,
			"an environment without an address and a tier":        j.Environment != nil && (j.Environment.URL == "" || j.Environment.Tier == ""),
			"a deploy beside another":                             j.Environment != nil && j.ResourceGroup == "",
			"a deploy that a new commit would cut":                j.Environment != nil && (j.Interruptible == nil || *j.Interruptible),
			"a deploy that is tried again":                        j.Environment != nil && retries(j) != "",
			"the right to write, but can be cut in the middle":    writes(j) && *j.Interruptible,
			"the right to write, but no rule that names a branch": writes(j) && !strings.Contains(fmt.Sprint(j.Rules), "$CI_COMMIT_BRANCH =="),
			"a rule for merge requests beside the right to write": writes(j) && strings.Contains(fmt.Sprint(j.Rules), "merge_request_event"),
			"a token for another audience than this GitLab":       len(j.IDTokens) > 0 && j.IDTokens["GITLAB_OIDC_TOKEN"].Aud != "$CI_SERVER_URL",
		} {
			if is {
				t.Errorf("%s has %s", name, fault)
			}
		}
		for variable, value := range j.Variables {
			if looksSecret(variable, fmt.Sprint(value)) {
				t.Errorf("%s has the variable %s: a key is not kept in a pipeline", name, variable)
			}
		}
	}
}

func retries(j job) string {
	fields, _ := j.Retry.(map[string]any)
	if fields == nil {
		return ""
	}
	return fmt.Sprint(fields["when"])
}

// writes tells whether a job takes on a role that may change something.
func writes(j job) bool {
	role := fmt.Sprint(j.Variables["AWS_ROLE_ARN"])
	return strings.HasSuffix(role, "-deploy") || strings.HasSuffix(role, "-build") || strings.HasSuffix(role, "-release")
}

var (
	secretName  = regexp.MustCompile(`(?i)(secret(s?_?key)?|password|passwd|passphrase|access_?key(_?id)?|private_?key|api_?key|token)$`)
	secretValue = regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bglpat-|\bgh[pousr]_|\bpul-[0-9a-f]{40}|-----BEGIN|\beyJ[A-Za-z0-9_-]{20}`)
)

func looksSecret(name, value string) bool {
	return secretName.MatchString(name) || secretValue.MatchString(value)
}

// The lint itself finds what it is for.
func TestLooksSecret(t *testing.T) {
	for _, tc := range []struct {
		name, value string
		want        bool
	}{
		{"AWS_SECRET_ACCESS_KEY", "", true}, {"AWS_ACCESS_KEY_ID", "", true}, {"PULUMI_CONFIG_PASSPHRASE", "", true},
		{"DB_PASSWORD", "", true}, {"GITLAB_TOKEN", "", true}, {"deployPrivateKey", "", true},
		{"NOTHING", "AKIAIOSFODNN7EXAMPLE", true}, {"X", "-----BEGIN RSA PRIVATE KEY-----", true}, {"X", "glpat-abc", true},
		{"AWS_ROLE_ARN", "arn:aws:iam::111111111111:role/x", false}, {"PULUMI_SECRETS_PROVIDER", "awskms://alias/x", false},
		{"STACK", "dev", false}, {"AWS_ROLE_SESSION_NAME", "gitlab-$CI_PROJECT_ID", false},
	} {
		if got := looksSecret(tc.name, tc.value); got != tc.want {
			t.Errorf("%s=%s: %t, want %t", tc.name, tc.value, got, tc.want)
		}
	}
}

// The jobs of this repository run the Makefile's commands and nothing else, so that a laptop can do the same.
func TestJobsRunMake(t *testing.T) {
	t.Parallel()
	makefile := checkout(t, "Makefile")
	for name, j := range projectJobs(t) {
		for _, line := range j.Script {
			target, isMake := strings.CutPrefix(line, "make ")
			switch {
			case name == "unpinned": // it has no image that make would be in
			case !isMake:
				t.Errorf("%s: %s: want a command of the Makefile", name, line)
			case !strings.Contains(makefile, "\n"+target+": "):
				t.Errorf("%s: the Makefile has no %s", name, target)
			}
		}
	}
}

// Each environment of the pipeline has the stack that it deploys, and preview and drift cannot write.
func TestEnvironments(t *testing.T) {
	t.Parallel()
	for name, j := range projectJobs(t) {
		kind, environment, found := strings.Cut(name, ":")
		if !found {
			continue
		}
		checkout(t, "Pulumi."+environment+".yaml")
		role := fmt.Sprint(j.Variables["AWS_ROLE_ARN"])
		suffix := map[string]string{"preview": "preview", "drift": "preview", "deploy": "deploy", "verify": "deploy"}[kind]
		want := "role/gitlab-paddock-" + environment + "-" + suffix
		if !strings.HasSuffix(role, ":"+want) {
			t.Errorf("%s takes on %s, want %s", name, role, want)
		}
		if j.Variables["STACK"] != environment {
			t.Errorf("%s is of the stack %v", name, j.Variables["STACK"])
		}
	}
}
