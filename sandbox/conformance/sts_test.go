package conformance

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"paddock/sandbox/aws"
)

// as is the suite's configuration with the credentials of a session.
func as(c *ststypes.Credentials) sdk.Config {
	config := p.config.Copy()
	config.Credentials = credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
	return config
}

func role(name string) *string { return ptr("arn:aws:iam::" + p.cloud.Account() + ":role/" + name) }

// granted makes a role outside any stack.
func granted(t *testing.T, spec aws.RoleSpec) *string {
	t.Helper()
	if err := p.cloud.AddRole(spec); err != nil {
		t.Fatal(err)
	}
	return role(spec.Name)
}

const onlyVpcs = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:DescribeVpcs","Resource":"*"}]}`

// A role's credentials allow what its policies allow; a denial tells action, resource and principal, in each protocol.
func TestAssumedRole(t *testing.T) {
	arn := granted(t, aws.RoleSpec{Name: "viewer", Policy: onlyVpcs})
	out := ok[*sts.AssumeRoleOutput](t)(sts.NewFromConfig(p.config).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: arn, RoleSessionName: ptr("suite")}))
	config := as(out.Credentials)
	who := ok[*sts.GetCallerIdentityOutput](t)(sts.NewFromConfig(config).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))
	session := "arn:aws:sts::" + p.cloud.Account() + ":assumed-role/viewer/suite"
	want(t, "caller", at(who.Arn), session)
	ok[*ec2.DescribeVpcsOutput](t)(ec2.NewFromConfig(config).DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{}))

	_, err := ec2.NewFromConfig(config).DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{})
	denied(t, err, "UnauthorizedOperation", session, "ec2:DescribeSubnets", "*")
	_, err = autoscaling.NewFromConfig(config).SetDesiredCapacity(t.Context(), &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: ptr(p.group()), DesiredCapacity: ptr(int32(2))})
	denied(t, err, "AccessDenied", session, "autoscaling:SetDesiredCapacity", ":autoScalingGroupName/"+p.group())
	_, err = iam.NewFromConfig(config).GetRole(t.Context(), &iam.GetRoleInput{RoleName: ptr("nodes")})
	denied(t, err, "AccessDenied", session, "iam:GetRole", ":role/nodes")
	_, err = eks.NewFromConfig(config).DescribeCluster(t.Context(), &eks.DescribeClusterInput{Name: ptr("dev")})
	denied(t, err, "AccessDeniedException", session, "eks:DescribeCluster", ":cluster/dev")
	_, err = cloudwatchlogs.NewFromConfig(config).DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	denied(t, err, "AccessDeniedException", session, "logs:DescribeLogGroups", ":log-group:")
	_, err = sts.NewFromConfig(config).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: role("paddock-sandbox"), RoleSessionName: ptr("more")})
	denied(t, err, "AccessDenied", session, "sts:AssumeRole", ":role/paddock-sandbox")
}

func denied(t *testing.T, err error, code string, parts ...string) {
	t.Helper()
	refused(t, err, code)
	for _, part := range parts {
		if err != nil && !strings.Contains(err.Error(), part) {
			t.Errorf("%v\nlacks %q", err, part)
		}
	}
}

func TestAssumeRoleRefuses(t *testing.T) {
	c := sts.NewFromConfig(p.config)
	rows := map[string]struct {
		in   sts.AssumeRoleInput
		code string
	}{
		"no such role":     {sts.AssumeRoleInput{RoleArn: role("none"), RoleSessionName: ptr("suite")}, "AccessDenied"},
		"a service's role": {sts.AssumeRoleInput{RoleArn: role("nodes"), RoleSessionName: ptr("suite")}, "AccessDenied"},
		"too short":        {sts.AssumeRoleInput{RoleArn: role("paddock-sandbox"), RoleSessionName: ptr("suite"), DurationSeconds: ptr(int32(60))}, "ValidationError"},
		"longer than role": {sts.AssumeRoleInput{RoleArn: role("paddock-sandbox"), RoleSessionName: ptr("suite"), DurationSeconds: ptr(int32(7200))}, "ValidationError"},
		"bad session name": {sts.AssumeRoleInput{RoleArn: role("paddock-sandbox"), RoleSessionName: ptr("a b")}, "ValidationError"},
		"session's policy": {sts.AssumeRoleInput{RoleArn: role("paddock-sandbox"), RoleSessionName: ptr("suite"), Policy: ptr(onlyVpcs)}, "ValidationError"},
		"a trusted stranger": {sts.AssumeRoleInput{RoleArn: granted(t, aws.RoleSpec{
			Name: "foreign", Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}`,
		}), RoleSessionName: ptr("suite")}, "AccessDenied"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			_, err := c.AssumeRole(t.Context(), &row.in)
			refused(t, err, row.code)
		})
	}
}

// A role made anew under the name of another is another: the old one's sessions are over.
func TestSessionEndsWithItsRole(t *testing.T) {
	made := p.create("aws:iam/role:Role", props{"name": "brief", "assumeRolePolicy": strings.Replace(trust("x"), `"Service":"x"`, `"AWS":"`+p.cloud.Account()+`"`, 1)})
	out := ok[*sts.AssumeRoleOutput](t)(sts.NewFromConfig(p.config).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: ptr(made.arn()), RoleSessionName: ptr("suite")}))
	if err := p.cloud.Drift(aws.Drift{ID: "brief", Delete: true}); err != nil {
		t.Fatal(err)
	}
	_, err := sts.NewFromConfig(as(out.Credentials)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	refused(t, err, "InvalidClientTokenId")
}

const issuer = "https://gitlab.example.com"

func TestWebIdentity(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "RS256"}}}
	if err := p.cloud.AddIssuer(issuer, ok[[]byte](t)(json.Marshal(public))); err != nil {
		t.Fatal(err)
	}
	provider := p.create("aws:iam/openIdConnectProvider:OpenIdConnectProvider", props{"url": issuer, "clientIdLists": []any{"paddock"}})
	deploy := granted(t, aws.RoleSpec{Name: "deploy", Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + provider.arn() + `"},
		"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"gitlab.example.com:aud":"paddock","gitlab.example.com:sub":"project_path:a/b:ref_type:branch:ref:main"}}}]}`})
	good := jwt.Claims{Issuer: issuer, Subject: "project_path:a/b:ref_type:branch:ref:main", Audience: jwt.Audience{"paddock"}, Expiry: jwt.NewNumericDate(time.Now().Add(time.Hour))}
	stranger := ok[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	rows := map[string]struct {
		change func(*jwt.Claims)
		key    *rsa.PrivateKey
		code   string
	}{
		"good":             {func(*jwt.Claims) {}, key, ""},
		"another branch":   {func(c *jwt.Claims) { c.Subject = "project_path:a/b:ref_type:branch:ref:dev" }, key, "AccessDenied"},
		"another audience": {func(c *jwt.Claims) { c.Audience = jwt.Audience{"x"} }, key, "InvalidIdentityToken"},
		"another issuer":   {func(c *jwt.Claims) { c.Issuer = "https://gitlab.com" }, key, "InvalidIdentityToken"},
		"another's key":    {func(*jwt.Claims) {}, stranger, "InvalidIdentityToken"},
		"not yet":          {func(c *jwt.Claims) { c.NotBefore = jwt.NewNumericDate(time.Now().Add(time.Minute)) }, key, "InvalidIdentityToken"},
		"expired":          {func(c *jwt.Claims) { c.Expiry = jwt.NewNumericDate(time.Now().Add(-time.Minute)) }, key, "ExpiredTokenException"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			claims := good
			row.change(&claims)
			by := ok[jose.Signer](t)(jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: row.key, KeyID: "1"}}, nil))
			token := ok[string](t)(jwt.Signed(by).Claims(claims).Serialize())
			bare := p.config.Copy()
			bare.Credentials = sdk.AnonymousCredentials{}
			out, err := sts.NewFromConfig(bare).AssumeRoleWithWebIdentity(t.Context(), &sts.AssumeRoleWithWebIdentityInput{
				RoleArn: deploy, RoleSessionName: ptr("ci"), WebIdentityToken: &token,
			})
			if row.code != "" {
				refused(t, err, row.code)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			who := ok[*sts.GetCallerIdentityOutput](t)(sts.NewFromConfig(as(out.Credentials)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))
			want(t, "caller", strings.HasSuffix(at(who.Arn), ":assumed-role/deploy/ci"), true)
			want(t, "session as STS named it", at(out.AssumedRoleUser.Arn), at(who.Arn))
			_, err = sts.NewFromConfig(bare).AssumeRoleWithWebIdentity(t.Context(), &sts.AssumeRoleWithWebIdentityInput{
				RoleArn: deploy, RoleSessionName: ptr("ci"), WebIdentityToken: &token, Policy: ptr(onlyVpcs),
			})
			refused(t, err, "ValidationError")
		})
	}
}

// The audit knows who became a role, and nobody of those who did not.
func TestAuditOfWebIdentity(t *testing.T) {
	bare := p.config.Copy()
	bare.Credentials = sdk.AnonymousCredentials{}
	_, err := sts.NewFromConfig(bare).AssumeRoleWithWebIdentity(t.Context(), &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: role("none"), RoleSessionName: ptr("ci"), WebIdentityToken: ptr("nonsense"),
	})
	refused(t, err, "InvalidIdentityToken")
	calls := ok[[]aws.Entry](t)(p.cloud.Calls(func(e aws.Entry) bool { return e.Action == "sts:AssumeRoleWithWebIdentity" }))
	want(t, "principal", calls[len(calls)-1].Principal, "anonymous")
}

// A trust policy may ask for what the request says: the id that a stranger was given, and the tags of the session.
func TestTrustAsksOfTheRequest(t *testing.T) {
	arn := granted(t, aws.RoleSpec{Name: "asking", Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + p.cloud.Account() + `"},
		"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{"sts:ExternalId":"agreed","aws:RequestTag/team":"red"}}}]}`})
	red := []ststypes.Tag{{Key: ptr("team"), Value: ptr("red")}}
	for name, in := range map[string]sts.AssumeRoleInput{
		"":           {ExternalId: ptr("agreed"), Tags: red},
		"another id": {ExternalId: ptr("other"), Tags: red},
		"no tags":    {ExternalId: ptr("agreed")},
	} {
		in.RoleArn, in.RoleSessionName = arn, ptr("suite")
		_, err := sts.NewFromConfig(p.config).AssumeRole(t.Context(), &in)
		if name != "" {
			refused(t, err, "AccessDenied")
		} else if err != nil {
			t.Error(err)
		}
	}
}

// podCredentials asks as the node's agent does; the SDK's client for this service is not to be had, its signer is.
func podCredentials(t *testing.T, token string) (int, props) {
	t.Helper()
	body := ok[[]byte](t)(json.Marshal(props{"token": token}))
	r := ok[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, *p.config.BaseEndpoint+"/clusters/dev/assume-role-for-pod-identity", bytes.NewReader(body)))
	held := ok[sdk.Credentials](t)(p.config.Credentials.Retrieve(t.Context()))
	if err := signer.NewSigner().SignHTTP(t.Context(), held, r, fmt.Sprintf("%x", sha256.Sum256(body)), "eks-auth", region, time.Now()); err != nil {
		t.Fatal(err)
	}
	answer := ok[*http.Response](t)(http.DefaultClient.Do(r))
	defer answer.Body.Close()
	out := props{}
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	out["type"] = answer.Header.Get("X-Amzn-Errortype")
	return answer.StatusCode, out
}

func TestPodIdentity(t *testing.T) {
	status, out := podCredentials(t, "kube-system/cluster-autoscaler")
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, out)
	}
	want(t, "association", out["podIdentityAssociation"].(props)["associationId"], any(p.pod.id))
	want(t, "account", out["subject"].(props)["serviceAccount"], any("cluster-autoscaler"))
	held := out["credentials"].(props)
	config := p.config.Copy()
	config.Credentials = credentials.NewStaticCredentialsProvider(held["accessKeyId"].(string), held["secretAccessKey"].(string), held["sessionToken"].(string))
	who := ok[*sts.GetCallerIdentityOutput](t)(sts.NewFromConfig(config).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))
	want(t, "caller", strings.Contains(at(who.Arn), ":assumed-role/pods/eks-"), true)
	_, out = podCredentials(t, "kube-system/other")
	want(t, "no association", out["type"], any("ResourceNotFoundException"))
	_, out = podCredentials(t, "nonsense")
	want(t, "no token", out["type"], any("InvalidTokenException"))
}
