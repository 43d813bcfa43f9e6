package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// change is one step of an update that changed something: no "same", and not the reading that comes first.
type change struct {
	op, urn    string
	begun, end int // where in the order of events
}

// name is the resource's own, the URN's last part.
func (c change) name() string { return c.urn[strings.LastIndex(c.urn, "::")+2:] }

// token is the resource's own type.
func (c change) token() string {
	parts := strings.Split(c.urn, "::")
	return parts[len(parts)-2][strings.LastIndex(parts[len(parts)-2], "$")+1:]
}

func (c change) String() string { return c.op + " " + c.token() + " " + c.name() }

// changes runs a verb that must succeed and returns what it did, in order of completion.
func (s *sandbox) changes(t *testing.T, verb string, flags ...string) []change {
	t.Helper()
	r, list := s.events(t, verb, flags...)
	if r.code != 0 {
		t.Fatalf("sandbox %s %s: exit %d\n%s", verb, strings.Join(flags, " "), r.code, r.all())
	}
	return list
}

// events runs a verb and returns how it ended and what it changed.
func (s *sandbox) events(t *testing.T, verb string, flags ...string) (result, []change) {
	t.Helper()
	file := filepath.Join(s.dir, "events.json")
	must(t, os.RemoveAll(file))
	r := s.verb(t, verb, append(flags, "--event-log", file)...)
	text, err := os.ReadFile(file)
	must(t, err)
	var list []change
	begun := map[string]int{}
	for i, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		var e apitype.EngineEvent
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("event %q: %v", line, err)
		}
		switch {
		case e.ResourcePreEvent != nil:
			m := e.ResourcePreEvent.Metadata
			begun[string(m.Op)+m.URN] = i
		case e.ResOutputsEvent != nil && e.ResOutputsEvent.Metadata.Op != apitype.OpSame && e.ResOutputsEvent.Metadata.Op != apitype.OpRefresh:
			m := e.ResOutputsEvent.Metadata
			list = append(list, change{string(m.Op), m.URN, begun[string(m.Op)+m.URN], i})
		}
	}
	return r, list
}

// only fails for every change that is of another op than the one wanted, or that ok does not know; none at all fails too.
func only(t *testing.T, list []change, op string, ok func(change) bool) {
	t.Helper()
	if len(list) == 0 {
		t.Errorf("nothing changed; want op %s", op)
	}
	for _, c := range list {
		if c.op != op || !ok(c) {
			t.Errorf("unwanted: %s (%s)", c, c.urn)
		}
	}
}

// names lists changes for a comparison.
func names(list []change) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.String())
	}
	slices.Sort(out)
	return out
}

// one is the only change of a token whose name ends so.
func one(t *testing.T, list []change, token, suffix string) change {
	t.Helper()
	var found []change
	for _, c := range list {
		if c.token() == token && strings.HasSuffix(c.name(), suffix) {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		t.Fatalf("want one change of %s %s, got %s", token, suffix, fmt.Sprint(found))
	}
	return found[0]
}
