// Command aws stands where the AWS CLI would on the sandbox's PATH. Kubeconfigs made for EKS call it for a token, and
// Pulumi's EKS provider asks its version. Everything else it hands to the real AWS CLI, if there is one further on PATH.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// version is what the EKS provider parses; it wants 2.7 or later.
const version = "aws-cli/2.15.0 paddock-sandbox"

const help = `aws (Paddock sandbox): the part of the AWS CLI that kubeconfigs need, and a way to the rest
  aws --version
  aws eks get-token --cluster-name NAME [--role ARN] [--output json]
  aws ...       the AWS CLI further on PATH, pointed at the local cloud (Debian: apt-get install awscli)
The caller is AWS_ACCESS_KEY_ID / AWS_SECRET_ACCESS_KEY, as . .sandbox/env sets them; without a key it is the role
AWS_ROLE_ARN, by the token in the file AWS_WEB_IDENTITY_TOKEN_FILE, as in a pipeline's job.
Exit codes: 0 done, 1 refused, 252 no AWS CLI is installed; else the AWS CLI's own.`

// timeout bounds what kubectl waits for a token.
const timeout = 10 * time.Second

func main() {
	args := os.Args[1:]
	switch {
	case len(args) == 1 && args[0] == "--version":
		fmt.Println(version)
	case len(args) == 0, args[0] == "--help", args[0] == "help":
		fmt.Println(help)
	case len(args) >= 2 && args[0] == "eks" && args[1] == "get-token":
		if err := getToken(args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "aws eks get-token:", err)
			os.Exit(1)
		}
	default:
		fmt.Fprintln(os.Stderr, "aws (sandbox):", handOn(args))
		os.Exit(252)
	}
}

func getToken(args []string) error {
	flags := flag.NewFlagSet("get-token", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	cluster := flags.String("cluster-name", "", "")
	role := flags.String("role", "", "")
	flags.StringVar(role, "role-arn", "", "")
	output := flags.String("output", "json", "")
	region := flags.String("region", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *cluster == "" {
		return errors.New("--cluster-name is required")
	}
	if *output != "json" {
		return fmt.Errorf("--output %s: only json is modelled", *output)
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	t, err := sign(ctx, *cluster, *role, *region)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(credential(t))
}

// credential is the answer that client-go's exec plugin reads, in the version that the caller asked for.
func credential(t token) any {
	var info struct {
		APIVersion string `json:"apiVersion"`
	}
	info.APIVersion = "client.authentication.k8s.io/v1beta1"
	if text := os.Getenv("KUBERNETES_EXEC_INFO"); text != "" {
		_ = json.Unmarshal([]byte(text), &info) // client-go wrote it; the default serves if not
	}
	return map[string]any{
		"kind": "ExecCredential", "apiVersion": info.APIVersion, "spec": map[string]any{},
		"status": map[string]any{"expirationTimestamp": t.expires.UTC().Format("2006-01-02T15:04:05Z"), "token": t.text},
	}
}

// firstOf is the first that is set.
func firstOf(values ...string) string {
	for _, v := range values {
		if strings.TrimSpace(v) != "" {
			return v
		}
	}
	return ""
}
