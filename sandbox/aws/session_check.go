package aws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// marks is the input in which the provider remembers which others it filled in.
const marks = "__defaults"

// Check fills in the provider's own defaults, the automatic name and the default tags, and applies the rules that need
// nothing but the inputs.
func (s *session) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	token := tokenOf(req.GetUrn(), req.GetType())
	k, err := kindOf(token)
	if err != nil {
		return nil, answer("check", token, err)
	}
	in := plain(req.GetNews())
	if in == nil {
		in = Props{}
	}
	autoname(k, in, plain(req.GetOlds()), req)
	_, tags, blurred := s.at()
	if k.Tagged && (len(tags) > 0 || blurred) {
		addTags(in, tags, blurred)
	}
	out, err := packed(in)
	if err != nil {
		return nil, err
	}
	resp := &pulumirpc.CheckResponse{Inputs: out}
	for _, f := range k.faults(in) {
		resp.Failures = append(resp.Failures, &pulumirpc.CheckFailure{Property: f.Property, Reason: f.Reason})
	}
	return resp, nil
}

func addTags(in, tags Props, blurred bool) {
	if isUnknown(in["tags"]) || blurred {
		in["tags"] = unknown
		return
	}
	in["tags"] = merge(tags, mapAt(in, "tags"))
}

// autoname gives a name where the program gives none, and keeps it from then on.
func autoname(k *Kind, in, old Props, req *pulumirpc.CheckRequest) {
	if k.Name == "" || in[k.Name] != nil || in[k.Name+"Prefix"] != nil {
		return
	}
	in[marks] = []any{k.Name}
	if before := str(old, k.Name); before != "" && slices.Contains(strs(old, marks), k.Name) {
		in[k.Name] = before
		return
	}
	switch a := req.GetAutonaming(); {
	case a.GetProposedName() != "":
		in[k.Name] = a.GetProposedName()
		return
	}
	longest := k.NameMax
	if longest == 0 {
		longest = 255
	}
	name := req.GetName()
	if name == "" {
		_, name = urnParts(req.GetUrn())
	}
	if k.NameSmall {
		name = strings.ToLower(name)
	}
	name = name[:min(len(name), longest-8-len(k.NameStart))]
	in[k.Name] = fmt.Sprintf("%s%s-%s", k.NameStart, name, suffix(req.GetRandomSeed()))
}

// suffix is the 7 hex digits that Pulumi puts behind names: the same for the preview and the update that follows.
func suffix(seed []byte) string {
	if len(seed) == 0 {
		return hexID("", 7)
	}
	sum := sha256.Sum256(seed)
	return hex.EncodeToString(sum[:])[:7]
}

// Diff compares the inputs; state that moved on AWS shows there too, since a refresh brings inputs in line.
func (s *session) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	token := tokenOf(req.GetUrn(), req.GetType())
	k, err := kindOf(token)
	if err != nil {
		return nil, answer("diff", token, err)
	}
	was, in := plain(req.GetOldInputs()), plain(req.GetNews())
	if was == nil {
		was = plain(req.GetOlds())
	}
	var changes []Change
	for _, c := range k.diff(was, in) {
		if !ignores(req.GetIgnoreChanges(), c.Path) {
			changes = append(changes, c)
		}
	}
	return diffResponse(changes, k.First || k.fixedName(was, in)), nil
}

func ignores(paths []string, path string) bool {
	for _, p := range paths {
		if p == path || p == "*" || len(path) > len(p) && path[:len(p)] == p && (path[len(p)] == '.' || path[len(p)] == '[') {
			return true
		}
	}
	return false
}

// fixedName says that old and new would meet under one name that the program chose, so that the old one must go first.
func (k *Kind) fixedName(was, in Props) bool {
	if k.Name == "" || slices.Contains(strs(in, marks), k.Name) {
		return false
	}
	return str(in, k.Name) != "" && str(in, k.Name) == str(was, k.Name)
}
