package stacks_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// statements reads what the pipeline's roles may do in a platform named paddock-dev.
func statements(t *testing.T, pattern string) (list []statement) {
	t.Helper()
	entries, err := os.ReadDir("../components/delivery/testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "rights-"+pattern+"-") || strings.HasSuffix(e.Name(), "-state.json") {
			continue
		}
		raw, err := os.ReadFile("../components/delivery/testdata/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		var document struct{ Statement []statement }
		if err := json.Unmarshal(raw, &document); err != nil {
			t.Fatal(err)
		}
		list = append(list, document.Statement...)
	}
	return list
}

type statement struct {
	Sid              string
	Action, Resource []string
	Condition        map[string]map[string][]string
}

// The policies of AWS's own that a deployment may attach are those that the program attaches.
func TestDeployAttachesWhatTheProgramDoes(t *testing.T) {
	var attached []string
	for _, r := range with(t, nil).OfType("aws:iam/rolePolicyAttachment:RolePolicyAttachment") {
		attached = append(attached, r.Input("policyArn").(string))
	}
	attached = append(attached, "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy") // by pulumi-eks, which the recorder does not run
	slices.Sort(attached)
	for _, s := range statements(t, "deploy") {
		if s.Sid == "IamRoleAttach" {
			if allowed := s.Condition["ArnEquals"]["iam:PolicyARN"]; !slices.Equal(allowed, slices.Compact(attached)) {
				t.Errorf("allowed %v\nattached %v", allowed, attached)
			}
			return
		}
	}
	t.Error("no statement IamRoleAttach")
}

// Every service that the program has resources of is in the rights, and previews only read.
func TestRights(t *testing.T) {
	may := map[string]bool{}
	for _, s := range statements(t, "deploy") {
		for _, action := range s.Action {
			may[action] = true
		}
	}
	for _, s := range statements(t, "preview") {
		for _, action := range s.Action {
			_, verb, _ := strings.Cut(action, ":")
			if !may[action] || !strings.HasPrefix(verb, "Describe") && !strings.HasPrefix(verb, "Get") && !strings.HasPrefix(verb, "List") {
				t.Errorf("preview may %s", action)
			}
		}
	}
}
