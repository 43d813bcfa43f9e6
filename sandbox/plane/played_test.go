package plane

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"

	podfast "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
	"sigs.k8s.io/yaml"

	"paddock/sandbox/pods"
)

// stage is what of KWOK's Stage is looked at.
type stage struct {
	Metadata struct{ Name string }
	Spec     struct {
		ResourceRef struct{ Kind string }
		Selector    struct {
			MatchExpressions []struct {
				Key, Operator string
				Values        []string
			}
		}
		Delay struct {
			DurationMilliseconds *int
			DurationFrom         struct{ ExpressionFrom string }
		}
		Next map[string]any
	}
}

// stages are those of pods, by name, as KWOK reads them.
func stages(t *testing.T) map[string]stage {
	t.Helper()
	out := map[string]stage{}
	for _, doc := range strings.Split(kwokConfig(), "\n---\n") {
		var s stage
		if err := yaml.Unmarshal([]byte(doc), &s); err != nil {
			t.Fatal(err)
		}
		if s.Spec.ResourceRef.Kind == "Pod" {
			out[s.Metadata.Name] = s
		}
	}
	return out
}

var tested = regexp.MustCompile(`^\.spec\.containers\[\]\.image \| test\((".*")\)$`)

// KWOK leaves every stage of a pod that is run as a process alone, and plays all others as before.
func TestPlayed(t *testing.T) {
	all := stages(t)
	if len(all) != 3 {
		t.Fatalf("%d stages of pods, want three", len(all))
	}
	for name, s := range all {
		m := s.Spec.Selector.MatchExpressions
		last := m[len(m)-1]
		found := tested.FindStringSubmatch(last.Key)
		if found == nil || last.Operator != "NotIn" || len(last.Values) != 1 || last.Values[0] != "true" {
			t.Errorf("%s: %+v", name, last)
			continue
		}
		text, err := strconv.Unquote(found[1]) // jq's strings are JSON's
		if err != nil || !json.Valid([]byte(found[1])) {
			t.Fatalf("%s: %s: %v", name, found[1], err)
		}
		pattern := regexp.MustCompile(text)
		for image, process := range map[string]bool{
			"registry.k8s.io/autoscaling/cluster-autoscaler:v1.34.2": true, "cluster-autoscaler": true, "a.b:5000/cluster-autoscaler@sha256:0": true,
			"registry.k8s.io/cpa/cluster-proportional-autoscaler:v1": true, "x/cluster-autoscaler/sidecar:v1": false,
			"x/my-cluster-autoscaler:v1": false, "nginx": false, "": false,
		} {
			if got := pattern.MatchString(image); got != process {
				t.Errorf("%s: %q is a process: %v", name, image, got)
			}
		}
		if k := m[len(m)-2]; k.Key != `.metadata.annotations["`+pods.FromImage+`"]` || k.Operator != "DoesNotExist" {
			t.Errorf("%s: %+v, want those of registered images left out", name, k)
		}
		if len(s.Spec.Next) == 0 || len(m) < 3 {
			t.Errorf("%s lost what KWOK has in it: %+v", name, s.Spec)
		}
	}
}

// Only the start of a pod waits for its image; one without the annotation is ready at once.
func TestPulled(t *testing.T) {
	for name, s := range stages(t) {
		want := ""
		if name == "pod-ready" {
			want = `.metadata.annotations["` + pods.PullDelay + `"]`
		}
		if got := s.Spec.Delay.DurationFrom.ExpressionFrom; got != want {
			t.Errorf("%s: delay from %q, want %q", name, got, want)
		}
		if want != "" && (s.Spec.Delay.DurationMilliseconds == nil || *s.Spec.Delay.DurationMilliseconds != 0) {
			t.Errorf("%s: without the annotation %v ms, want 0", name, s.Spec.Delay.DurationMilliseconds)
		}
	}
	if strings.Contains(podfast.DefaultPodReady, "delay:") {
		t.Error("KWOK's own stage has a delay now, which ours replaces")
	}
}
