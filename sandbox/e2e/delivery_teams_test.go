package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Jobs of the frontend's own pipeline.
var (
	buildJob   = job{project: "acme/frontend", role: "paddock-dev-frontend-build", token: []string{"--protected"}}
	releaseJob = job{project: "acme/frontend", role: "paddock-dev-frontend-release", token: []string{"--protected"}}
)

// desk is a folder in which one job runs line after line.
type desk struct {
	*delivery
	job
	home string
}

func (d *delivery) desk(t *testing.T, j job) desk {
	t.Helper()
	return desk{d, j, d.home(t)}
}

func (k desk) run(t *testing.T, line string) result {
	t.Helper()
	return k.jobIn(t, k.job, k.home, "cd "+k.home+" && "+line)
}

func (k desk) write(t *testing.T, name string, content any) {
	t.Helper()
	text, isText := content.(string)
	if !isText {
		raw, err := json.Marshal(content)
		must(t, err)
		text = string(raw)
	}
	must(t, os.WriteFile(filepath.Join(k.home, name), []byte(text), 0o600))
}

// pushes is an image of one layer, put together by hand as a builder does it: $1 is the repository, $2 the tag.
const pushes = `set -eu
layer() {
  digest=sha256:$(sha256sum "$1" | cut -d' ' -f1) size=$(wc -c <"$1")
  upload=$(aws ecr initiate-layer-upload --repository-name "$repository" --query uploadId --output text)
  aws ecr upload-layer-part --repository-name "$repository" --upload-id "$upload" --part-first-byte 0 --part-last-byte $((size - 1)) \
    --layer-part-blob "fileb://$1" >/dev/null
  aws ecr complete-layer-upload --repository-name "$repository" --upload-id "$upload" --layer-digests "$digest" >/dev/null
}
repository=$1
printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}' >config
printf one >layer
layer config
config="\"size\":$size,\"digest\":\"$digest\""
layer layer
layer="\"size\":$size,\"digest\":\"$digest\""
type=application/vnd.docker
cat >manifest <<END
{"schemaVersion":2,"mediaType":"$type.distribution.manifest.v2+json","config":{"mediaType":"$type.container.image.v1+json",$config},
"layers":[{"mediaType":"$type.image.rootfs.diff.tar.gzip",$layer}]}
END
aws ecr put-image --repository-name "$repository" --image-tag "$2" --image-manifest file://manifest \
  --query image.imageId.imageTag --output text
`

func (d *delivery) builds(t *testing.T) {
	const web = "paddock-dev/frontend/web"
	k := d.desk(t, buildJob)
	k.write(t, "push", pushes)
	allowed(t, "the login to the registry", k.run(t, "aws ecr get-login-password"))
	if r := k.run(t, "sh push paddock-dev/frontend/web 4f2c"); r.code != 0 || r.out != "4f2c\n" {
		t.Fatalf("a push: exit %d\n%s", r.code, r.all())
	}
	another := "echo >>manifest && aws ecr put-image --image-manifest file://manifest --image-tag 4f2c --repository-name " + web
	refused(t, "the same tag once more", k.run(t, another), "(ImageTagAlreadyExistsException)", "immutable")
	for what, line := range map[string]string{
		"another team's repository":     "sh push paddock-dev/backend/api 4f2c",
		"another team's images":         "aws ecr list-images --repository-name paddock-dev/backend/api",
		"an image's end":                "aws ecr batch-delete-image --image-ids imageTag=4f2c --repository-name " + web,
		"tags that can be written over": "aws ecr put-image-tag-mutability --image-tag-mutability MUTABLE --repository-name " + web,
		"the cluster":                   "aws eks describe-cluster --name paddock-dev",
		"the release's role":            "aws sts assume-role --role-session-name job-2 --role-arn arn:aws:iam::" + d.id + ":role/" + releaseJob.role,
	} {
		refused(t, what, k.run(t, line), "AccessDenied", "assumed-role/"+buildJob.role)
	}
	k.write(t, "kubeconfig", d.kubeconfig(t))
	refused(t, "kubectl", k.run(t, "kubectl get pods -n frontend"), "provide credentials")
}

// kubeconfig is the stack's own; who is meant by it is whoever runs kubectl.
func (d *delivery) kubeconfig(t *testing.T) string {
	t.Helper()
	r := d.job(t, deployJob, "pulumi stack output kubeconfig")
	if r.code != 0 {
		t.Fatalf("pulumi stack output kubeconfig: %s", r.all())
	}
	return r.out
}

// rollout is a Deployment that `restricted` admits.
func rollout(name string) object {
	labels := object{"app": name}
	return object{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": name},
		"spec": object{
			"replicas": 2, "selector": object{"matchLabels": labels},
			"template": object{"metadata": object{"labels": labels}, "spec": pod(name)["spec"]},
		},
	}
}

func (d *delivery) releases(t *testing.T) {
	k := d.desk(t, releaseJob)
	k.write(t, "web.json", rollout("web"))
	if r := k.run(t, "aws eks update-kubeconfig --name paddock-dev"); r.code != 0 {
		t.Fatalf("aws eks update-kubeconfig: %s", r.all())
	}
	registry := d.id + ".dkr.ecr.us-west-2.amazonaws.com/paddock-dev/frontend/web:4f2c"
	for _, line := range []string{
		"kubectl -n frontend apply -f web.json", "kubectl -n frontend rollout status deployment/web --timeout=60s",
		"kubectl -n frontend set image deployment/web app=" + registry, "kubectl -n frontend rollout status deployment/web --timeout=60s",
		"kubectl -n frontend rollout undo deployment/web", "kubectl -n frontend get pods,replicasets,services",
		"aws ecr describe-images --repository-name paddock-dev/frontend/web --image-ids imageTag=4f2c",
		"aws ecr list-images --repository-name paddock-dev/frontend/cart",
	} {
		allowed(t, line, k.run(t, line))
	}
	for _, line := range []string{
		"-n backend apply -f web.json", "-n backend get pods", "-n backend delete deployments --all", "-n backend get secrets",
		"-n kube-system apply -f web.json", "-n kube-system get secrets", "-n kube-system get configmaps", "-n default apply -f web.json",
		"get namespaces", "create namespace more", "label namespace frontend --overwrite pod-security.kubernetes.io/enforce=privileged",
		"get secrets -A", "get nodes", "create clusterrole more --verb=get --resource=pods",
		"create clusterrolebinding more --clusterrole=cluster-admin --user=x", "-n frontend create rolebinding more --clusterrole=admin --user=x",
		"-n frontend delete resourcequota team-quota", "delete validatingadmissionpolicybinding paddock-fence", "get pods -n backend --as=system:admin",
	} {
		refused(t, "kubectl "+line, k.run(t, "kubectl "+line), "orbidden", "assumed-role/"+releaseJob.role)
	}
	for _, line := range []string{
		"aws ecr describe-images --repository-name paddock-dev/backend/api",
		"aws ecr list-images --repository-name paddock-dev/backend/api",
		"aws ecr initiate-layer-upload --repository-name paddock-dev/frontend/web",
		"aws ecr batch-delete-image --repository-name paddock-dev/frontend/web --image-ids imageTag=4f2c",
		"aws eks list-access-entries --cluster-name paddock-dev",
		"aws ec2 describe-vpcs", "aws s3 cp s3://paddock-state-" + d.id + "/.pulumi/stacks/paddock-bootstrap/account.json -",
	} {
		refused(t, line, k.run(t, line), "not authorized to perform", "assumed-role/"+releaseJob.role)
	}
	allowed(t, "the end of its Deployment", k.run(t, "kubectl -n frontend delete deployment web"))
}

// strangers hold tokens of GitLab's that are not those which a role trusts.
func (d *delivery) strangers(t *testing.T) {
	for _, own := range []job{deployJob, buildJob, releaseJob} {
		allowed(t, own.role, d.job(t, own, "aws sts get-caller-identity"))
		for what, j := range map[string]job{
			"another branch":        {ref: "feature", token: own.token},
			"a branch that ends so": {ref: "x/main", token: own.token},
			"a tag of that name":    {token: []string{"--protected", "--ref-type", "tag"}},
			"no protection":         {token: nil},
			"a fork":                {project: "stranger/frontend", token: own.token},
			"another team":          {project: "acme/backend", token: own.token},
			"another audience":      {token: []string{"--protected", "--audience", "https://vault.example.com"}},
			"another GitLab":        {token: []string{"--protected", "--url", "https://gitlab.example.com"}},
		} {
			if j.role = own.role; j.project == "" {
				j.project = own.project
			}
			r := d.job(t, j, "aws sts get-caller-identity")
			refused(t, own.role+": "+what, r, "AssumeRoleWithWebIdentity")
			if !strings.Contains(r.all(), "AccessDenied") && !strings.Contains(r.all(), "InvalidIdentityToken") {
				t.Errorf("%s: %s: %s", own.role, what, r.all())
			}
		}
	}
}
