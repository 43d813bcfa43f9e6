package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"paddock/sandbox/atomicfile"
	"paddock/sandbox/daemon"
	"paddock/sandbox/link"
)

// region is where the stand-in is when nothing says otherwise; the program names its own.
const region = "us-west-2"

// variables are what Pulumi, kubectl and aws need to find the sandbox and nothing else.
func (a *app) variables(keys daemon.Keys) map[string]string {
	vars := map[string]string{
		link.DirVariable:        a.dir,
		"PATH":                  a.path("bin") + string(os.PathListSeparator) + strings.TrimPrefix(os.Getenv("PATH"), a.path("bin")+string(os.PathListSeparator)),
		"KUBECONFIG":            a.path("kubeconfig"),
		"PULUMI_HOME":           a.path("pulumi"),
		"PULUMI_BACKEND_URL":    "file://" + a.path("state"),
		"PULUMI_STACK":          a.stack, // of the last command; --stack says otherwise
		"AWS_REGION":            region,
		"AWS_ACCESS_KEY_ID":     keys.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY": keys.SecretAccessKey,
		"AWS_ENDPOINT_URL":      keys.AWSURL,
		"AWS_ENDPOINT_URL_STS":  keys.AWSURL, // AWS's SDK for Go heeds no other where it exchanges the token of a pipeline
		// The checkout's stack files are those of AWS: the secrets provider of the local state is not written into them.
		"PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER":      "true",
		"PULUMI_CONFIG_PASSPHRASE":                      "",
		"PULUMI_SKIP_UPDATE_CHECK":                      "true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION":   "true",
		"PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
	}
	// The plugins talk over loopback, which must not go through a proxy of the user's.
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		vars[name] = strings.Trim(os.Getenv(name)+",127.0.0.1,localhost", ",")
	}
	// The same compiler settings as the set-up, or Go would compile the program's packages a second time.
	for _, name := range []string{"GOFLAGS", "CGO_ENABLED"} {
		if value, set := os.LookupEnv(name); set {
			vars[name] = value
		}
	}
	return vars
}

// writeEnv writes the shell file that `. .sandbox/env` reads.
func (a *app) writeEnv(vars map[string]string) error {
	var text strings.Builder
	text.WriteString("# Written by `make up`: points Pulumi, kubectl and aws at the local cloud. Read it with `. .sandbox/env`.\n")
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if name == "PATH" {
			fmt.Fprintf(&text, "case \":$PATH:\" in *\":%[1]s:\"*) ;; *) export PATH=%[2]s:\"$PATH\" ;; esac\n", a.path("bin"), quote(a.path("bin")))
			continue
		}
		fmt.Fprintf(&text, "export %s=%s\n", name, quote(vars[name]))
	}
	// AWS settings of the user's own would win over the keys above.
	text.WriteString("unset AWS_PROFILE AWS_SESSION_TOKEN AWS_DEFAULT_PROFILE AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE PULUMI_ACCESS_TOKEN\n")
	return atomicfile.Write(a.path("env"), []byte(text.String()), 0o600)
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// environ is this process's environment with the sandbox's variables in place.
func environ(vars map[string]string) []string {
	var env []string
	for _, line := range os.Environ() {
		name, _, _ := strings.Cut(line, "=")
		if _, ours := vars[name]; !ours && !strings.HasPrefix(name, "AWS_") && name != "PULUMI_ACCESS_TOKEN" {
			env = append(env, line)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		env = append(env, name+"="+vars[name])
	}
	return env
}
