package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"paddock/sandbox/aws"
)

// cliVariable names the environment variable that holds the real AWS CLI, which the set-up for the tests provides.
const cliVariable = "PADDOCK_AWSCLI"

// cliPatience bounds one command, which takes half a second on an idle machine.
const cliPatience = time.Minute

// cli is the real AWS CLI as somebody uses it who has nothing of AWS's on the machine but a key.
type cli struct {
	*platform
	program, home string
	keys          aws.Credentials
}

// said is how a command ended.
type said struct {
	code     int
	out, err string
}

// TestAWSCLI is all that the suite asks with the real AWS CLI. It has a cloud of its own, and its parts run beside one
// another, since each command takes half a second to start.
func TestAWSCLI(t *testing.T) {
	program := os.Getenv(cliVariable)
	if program == "" {
		t.Skipf("%s is not set; `make test` sets it", cliVariable)
	}
	fresh, end := newPlatform(t, t.TempDir())
	t.Cleanup(end) // after all parts, which a deferred call would not wait for
	c := &cli{platform: fresh, program: program, home: t.TempDir(), keys: fresh.cloud.AccessKey()}
	version := c.run(t, "--version")
	if version.code != 0 {
		t.Fatalf("%s: exit %d\n%s", program, version.code, version.err)
	}
	t.Log(strings.TrimSpace(version.out))
	for name, part := range map[string]func(*testing.T, *cli){
		"answers": cliAnswers, "refusals": cliRefusals, "pages": cliPages, "kubeconfig": cliKubeconfig, "token": cliToken,
		"assumed role": cliAssumedRole, "web identity": cliWebIdentity, "scaling": cliScaling, "throttled": cliThrottled, "stores": cliStores,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); part(t, c) })
	}
}

// as is the CLI of whoever holds other credentials.
func (c *cli) as(keys aws.Credentials) *cli {
	other := *c
	other.keys = keys
	return &other
}

// run runs one command in an environment that holds nothing of the machine's.
func (c *cli) run(t *testing.T, args ...string) said {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c.program, append(args, "--endpoint-url", *c.config.BaseEndpoint)...)
	cmd.Env = []string{
		"HOME=" + c.home, "PATH=/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=", "AWS_REGION=" + region,
		"AWS_ACCESS_KEY_ID=" + c.keys.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + c.keys.SecretAccessKey,
	}
	if c.keys.SessionToken != "" {
		cmd.Env = append(cmd.Env, "AWS_SESSION_TOKEN="+c.keys.SessionToken)
	}
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = c.home, &out, &errs, cliPatience
	late := time.AfterFunc(cliPatience, func() { _ = cmd.Cancel() })
	defer late.Stop()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("aws %s: %v", strings.Join(args, " "), err)
	}
	return said{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// get is the JSON that a command prints.
func (c *cli) get(t *testing.T, args ...string) any {
	t.Helper()
	got := c.run(t, append(args, "--output", "json")...)
	if got.code != 0 {
		t.Fatalf("aws %s: exit %d\n%s", strings.Join(args, " "), got.code, got.err)
	}
	var v any
	if strings.TrimSpace(got.out) == "" { // of calls without an answer
		return nil
	}
	if err := json.Unmarshal([]byte(got.out), &v); err != nil {
		t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, got.out)
	}
	return v
}

// asked is a command, what is looked at of its answer (in JMESPath, the CLI's --query), and what that must be, as JSON.
type asked struct{ command, query, want string }

// answers runs commands beside one another.
func (c *cli) answers(t *testing.T, rows []asked) {
	for _, row := range rows {
		t.Run(row.command, func(t *testing.T) {
			t.Parallel()
			var want any
			if err := json.Unmarshal([]byte(row.want), &want); err != nil {
				t.Fatalf("%s: %v", row.want, err)
			}
			if got := c.get(t, append(strings.Fields(row.command), "--query", row.query)...); !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// refused is a command that the CLI must fail with the code of AWS's, and words that must be in the message.
type refusal struct {
	command string
	words   []string
}

// clientError is the exit code of the AWS CLI where a service has refused.
const clientError = 254

func (c *cli) refusals(t *testing.T, rows []refusal) {
	for _, row := range rows {
		t.Run(row.command, func(t *testing.T) {
			t.Parallel()
			got := c.run(t, strings.Fields(row.command)...)
			if got.code != clientError {
				t.Errorf("exit %d, want %d\n%s%s", got.code, clientError, got.out, got.err)
			}
			for _, word := range row.words {
				if !strings.Contains(got.err, word) {
					t.Errorf("%s\nlacks %q", strings.TrimSpace(got.err), word)
				}
			}
		})
	}
}
