// Command aws stands where the AWS CLI would on the sandbox's PATH. Kubeconfigs made for EKS call it for a token, and
// Pulumi's EKS provider asks its version; everything else it refuses by name.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"paddock/sandbox/link"
)

// version is what the EKS provider parses; it wants 2.7 or later.
const version = "aws-cli/2.15.0 paddock-sandbox"

const help = `aws (Paddock sandbox): the part of the AWS CLI that kubeconfigs need

  aws --version
  aws eks get-token --cluster-name NAME [--role ARN] [--output json]

The caller is AWS_ACCESS_KEY_ID / AWS_SECRET_ACCESS_KEY, as . .sandbox/env sets them.
Exit codes: 0 done, 1 refused by the sandbox, 252 not a command of this program.`

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
		fmt.Fprintf(os.Stderr, "aws (sandbox): %q is not modelled; see `aws help` and sandbox/README.md\n", strings.Join(args, " "))
		os.Exit(252)
	}
}

func getToken(args []string) error {
	flags := flag.NewFlagSet("get-token", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var ask link.TokenRequest
	flags.StringVar(&ask.Cluster, "cluster-name", "", "")
	flags.StringVar(&ask.Role, "role", "", "")
	flags.StringVar(&ask.Role, "role-arn", "", "")
	output := flags.String("output", "json", "")
	flags.String("region", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if ask.Cluster == "" {
		return errors.New("--cluster-name is required")
	}
	if *output != "json" {
		return fmt.Errorf("--output %s: only json is modelled", *output)
	}
	ask.AccessKeyID, ask.SecretAccessKey = os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	client, err := link.FromEnvironment()
	if err != nil {
		return err
	}
	token, err := client.Token(ask)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(credential(token))
}

// credential is the answer that client-go's exec plugin reads, in the version that the caller asked for.
func credential(t link.Token) any {
	var info struct {
		APIVersion string `json:"apiVersion"`
	}
	info.APIVersion = "client.authentication.k8s.io/v1beta1"
	if text := os.Getenv("KUBERNETES_EXEC_INFO"); text != "" {
		_ = json.Unmarshal([]byte(text), &info) // client-go wrote it; the default serves if not
	}
	return map[string]any{
		"kind": "ExecCredential", "apiVersion": info.APIVersion, "spec": map[string]any{},
		"status": map[string]any{"expirationTimestamp": t.Expires.UTC().Format("2006-01-02T15:04:05Z"), "token": t.Token},
	}
}
