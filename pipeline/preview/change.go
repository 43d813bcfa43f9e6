package preview

// Kind is what would become of a resource.
type Kind string

const (
	Create  Kind = "create"
	Update  Kind = "update"
	Replace Kind = "replace"
	Delete  Kind = "delete"
	Drift   Kind = "drift" // it has changed outside of Pulumi, which the preview's refresh found; nothing is done by that alone
	Gone    Kind = "gone"  // likewise: it is there no more
)

// Kinds are all kinds, the most dangerous first.
var Kinds = []Kind{Replace, Delete, Gone, Update, Drift, Create}

// kinds says which of Pulumi's operations are changes. Those of a replacement's single steps are shown by Pulumi only when
// asked, beside the whole: they are of the same kind and of the same resource.
var kinds = map[string]Kind{
	"create": Create, "import": Create,
	"update": Update,
	"delete": Delete,

	"replace": Replace, "create-replacement": Replace, "delete-replaced": Replace, "import-replacement": Replace,
	"read-replacement": Replace, "discard-replaced": Replace,
}

// Change is one resource that would change.
type Change struct {
	Kind       Kind
	Type, Name string
	ID         string // "" = not yet known
	Component  Component
	Imported   bool // it exists and comes under Pulumi's care
	Retained   bool // deleted from Pulumi's state only
	Gone       bool // it is made anew, since somebody else deleted it
	Properties []Property
	Outside    []Property // what was changed outside of Pulumi since the last update
	Reasons    []string   // properties that force a replacement
}

// ByOthers says that something happened to the resource outside of Pulumi.
func (c Change) ByOthers() bool {
	return c.Kind == Drift || c.Kind == Gone || c.Gone || len(c.Outside) > 0
}

// Component is what a resource belongs to: its nearest parent that is a component, or itself if it is one.
type Component struct{ Type, Name string } // zero = the stack itself

// changes picks the changes out of the steps, in their order.
func changes(steps []step) []Change {
	latest := map[string]*state{}
	for _, s := range steps {
		if st := s.state(); st != nil {
			latest[s.URN] = st
		}
	}
	refreshed := refreshes(steps)
	before := map[string]*state{} // as Pulumi knew it before the refresh
	seen := map[string]bool{}
	var out []Change
	for i, s := range steps {
		if s.Op == "refresh" {
			before[s.URN] = s.OldState
		}
		kind, ok := s.kind(refreshed[i])
		if key := string(kind) + s.URN; !ok || seen[key] {
			continue
		} else {
			seen[key] = true
		}
		u := parseURN(s.URN)
		c := Change{Kind: kind, Type: u.kind, Name: u.name, Component: component(s.URN, latest), Imported: s.Op == "import"}
		for _, st := range []*state{s.OldState, s.NewState} {
			if st != nil && st.ID != "" && c.ID == "" {
				c.ID = st.ID
			}
		}
		c.Retained = (kind == Delete || kind == Replace) && s.OldState != nil && s.OldState.RetainOnDelete
		known := before[s.URN]
		secrets := s.secrets(known)
		c.Properties, c.Reasons = s.properties(kind, secrets), s.reasons()
		c.Gone = s.Op == "create" && known != nil
		if known != nil && s.OldState != nil {
			c.Outside = step{OldState: known, NewState: s.OldState}.properties(Update, secrets)
		}
		out = append(out, c)
	}
	return out
}

func (s step) state() *state {
	if s.NewState != nil {
		return s.NewState
	}
	return s.OldState
}

// kind says what a step does; false for what changes nothing.
func (s step) kind(refreshed bool) (Kind, bool) {
	kind, ok := kinds[s.Op]
	switch {
	case refreshed && s.Op == "update":
		return Drift, true
	case refreshed && s.Op == "delete":
		return Gone, true
	case s.Op == "same": // shown although nothing else changes
		return Update, s.OldState != nil && s.NewState != nil && s.OldState.Protect != s.NewState.Protect
	}
	return kind, ok
}

// refreshes says which steps are those of a refresh. The refresh comes first and has a step for each resource of the state. In
// `pulumi refresh --preview-only` it is turned into an update or delete where something is not as it was; in a preview that
// refreshes first, it stays a refresh, and only the states of the steps that follow tell.
func refreshes(steps []step) []bool {
	last, twice := -1, false
	first := make([]bool, len(steps))
	seen := map[string]bool{}
	for i, s := range steps {
		if s.Op == "refresh" {
			last = i
		}
		first[i] = !seen[s.URN]
		twice = twice || seen[s.URN]
		seen[s.URN] = true
	}
	if last >= 0 && !twice { // nothing but a refresh: a program's steps follow with the stack's own
		last = len(steps)
	}
	for i := range first {
		first[i] = first[i] && i <= last
	}
	return first
}

// component goes up from a resource to the component that it is part of. Of a parent that does not change only the name is known:
// it is taken for one.
func component(of string, states map[string]*state) Component {
	for at := of; ; {
		u, st := parseURN(at), states[at]
		switch {
		case at == "" || u.kind == stackType:
			return Component{}
		case at != of && st == nil, st != nil && !st.Custom:
			return Component{u.kind, u.name}
		case st == nil || st.Parent == at:
			return Component{}
		}
		at = st.Parent
	}
}
