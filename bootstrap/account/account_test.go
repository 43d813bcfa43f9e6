package account_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"gopkg.in/yaml.v3"

	"paddock/bootstrap/account"
	"paddock/components/testkit"
	"paddock/config"
)

func caller(pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.PropertyMap{"accountId": resource.NewProperty(testkit.Account)}, nil
}

// engine is what the engine hands over for a good config with keys on top; "absent" takes one away.
func engine(t *testing.T, keys map[string]string) string {
	t.Helper()
	text := map[string]string{
		"region": "us-west-2", "gitlab": "https://gitlab.com", "project": "group/paddock",
		"environments": `{"dev": {}, "prod": {"region": "eu-west-1"}}`,
	}
	maps.Copy(text, keys)
	full := map[string]string{}
	for key, value := range text {
		if value != "absent" {
			full[account.Namespace+":"+key] = value
		}
	}
	raw, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func program(t *testing.T, keys map[string]string, opts ...testkit.Option) testkit.Record {
	t.Helper()
	t.Setenv(pulumi.EnvConfig, engine(t, keys))
	return testkit.Run(t, account.Run, append(opts, testkit.WithCall(caller))...)
}

func TestProgram(t *testing.T) {
	got := program(t, nil)
	testkit.Golden(t, "resources.json", got.Keys())
	if previewed := program(t, nil, testkit.WithPreview()); !slices.Equal(got.Keys(), previewed.Keys()) {
		t.Error("a preview registers other resources than an update")
	}
	if name := got.Get(t, "aws:s3/bucketV2:BucketV2 account-state-bucket").Input("bucket"); name != "paddock-state-"+testkit.Account {
		t.Errorf("bucket %v", name)
	}
	for key, r := range got {
		if strings.HasPrefix(r.Type, "aws:") && !strings.Contains(r.Provider, "pulumi:providers:aws::account-aws") {
			t.Errorf("%s: provider %q", key, r.Provider)
		}
	}
	// Rights end at the environment's own region, stack and name.
	for _, r := range got.OfType("aws:iam/policy:Policy") {
		text, other, region := fmt.Sprint(r.Input("policy")), "paddock-prod", "eu-west-1"
		if strings.HasPrefix(r.Name, "paddock-prod-") {
			other, region = "paddock-dev", ":ec2:us-west-2"
		}
		if strings.Contains(text, other) || strings.HasSuffix(r.Name, "-1") && strings.Contains(text, region) {
			t.Errorf("%s reaches %s or %s: %s", r.Name, other, region, text)
		}
	}
}

func TestBadConfig(t *testing.T) {
	for name, tc := range map[string]struct{ key, value, want string }{
		"region missing":     {"region", "absent", "region: want the AWS region, such as us-west-2"},
		"account short":      {"accountIds", `["1"]`, "accountIds[0]: 1: want an AWS account id: 12 digits"},
		"gitlab missing":     {"gitlab", "absent", `gitlab: "": want the https URL of a GitLab, such as https://gitlab.com`},
		"gitlab http":        {"gitlab", "http://gitlab.com", `gitlab: http://gitlab.com: want the https URL of a GitLab, such as https://gitlab.com`},
		"project wild":       {"project", "group/*", "project: group/*: want the path of a GitLab project, such as group/project"},
		"branch wild":        {"branch", "release/*", "branch: release/*: want the name of one branch, such as main"},
		"bucket dots":        {"bucket", "a.b", "bucket: a.b: want 3 to 63 lower-case letters, digits and inner hyphens"},
		"no environments":    {"environments", "{}", "environments: want one at least, such as dev: {}"},
		"environment gitlab": {"environments", `{"dev": {"name": "gitlab-x"}}`, "environments.dev.name: gitlab-x: want a name that does not begin with gitlab: the roles of the pipeline do, and what deploys may write those of the platform's name"},
		"name of two":        {"environments", `{"a": {"name": "ranch"}, "b": {"name": "ranch"}}`, "environments.b.name: ranch: want a name of its own: environment a has it"},
		"name begins other":  {"environments", `{"a": {"name": "ranch"}, "b": {"name": "ranch-b"}}`, "environments.a.name: ranch: want a name that ranch-b, of environment b, does not begin with: its roles would be this one's to change"},
		"name illegal":       {"environments", `{"dev": {"name": "X"}}`, "environments.dev.name: X: want 3 to 30 lower-case letters, digits and hyphens, first a letter, last no hyphen"},
		"region illegal":     {"environments", `{"dev": {"region": "mars"}}`, "environments.dev.region: mars: want an AWS region, such as us-west-2"},
		"other partition":    {"environments", `{"dev": {"region": "cn-north-1"}}`, "environments.dev.region: cn-north-1: want a region of the same partition as the state's, us-west-2"},
		"stack illegal":      {"environments", `{"Dev*": {"name": "ranch"}}`, "environments.Dev*: want the name of a stack: lower-case letters, digits, _ and -"},
		"inner key":          {"environments", `{"dev": {"stack": "x"}}`, "environments.dev.stack: unknown key: want one of name, region"},
		"unknown key":        {"regoin", "x", "regoin: unknown key: want one of region, accountIds, gitlab, project, branch, bucket, environments; did you mean region?"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := account.Load(engine(t, map[string]string{tc.key: tc.value}))
			if got, want := fmt.Sprint(err), account.Namespace+":"+tc.want; got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestNothingRegistersOnBadConfig(t *testing.T) {
	t.Setenv(pulumi.EnvConfig, engine(t, map[string]string{"region": "mars"}))
	got, err := testkit.RunErr(t, account.Run)
	if err == nil || !strings.Contains(err.Error(), "config of stack test:\npaddock-bootstrap:region: mars") || len(got.OfType("pulumi:providers:aws")) > 0 {
		t.Errorf("err = %v, registered %v", err, got.Keys())
	}
}

// The keys are declared as they are read, and the example is a legal stack.
func TestFiles(t *testing.T) {
	var file struct {
		Name   string
		Config map[string]any
	}
	var example struct{ Config map[string]any }
	for name, into := range map[string]any{"../Pulumi.yaml": &file, "../Pulumi.account.yaml": &example} {
		raw, err := os.ReadFile(name)
		if err == nil {
			err = yaml.Unmarshal(raw, into)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	delete(file.Config, "pulumi:disable-default-providers")
	want := slices.Sorted(maps.Keys(config.Keys[account.Config]()))
	if got := slices.Sorted(maps.Keys(file.Config)); file.Name != account.Namespace || !slices.Equal(got, want) {
		t.Errorf("%s declares %v, read are %v", file.Name, got, want)
	}
	full := map[string]string{}
	for key, value := range example.Config {
		text, ok := value.(string)
		if !ok {
			raw, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			text = string(raw)
		}
		full[key] = text
	}
	raw, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := account.Load(string(raw)); err != nil {
		t.Error(err)
	}
}
