package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/spf13/cobra"

	"paddock/sandbox/atomicfile"
)

const (
	gitlabKeyBits = 2048      // as GitLab's own key
	gitlabLife    = time.Hour // GitLab's default timeout of a job, which bounds its token
)

// gitlab is what a job's id token says.
type gitlab struct {
	url, audience string
	project       string
	ref, refType  string
	protected     bool
	claims        map[string]string
}

// gitlabCommand plays a GitLab whose jobs ask for id tokens.
func (a *app) gitlabCommand() *cobra.Command {
	g := gitlab{}
	cmd := &cobra.Command{Use: "gitlab-token --project GROUP/PROJECT", Short: "print an id token as a GitLab job has it, of an issuer that the stand-in knows", Args: cobra.NoArgs,
		Long: "Print an id token as a GitLab job has it. The issuer's public key is made known to the stand-in, which never asks its URL.\n" +
			"With the token in a file, AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN lead AWS's tools to the role; unset AWS_ACCESS_KEY_ID.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := g.check(); err != nil {
				return err
			}
			key, err := gitlabKey(a.path("gitlab.key"))
			if err != nil {
				return fmt.Errorf("gitlab-token: key: %w", err)
			}
			keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}})
			if err != nil {
				return err
			}
			if err := a.announce(cmd.Context(), g.url, keys); err != nil {
				return err
			}
			text, err := g.token(key, time.Now())
			if err == nil {
				fmt.Println(text)
			}
			return err
		}}
	f := cmd.Flags()
	f.StringVar(&g.url, "url", "https://gitlab.com", "the GitLab instance, which is the token's issuer")
	f.StringVar(&g.audience, "audience", "", "who the token is for; default the instance's URL")
	f.StringVar(&g.project, "project", "", "path of the project, such as group/project")
	f.StringVar(&g.ref, "ref", "main", "branch or tag that the job runs for")
	f.StringVar(&g.refType, "ref-type", "branch", "branch or tag")
	f.BoolVar(&g.protected, "protected", false, "the ref is protected")
	f.StringToStringVar(&g.claims, "claim", nil, "another claim, as name=value; it wins over what the flags say")
	_ = cmd.MarkFlagRequired("project") // the flag is defined above
	return cmd
}

var gitlabProject = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+$`)

func (g *gitlab) check() error {
	var faults []error
	if !strings.HasPrefix(g.url, "https://") {
		faults = append(faults, fmt.Errorf("--url %q: want an https URL", g.url))
	}
	if !gitlabProject.MatchString(g.project) {
		faults = append(faults, fmt.Errorf("--project %q: want group/project", g.project))
	}
	if g.refType != "branch" && g.refType != "tag" {
		faults = append(faults, fmt.Errorf("--ref-type %q: want branch or tag", g.refType))
	}
	return errors.Join(faults...)
}

// token is signed by key; its claims are those of GitLab's reference ("ID token payload"), where nearly all are strings.
func (g *gitlab) token(key jose.JSONWebKey, now time.Time) (string, error) {
	namespace, name := g.project[:strings.LastIndex(g.project, "/")], g.project
	refs := map[string]string{"branch": "heads", "tag": "tags"}
	path := "refs/" + refs[g.refType] + "/" + g.ref
	jti := make([]byte, 16)
	if _, err := rand.Read(jti); err != nil {
		return "", err
	}
	says := map[string]any{
		"iss": g.url, "aud": g.audience, "sub": fmt.Sprintf("project_path:%s:ref_type:%s:ref:%s", name, g.refType, g.ref),
		"iat": now.Unix(), "nbf": now.Add(-5 * time.Second).Unix(), "exp": now.Add(gitlabLife).Unix(), "jti": fmt.Sprintf("%x", jti),
		"namespace_id": number(namespace), "namespace_path": namespace, "project_id": number(name), "project_path": name,
		"user_id": "1", "user_login": "sandbox", "user_email": "sandbox@example.com", "user_access_level": "maintainer",
		"pipeline_id": fmt.Sprint(now.Unix()), "pipeline_source": "push", "job_id": fmt.Sprint(now.Unix() + 1),
		"ref": g.ref, "ref_type": g.refType, "ref_path": path, "ref_protected": fmt.Sprint(g.protected),
		"runner_id": 1, "runner_environment": "self-hosted", "sha": strings.Repeat("0", 40), "project_visibility": "private",
		"ci_config_ref_uri": fmt.Sprintf("%s/%s//.gitlab-ci.yml@%s", strings.TrimPrefix(g.url, "https://"), name, path), "ci_config_sha": strings.Repeat("0", 40),
	}
	if g.audience == "" {
		says["aud"] = g.url
	}
	for k, v := range g.claims {
		says[k] = v
	}
	by, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	return jwt.Signed(by).Claims(says).Serialize()
}

// number is an id for a path, the same every time.
func number(path string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(path)) // a hash takes everything
	return fmt.Sprint(h.Sum32())
}

// gitlabKey reads the issuer's key, or makes one.
func gitlabKey(file string) (jose.JSONWebKey, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		text, err = newGitlabKey(file)
	}
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return jose.JSONWebKey{}, fmt.Errorf("%s: want PEM; remove it for a new one", file)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return jose.JSONWebKey{}, fmt.Errorf("%s: %w; remove it for a new one", file, err)
	}
	out := jose.JSONWebKey{Key: key, Algorithm: string(jose.RS256), Use: "sig"}
	print, err := out.Thumbprint(crypto.SHA256)
	out.KeyID = base64.RawURLEncoding.EncodeToString(print)
	return out, err
}

func newGitlabKey(file string) ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, gitlabKeyBits)
	if err != nil {
		return nil, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
	return text, atomicfile.Write(file, text, 0o600)
}
