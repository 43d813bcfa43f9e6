package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"paddock/sandbox/aws"
	"paddock/sandbox/daemon"
	"paddock/sandbox/link"
)

// accountCommands are the verbs of the account's owner, and of fate.
func (a *app) accountCommands() []*cobra.Command {
	return []*cobra.Command{a.roleCommand(), a.issuerCommand(), a.gitlabCommand(), a.callsCommand(), a.conditionsCommand(), a.driftCommand(), a.pathCommand()}
}

// roleCommand makes what a fresh account lacks: principals for teams and for a deployer.
func (a *app) roleCommand() *cobra.Command {
	var policy, trust string
	cmd := &cobra.Command{Use: "role NAME", Short: "make an IAM role outside any stack, to list in teams as role/NAME or to deploy --as", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			spec := aws.RoleSpec{Name: args[0]}
			var err error
			if spec.Policy, err = optional(policy); err != nil {
				return err
			}
			if spec.Trust, err = optional(trust); err != nil {
				return err
			}
			return a.client().Call(cmd.Context(), http.MethodPost, "/role", spec, nil)
		}}
	cmd.Flags().StringVar(&policy, "policy", "", "file with the role's identity policy; default none, so that it may do nothing in AWS")
	cmd.Flags().StringVar(&trust, "trust", "", "file with its trust policy; default everybody of the account")
	return cmd
}

// optional is the text of a file; no name, no text.
func optional(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	return string(text), err
}

func (a *app) issuerCommand() *cobra.Command {
	var keys string
	cmd := &cobra.Command{Use: "issuer URL --keys FILE", Short: "make an OIDC provider's keys known, which AWS would fetch from its URL", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(keys)
			if err != nil {
				return err
			}
			return a.announce(cmd.Context(), args[0], text)
		}}
	cmd.Flags().StringVar(&keys, "keys", "", "file with a JSON Web Key Set")
	_ = cmd.MarkFlagRequired("keys") // the flag is defined above
	return cmd
}

// announce makes the keys of an identity provider known to the stand-in.
func (a *app) announce(ctx context.Context, issuer string, keys []byte) error {
	return a.client().Call(ctx, http.MethodPost, "/issuer", daemon.IssuerRequest{URL: issuer, Keys: json.RawMessage(keys)}, nil)
}

func (a *app) driftCommand() *cobra.Command {
	d := aws.Drift{}
	cmd := &cobra.Command{Use: "drift ID", Short: "change or delete a resource behind Pulumi's back", Args: cobra.ExactArgs(1),
		Long: "Change or delete a resource behind Pulumi's back, as somebody does in AWS's console. `sandbox dump` has the ids and the state.",
		RunE: func(cmd *cobra.Command, args []string) error {
			d.ID = args[0]
			return a.client().Call(cmd.Context(), http.MethodPost, "/drift", d, nil)
		}}
	cmd.Flags().StringVar(&d.Kind, "type", "", "its type, such as ec2/vpc:Vpc, where several have the id")
	cmd.Flags().BoolVar(&d.Delete, "delete", false, "delete it")
	cmd.Flags().StringToStringVar(&d.Set, "set", nil, "state to set, as path=value; an empty value takes it away")
	cmd.MarkFlagsOneRequired("delete", "set")
	cmd.MarkFlagsMutuallyExclusive("delete", "set")
	return cmd
}

// actAs puts the credentials of a session of the role in the place of the account's own.
func (a *app) actAs(ctx context.Context, vars map[string]string) error {
	if a.as == "" {
		return nil
	}
	role := a.as
	if !strings.HasPrefix(role, "arn:") {
		var s daemon.Status
		if err := a.client().Call(ctx, http.MethodGet, "/status", nil, &s); err != nil {
			return err
		}
		role = fmt.Sprintf("arn:aws:iam::%s:role/%s", s.Account, strings.TrimPrefix(role, "role/"))
	}
	var c link.Credentials
	if err := a.client().Call(ctx, http.MethodPost, "/assume", daemon.AssumeRequest{Role: role, Session: "paddock-deploy"}, &c); err != nil {
		return err
	}
	vars["AWS_ACCESS_KEY_ID"], vars["AWS_SECRET_ACCESS_KEY"], vars["AWS_SESSION_TOKEN"] = c.AccessKeyID, c.SecretAccessKey, c.SessionToken
	return nil
}
