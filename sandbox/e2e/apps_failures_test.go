package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mishap is something that goes wrong with a release of frontend.
type mishap struct {
	name     string
	tag      string // that is deployed; unset: the one that serves
	old, new string // in the service file
	set, end string // what the platform's administrator does before, and takes back
	early    bool   // refused before anything is made
	back     bool   // it did come up, and is taken back
	want     []string
}

const tightLimits = `{"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "tight", "namespace": "frontend"},
	"spec": {"limits": [{"type": "Container", "max": {"memory": "32Mi"}}]}}`

// noV3 is a policy of the operator's own.
const noV3 = `{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "no-v3"}, "spec": {
	"matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]},
	"validations": [{"expression": "object.spec.containers.all(c, !c.image.endsWith(':v3'))", "message": "want no v3 on a Friday"}]}}
{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": "no-v3"}, "spec": {
	"policyName": "no-v3", "validationActions": ["Deny"]}}`

// filler takes every place that the nodes have at their most.
const filler = `{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "filler", "namespace": "default"}, "spec": {"replicas": 200,
	"selector": {"matchLabels": {"app": "filler"}}, "template": {"metadata": {"labels": {"app": "filler"}},
	"spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": "filler", "image": "filler", "resources": {"requests": {"cpu": "10m"}}}]}}}}`

// filled waits until all nodes that there may be are there, and full: on a node that comes later, a new pod might be first.
const filled = `for i in $(seq 180); do
	test $(kubectl get nodes --no-headers | grep -cw Ready) = 6 && test $(kubectl get pods -n default --no-headers | grep -cw Pending) -gt 0 && break
	sleep 1
done; sleep 5`

// All are made on purpose, on a platform that works.
var appsFailures = []mishap{
	{name: "no such image", tag: "v404", want: []string{
		"version v404 did not roll out: its image cannot be pulled", "frontend/frontend:v404", "the registry says: ", "not found",
		"what to do: push the image"}},
	{name: "a crash", tag: "crash", want: []string{
		"version crash did not roll out: it crashes", "exit code 3, 3 times", "the end of its log:", "no database anywhere", "mend what its log tells"}},
	{name: "a probe", old: "ready: /healthz", new: "ready: /nowhere", want: []string{
		"its startup probe fails", "GET /nowhere on port", "answers 404", "or mend health.ready in service.yaml"}},
	{name: "a secret", old: "env: {LOG_LEVEL: info}", new: "secrets: {TOKEN: {name: till, key: token}}", want: []string{
		"something that its container is given is missing", `secret "till" not found`, "make it in namespace frontend"}},
	{name: "the quota", tag: "v3", set: "kubectl create quota tight --hard=pods=2 -n frontend",
		end: "kubectl delete quota tight -n frontend", want: []string{
			"the namespace's quota is used up", "quota tight of namespace frontend: pods: ", "of 2 are used, and a pod asks for 1"}},
	{name: "a limit", tag: "v3", set: "kubectl apply -f -<<'E'\n" + tightLimits + "\nE", end: "kubectl delete limitrange tight -n frontend", want: []string{
		"the namespace's limits for one container forbid it", "maximum memory usage per Container is 32Mi, but limit is 64Mi"}},
	{name: "a policy", tag: "v3", set: "kubectl apply -f -<<'E'\n" + noV3 + "\nE\nsleep 5", end: "kubectl delete validatingadmissionpolicy,validatingadmissionpolicybinding no-v3",
		want: []string{"a policy of the cluster forbids it", "ValidatingAdmissionPolicy 'no-v3' says: want no v3 on a Friday"}},
	{name: "no room", tag: "v3", set: "kubectl apply -f -<<'E'\n" + filler + "\nE\n" + filled, end: "kubectl delete deployment filler -n default", want: []string{
		"no node has room for it", "the scheduler says: ", "Too many pods", "the autoscaler will not add a node: ", "max node group size reached",
		"paddock:nodeGroups.<group>.max"}},
	{name: "a smoke check", tag: "v3", old: "contains: ok", new: "contains: hay", back: true, want: []string{
		"version v3 starts, but fails its smoke check: GET /smoke on port 8080: it answers 200, without \"hay\"", "the end of its log:",
		"version v2 is put back, and serves again"}},
	{name: "a maximum out of reach", old: "max: 8", new: "max: 200", early: true, want: []string{
		"capacity: frontend: max 200 pods of 100m: needs ", "group default stops at 6"}},
	{name: "a file with faults", old: "port: 8080", new: "port: eighty", early: true, want: []string{`frontend/service.yaml:4: port: "eighty": want a whole number`}},
}

func (a *apps) failures(t *testing.T) {
	a.register(t, "frontend", "v3", a.program("frontend"))
	a.register(t, "frontend", "crash", "/bin/sh", "-c", "echo no database anywhere >&2; exit 3")
	for _, f := range appsFailures {
		t.Run(f.name, func(t *testing.T) { a.fails(t, f) })
	}
	if r := a.release(t, "frontend", "v2"); r.code != 0 {
		t.Errorf("back at what works: exit %d\n%s", r.code, r.all())
	}
}

func (a *apps) fails(t *testing.T, f mishap) {
	if f.set != "" {
		if r := a.shell(t, f.set); r.code != 0 {
			t.Fatal(r.all())
		}
	}
	a.edit(t, "frontend", f.old, f.new)
	if f.tag == "" {
		f.tag = "v2"
	}
	l := a.loader(t)
	l.begin(l.every, func() (int, error) { return l.get("/api/jobs") })
	r := a.release(t, "frontend", f.tag)
	l.end(t, 5)
	a.restore(t, "frontend")
	if f.end != "" {
		a.shell(t, f.end)
	}
	if r.code == 0 {
		t.Errorf("exit 0")
	}
	if !f.early && !f.back {
		f.want = append(f.want, "frontend/frontend: version "+f.tag+" did not roll out: ", " still serves with 2 of 2 pods")
	}
	for _, want := range f.want {
		if !strings.Contains(r.all(), want) {
			t.Errorf("lacks %q:\n%s", want, r.all())
		}
	}
	// The template is that of v2 as well once a version has been taken back.
	if v := a.version(t, "frontend"); f.back && v != "v2" {
		t.Errorf("afterwards the Deployment is at %s", v)
	}
	if status, body, _ := a.door.ask(t, a.url("/version")); status != 200 {
		t.Errorf("afterwards: %d %s", status, body)
	}
}

// edit changes a service's file; restore takes it back.
func (a *apps) edit(t *testing.T, service, old, new string) {
	t.Helper()
	file := filepath.Join(a.root, "apps", service, "service.yaml")
	text, err := os.ReadFile(file)
	must(t, err)
	changed := strings.Replace(string(text), old, new, 1)
	if changed == string(text) && old != new {
		t.Fatalf("%s has no %q", file, old)
	}
	must(t, os.WriteFile(file, []byte(changed), 0o644))
}

func (a *apps) restore(t *testing.T, service string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(checkout(t), "apps", service, "service.yaml"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(a.root, "apps", service, "service.yaml"), text, 0o644))
}
