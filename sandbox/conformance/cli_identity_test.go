package conformance

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"k8s.io/client-go/tools/clientcmd"

	"paddock/sandbox/aws"
	"paddock/sandbox/wire"
)

// cliKubeconfig makes a kubeconfig as the README tells people to, and reads it as kubectl does.
func cliKubeconfig(t *testing.T, c *cli) {
	file := filepath.Join(t.TempDir(), "config")
	role := "arn:aws:iam::" + c.cloud.Account() + ":role/pods"
	got := c.run(t, "eks", "update-kubeconfig", "--name", "dev", "--kubeconfig", file, "--role-arn", role, "--alias", "paddock")
	if got.code != 0 {
		t.Fatalf("exit %d\n%s", got.code, got.err)
	}
	config, err := clientcmd.LoadFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "context", config.CurrentContext, "paddock")
	at := config.Contexts["paddock"]
	cluster, user := config.Clusters[at.Cluster], config.AuthInfos[at.AuthInfo]
	want(t, "cluster", at.Cluster, c.cluster.arn())
	want(t, "server", cluster.Server, "https://127.0.0.1:6443")
	want(t, "authority", string(cluster.CertificateAuthorityData), "authority")
	want(t, "command", user.Exec.Command, "aws")
	args := strings.Join(user.Exec.Args, " ") // versions differ in what else they say
	for _, part := range []string{"--region " + region, "eks get-token --cluster-name dev", role} {
		want(t, part+" in "+args, strings.Contains(args, part), true)
	}
}

// cliToken makes a token with the real CLI and shows it as a cluster's API server would: here it is known for what it is,
// for this cluster only.
func cliToken(t *testing.T, c *cli) {
	status := c.get(t, "eks", "get-token", "--cluster-name", "dev").(props)["status"].(props)
	text, ours := strings.CutPrefix(status["token"].(string), "k8s-aws-v1.")
	presigned, err := base64.RawURLEncoding.DecodeString(text)
	if !ours || err != nil {
		t.Fatalf("token %v: %v", status, err)
	}
	caller, err := wire.CheckPresigned(t.Context(), string(presigned), http.Header{"X-K8s-Aws-Id": {"dev"}}, c.cloud)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "caller", caller.Caller, c.cloud.CallerARN())
	if _, err := wire.CheckPresigned(t.Context(), string(presigned), http.Header{"X-K8s-Aws-Id": {"prod"}}, c.cloud); err == nil {
		t.Error("the token is good for another cluster")
	}
}

// session reads the credentials that a command of STS prints.
func (c *cli) session(t *testing.T, args ...string) (aws.Credentials, string) {
	t.Helper()
	out := c.get(t, args...).(props)
	held := out["Credentials"].(props)
	expires, err := time.Parse(time.RFC3339, held["Expiration"].(string))
	if err != nil || time.Until(expires) < 14*time.Minute {
		t.Errorf("expires at %v: %v", held["Expiration"], err)
	}
	keys := aws.Credentials{AccessKeyID: held["AccessKeyId"].(string), SecretAccessKey: held["SecretAccessKey"].(string), SessionToken: held["SessionToken"].(string)}
	return keys, out["AssumedRoleUser"].(props)["Arn"].(string)
}

// cliAssumedRole acts as a role that may do one thing; every denial tells action, resource and principal.
func cliAssumedRole(t *testing.T, c *cli) {
	if err := c.cloud.AddRole(aws.RoleSpec{Name: "viewer", Policy: onlyVpcs}); err != nil {
		t.Fatal(err)
	}
	account := c.cloud.Account()
	keys, who := c.session(t, "sts", "assume-role", "--role-session-name", "suite", "--duration-seconds", "900", "--role-arn", "arn:aws:iam::"+account+":role/viewer")
	want(t, "session", who, "arn:aws:sts::"+account+":assumed-role/viewer/suite")
	viewer := c.as(keys)
	viewer.answers(t, []asked{
		{"sts get-caller-identity", "Arn", js(who)},
		{"ec2 describe-vpcs", "Vpcs[].VpcId", js([]string{c.vpc.id})},
	})
	viewer.refusals(t, []refusal{
		{"ec2 describe-subnets", []string{"(UnauthorizedOperation)", who, "ec2:DescribeSubnets", "identity-based policy"}},
		{"eks describe-cluster --name dev", []string{"(AccessDeniedException)", who, "eks:DescribeCluster", c.cluster.arn()}},
		{"iam get-role --role-name nodes", []string{"(AccessDenied)", who, "iam:GetRole", c.nodeRole.arn()}},
		{"autoscaling set-desired-capacity --desired-capacity 2 --auto-scaling-group-name " + c.group(),
			[]string{"(AccessDenied)", who, "autoscaling:SetDesiredCapacity", ":autoScalingGroupName/" + c.group()}},
		{"logs describe-log-groups", []string{"(AccessDeniedException)", who, "logs:DescribeLogGroups"}},
	})
	viewer.as(aws.Credentials{AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey}).refusals(t, []refusal{
		{"sts get-caller-identity --region us-east-1", []string{"(InvalidClientTokenId)"}}, // the session token is missing
	})
}

// cliWebIdentity takes on a role with a token of a pipeline's, without any key of AWS's.
func cliWebIdentity(t *testing.T, c *cli) {
	key := ok[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	public := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "RS256"}}}
	if err := c.cloud.AddIssuer(issuer, ok[[]byte](t)(json.Marshal(public))); err != nil {
		t.Fatal(err)
	}
	provider := c.create("aws:iam/openIdConnectProvider:OpenIdConnectProvider", props{"url": issuer, "clientIdLists": []any{"paddock"}})
	err := c.cloud.AddRole(aws.RoleSpec{Name: "deploy", Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + provider.arn() + `"},
		"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"gitlab.example.com:aud":"paddock","gitlab.example.com:sub":"main"}}}]}`})
	if err != nil {
		t.Fatal(err)
	}
	by := ok[jose.Signer](t)(jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil))
	token := func(branch string) string {
		return ok[string](t)(jwt.Signed(by).Claims(jwt.Claims{
			Issuer: issuer, Subject: branch, Audience: jwt.Audience{"paddock"}, Expiry: jwt.NewNumericDate(time.Now().Add(time.Hour)),
		}).Serialize())
	}
	bare := c.as(aws.Credentials{})
	command := "sts assume-role-with-web-identity --role-session-name ci --role-arn arn:aws:iam::" + c.cloud.Account() + ":role/deploy --web-identity-token "
	keys, who := bare.session(t, strings.Fields(command+token("main"))...)
	c.as(keys).answers(t, []asked{{"sts get-caller-identity", "Arn", js(who)}})
	for name, row := range map[string]refusal{
		"another branch": {command + token("dev"), []string{"(AccessDenied)", "sts:AssumeRoleWithWebIdentity"}},
		"no token":       {command + "nonsense", []string{"(InvalidIdentityToken)"}},
	} {
		t.Run(name, func(t *testing.T) { bare.refusals(t, []refusal{row}) })
	}
}
