package delivery_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/delivery"
	"paddock/components/testkit"
)

const key = "arn:aws:kms:us-west-2:123456789012:key/1"

var here = delivery.Account{Partition: "aws", ID: testkit.Account, Region: testkit.Region}

func pipeline(instance delivery.Instance) *delivery.PipelineArgs {
	return &delivery.PipelineArgs{
		Scope:    delivery.Scope{Account: here, Platform: "paddock-dev"},
		Instance: instance, Project: "group/paddock", Branch: "main",
		State:    delivery.State{Bucket: "paddock-state-123456789012", Project: "paddock", Stack: "dev"},
		StateKey: pulumi.String(key),
	}
}

func team(instance delivery.Instance) *delivery.TeamArgs {
	return &delivery.TeamArgs{
		Name: "frontend", Platform: "paddock-dev", Account: here, Instance: instance,
		Project: "group/frontend", Branch: "main", Services: []string{"shop", "web"},
		State: delivery.Store{State: pipeline(instance).State, Alias: delivery.StateAlias},
	}
}

// run makes all of one GitLab's delivery.
func run(t *testing.T, instance delivery.Instance) testkit.Record {
	t.Helper()
	return testkit.Run(t, func(ctx *pulumi.Context) error {
		if _, err := delivery.NewProvider(ctx, "account", &delivery.ProviderArgs{Instance: instance, Protect: true}); err != nil {
			return err
		}
		if _, err := delivery.NewPipeline(ctx, "dev", pipeline(instance)); err != nil {
			return err
		}
		_, err := delivery.NewTeam(ctx, "frontend-delivery", team(instance))
		return err
	})
}

// The goldens are also what the local cloud's IAM is asked with tokens of all sorts: sandbox/iam.
func TestDocuments(t *testing.T) {
	got := run(t, "https://gitlab.com")
	for _, r := range got.OfType("aws:iam/role:Role") {
		testkit.Golden(t, "trust-"+short(r.Name)+".json", r.Input("assumeRolePolicy"))
	}
	for _, r := range got.OfType("aws:iam/policy:Policy") {
		testkit.Golden(t, "rights-"+short(r.Name)+".json", r.Input("policy"))
	}
	for _, r := range got.OfType("aws:iam/rolePolicy:RolePolicy") {
		testkit.Golden(t, "rights-"+short(r.Name)+".json", r.Input("policy"))
	}
	for _, r := range run(t, "https://git.example.org").OfType("aws:iam/role:Role") {
		testkit.Golden(t, "trust-"+short(r.Name)+"-own.json", r.Input("assumeRolePolicy"))
	}
}

// Without a project there are the same roles with the same rights, for whoever of the account IAM lets take them on.
func TestWithoutAProject(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		args := team("")
		args.Project, args.Branch = "", ""
		_, err := delivery.NewTeam(ctx, "frontend-delivery", args)
		return err
	})
	roles := got.OfType("aws:iam/role:Role")
	for _, r := range roles {
		testkit.Golden(t, "trust-account.json", r.Input("assumeRolePolicy"))
	}
	for _, r := range got.OfType("aws:iam/rolePolicy:RolePolicy") {
		testkit.Golden(t, "rights-"+short(r.Name)+".json", r.Input("policy"))
	}
	if len(roles) != 2 || len(got.OfType("aws:ecr/repository:Repository")) != 2 {
		t.Errorf("%v", got.Keys())
	}
}

// A team whose platform names no bucket has no rights on any.
func TestWithoutState(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		args := team("https://gitlab.com")
		args.State = delivery.Store{}
		_, err := delivery.NewTeam(ctx, "frontend-delivery", args)
		return err
	})
	text, _ := got.Get(t, "aws:iam/rolePolicy:RolePolicy frontend-delivery-release").Input("policy").(string)
	if text == "" || strings.Contains(text, "s3:") || strings.Contains(text, "kms:") {
		t.Errorf("rights %s", text)
	}
}

func short(name string) string {
	return strings.NewReplacer("frontend-delivery-", "", "dev-", "").Replace(name)
}

func TestProvider(t *testing.T) {
	r := run(t, "https://gitlab.com").Get(t, "aws:iam/openIdConnectProvider:OpenIdConnectProvider account-oidc")
	testkit.Golden(t, "provider.json", r.Plain())
	if !r.Protect {
		t.Error("not protected")
	}
}

func TestRoles(t *testing.T) {
	got := run(t, "https://gitlab.com")
	names := map[string]string{"dev-preview": "gitlab-paddock-dev-preview", "dev-deploy": "gitlab-paddock-dev-deploy",
		"frontend-delivery-build": "paddock-dev-frontend-build", "frontend-delivery-release": "paddock-dev-frontend-release"}
	for name, want := range names {
		if r := got.Get(t, "aws:iam/role:Role "+name); r.Input("name") != want {
			t.Errorf("%s: name %v, want %s", name, r.Input("name"), want)
		}
	}
	// Every policy of the pipeline is attached, and a role has no more than IAM lets it have.
	attached := map[any]int{}
	for _, r := range got.OfType("aws:iam/rolePolicyAttachment:RolePolicyAttachment") {
		attached[r.Input("role")]++
	}
	total := 0
	for role, n := range attached {
		if total += n; n > 10 {
			t.Errorf("%v: %d policies", role, n)
		}
	}
	if n := len(got.OfType("aws:iam/policy:Policy")); n != total {
		t.Errorf("%d policies, %d attached", n, total)
	}
}

func TestRepository(t *testing.T) {
	for protect, name := range map[bool]string{false: "repository.json", true: "repository-protected.json"} {
		got := testkit.Run(t, func(ctx *pulumi.Context) error {
			args := team("https://gitlab.com")
			args.Protect = protect
			_, err := delivery.NewTeam(ctx, "frontend-delivery", args)
			return err
		})
		r := got.Get(t, "aws:ecr/repository:Repository frontend-delivery-shop")
		testkit.Golden(t, name, r.Plain())
		if r.Protect != protect {
			t.Errorf("protect = %v, want %v", r.Protect, protect)
		}
		testkit.Golden(t, "lifecycle.json", got.Get(t, "aws:ecr/lifecyclePolicy:LifecyclePolicy frontend-delivery-shop").Input("policy"))
	}
}

func TestRefuses(t *testing.T) {
	got, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
		args := team("https://gitlab.com")
		args.Services = nil
		_, err := delivery.NewTeam(ctx, "x", args)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "delivery of x: services: empty") || len(got) > 0 {
		t.Errorf("err = %v, registered %v", err, got.Keys())
	}
	if _, err = testkit.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := delivery.NewProvider(ctx, "x", &delivery.ProviderArgs{Instance: "gitlab.com"})
		return err
	}); err == nil || !strings.Contains(err.Error(), `"gitlab.com": want the https URL`) {
		t.Errorf("err = %v", err)
	}
}

func TestChecks(t *testing.T) {
	long := strings.Repeat("a", 256)
	for name, tc := range map[string]struct {
		check     func(string) string
		good, bad []string
	}{
		"instance": {func(s string) string { return delivery.Instance(s).Check() },
			[]string{"https://gitlab.com", "https://git.example-2.org"},
			[]string{"", "gitlab.com", "http://gitlab.com", "https://", "https://gitlab.com/", "https://gitlab.com/a", "https://gitlab.com:8443", "https://gitlab.com:",
				"https://u@gitlab.com", "https://gitlab.com?a", "https://gitlab.com?", "https://gitlab.com#a", "https://GitLab.com", "https://gitlab", "https://*.com", "https://gitlab.com ", "https://" + long + ".org"}},
		"project": {delivery.CheckProject,
			[]string{"group/project", "g/sub/p", "_g/p.x_y-1", "G/P"},
			[]string{"", "project", "/project", "group/", "group//p", "group/*", "group/p?", "group/${aws:username}", "group/p:ref", "group/p p", "-g/p", "g/.p", "g/p.git", "g/p.atom", "g/p.", "g/" + long}},
		"branch": {delivery.CheckBranch,
			[]string{"main", "release/1.2", "a_b-c", "v1+x"},
			[]string{"", "*", "release/*", "a?", "$x", "${a}", "a b", "a:b", "a..b", "/a", "a/", "a//b", "a.lock", "a/.b", "a.", "-a", "refs~1", "a^", `a\b`, "a[b", long}},
		"platform": {delivery.CheckPlatform,
			[]string{"paddock-dev", "gitlabs", "my-gitlab"},
			[]string{"gitlab", "gitlab-x"}},
		"service": {delivery.CheckService,
			[]string{"web", "web-2", "a"},
			[]string{"", "Web", "web_2", "-web", "web-", "web--2", "2web", "web.api", "web/api", "web:1", strings.Repeat("a", 64)}},
	} {
		for _, s := range tc.good {
			if rule := tc.check(s); rule != "" {
				t.Errorf("%s %q: %s", name, s, rule)
			}
		}
		for _, s := range tc.bad {
			if tc.check(s) == "" {
				t.Errorf("%s %q: taken", name, s)
			}
		}
	}
}
