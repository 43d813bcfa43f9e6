package aws

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Operations lists every call that the wire API answers, as service:Action.
func Operations() []string { return slices.Sorted(maps.Keys(operations)) }

// reading is the run of a call that only reads: it sees one consistent state.
func reading(f func(t *Tx, in *Call) (Props, error)) func(context.Context, *Cloud, *Call) (Props, error) {
	return func(_ context.Context, c *Cloud, in *Call) (out Props, err error) {
		c.store.view(func(t *Tx) { out, err = f(t, in) })
		return out, err
	}
}

// paramInt is a number among the parameters, which query protocols and URLs have as text.
func paramInt(in *Call, name string, otherwise int) (int, bool) {
	switch v := in.Params[name].(type) {
	case nil:
		return otherwise, true
	case float64:
		return int(v), v == float64(int(v))
	case string:
		n, err := strconv.Atoi(v)
		return n, err == nil
	}
	return 0, false
}

// paramYes is a flag among the parameters; what is neither true nor false is false.
func paramYes(in *Call, name string) bool {
	return in.Params[name] == true || in.Params[name] == "true" || in.Params[name] == "True"
}

// listOf is strings as a list of the wire's.
func listOf(values []string) []any {
	out := []any{}
	for _, v := range values {
		out = append(out, v)
	}
	return out
}

// moment is the time at path; nil = none, which the wire leaves out.
func moment(p Props, path string) any {
	at, err := time.Parse(time.RFC3339Nano, str(p, path))
	if err != nil {
		return nil
	}
	return at
}

// some is v, or nil for an empty string: AWS leaves out what is not set.
func some(v string) any {
	if v == "" {
		return nil
	}
	return v
}

// tagsOf are the tags of a record, those of the session's defaults included.
func tagsOf(r *Record) map[string]string {
	if all := pairs(r.State, "tagsAll"); len(all) > 0 {
		return all
	}
	return pairs(r.State, "tags")
}

// tagList is tags as a list, in the spelling of a service.
func tagList(tags map[string]string, key, value string) []any {
	out := []any{}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, Props{key: k, value: tags[k]})
	}
	return out
}

// regional are the records of a kind in the caller's region, in order of creation.
func regional(t *Tx, in *Call, token string) []*Record {
	return slices.DeleteFunc(t.list(token), func(r *Record) bool { return r.Region != in.Region })
}
