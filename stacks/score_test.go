package stacks_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/service"
	"paddock/components/testkit"
	"paddock/servicefile"
)

// waivers let a finding of kube-score stand, by its check and the objects that it may be about, with the reason.
var waivers = []waiver{
	{"container-image-pull-policy", "Deployment/apps/v1/*/*",
		"tags never move: the platform's repositories refuse it, and third parties' images are fixed releases. A node that has one needs no registry"},
	{"container-ephemeral-storage-request-and-limit", "Deployment/apps/v1/*/*",
		"roots are read-only, /tmp is bounded by its volume, and the kubelet rotates logs: there is nothing else to bound"},
	{"pod-probes-identical", "Deployment/apps/v1/*/shop", "a service file without health.live says so; the liveness probe is the more patient"},
	{"pod-probes-identical", "Deployment/apps/v1/*/mailer", "as above"},
	{"pod-probes-identical", "Deployment/apps/v1/*/backend", "as above"},
	{"pod-probes-identical", "Deployment/apps/v1/kube-system/cluster-autoscaler", "the binary has one health path"},
	{"pod-networkpolicy", "Deployment/apps/v1/kube-system/*",
		"what runs there calls AWS and the API server, at addresses that change; the namespace is the platform's, and no team's pods are in it"},
	{"pod-networkpolicy", "Deployment/apps/v1/paddock-headroom/headroom", "pods that do nothing talk to nobody"},
	{"deployment-has-poddisruptionbudget", "Deployment/apps/v1/paddock-headroom/headroom", "room that is kept for others gives way at once"},
}

type waiver struct{ check, objects, why string }

// TestScore has kube-score judge every Kubernetes object that the platform and its services create. It builds a program, and so runs
// with `make check` only.
func TestScore(t *testing.T) {
	if os.Getenv("PADDOCK_SCORE") == "" {
		t.Skip("PADDOCK_SCORE is not set; make check sets it")
	}
	used := make([]bool, len(waivers))
	services := servicesOf(t)
	for _, file := range stackFiles(t) {
		all := append(manifests(t, program(t, file)), services...)
		for _, f := range judged(t, all) {
			i := slices.IndexFunc(waivers, func(w waiver) bool {
				fits, err := path.Match(w.objects, f.object)
				return err == nil && fits && w.check == f.check
			})
			if i < 0 {
				t.Errorf("%s: %s: %s", f.object, f.check, f.says)
			} else {
				used[i] = true
			}
		}
	}
	for i, w := range waivers {
		if !used[i] {
			t.Errorf("the waiver of %s for %s is not needed", w.check, w.objects)
		}
	}
}

// manifests are a record's Kubernetes objects, each as JSON, which is YAML, too.
func manifests(t *testing.T, record testkit.Record) []byte {
	var all bytes.Buffer
	for _, key := range record.Keys() {
		r := record[key]
		if !strings.HasPrefix(r.Type, "kubernetes:") || r.Input("kind") == nil {
			continue
		}
		raw, err := json.Marshal(r.Plain())
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString("---\n" + string(raw) + "\n")
	}
	return all.Bytes()
}

// servicesOf are the objects of services of all kinds.
func servicesOf(t *testing.T) []byte {
	files, err := filepath.Glob("../servicefile/testdata/good/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no service files: %v", err)
	}
	var all []byte
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := servicefile.Load(file, raw)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, manifests(t, testkit.Run(t, func(ctx *pulumi.Context) error {
			_, err := service.New(ctx, f.Name, &service.Args{
				File: f, Image: "registry.example.com/" + f.Name + ":1",
				Ingress: &service.Ingress{Domain: "example.com", Class: "alb", SourceBlocks: []string{"10.0.0.0/24"}},
			})
			return err
		}))...)
	}
	return all
}

type finding struct{ object, check, says string }

// judged returns the critical findings.
func judged(t *testing.T, manifests []byte) []finding {
	t.Helper()
	modules, err := filepath.Abs("../sandbox/tools/lint/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "tool", "-modfile="+modules, "kube-score", "score", "--kubernetes-version", "v1.34", "--output-format", "json", "-")
	cmd.Stdin = bytes.NewReader(manifests)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output() // it exits 1 if anything is critical
	var objects []struct {
		Object string `json:"object_name"`
		Checks []struct {
			Check    struct{ ID string }
			Grade    int
			Skipped  bool
			Comments []struct{ Path, Summary string }
		}
	}
	if json.Unmarshal(out, &objects) != nil || len(objects) == 0 {
		t.Fatalf("kube-score: %v\n%s%s", err, out, stderr.Bytes())
	}
	const critical = 1
	var found []finding
	for _, o := range objects {
		for _, c := range o.Checks {
			if c.Skipped || c.Grade != critical {
				continue
			}
			says := []string{}
			for _, comment := range c.Comments {
				says = append(says, strings.TrimSpace(comment.Path+" "+comment.Summary))
			}
			found = append(found, finding{o.Object, c.Check.ID, strings.Join(says, "; ")})
		}
	}
	return found
}
