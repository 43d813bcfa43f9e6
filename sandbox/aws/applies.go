package aws

import (
	"reflect"
	"slices"
)

// applies says that this call is made, given the inputs before and after.
func (a act) applies(was, in Props) bool {
	if a.only != nil {
		return a.only(was, in)
	}
	if len(a.when) == 0 {
		return true
	}
	for _, field := range a.when {
		before, now := get(was, field), get(in, field)
		if !empty(now) && was == nil || was != nil && !reflect.DeepEqual(before, now) {
			return true
		}
	}
	return false
}

// empty is what the provider does not send: unset, false, zero, nothing in it.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case Props:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return reflect.ValueOf(v).IsZero()
}

// provided adds a condition to a call.
func provided(a act, only func(was, in Props) bool) act {
	a.when, a.only = nil, only
	return a
}

// has says that an input that was not so is set now.
func has(field string) func(was, in Props) bool {
	return func(was, in Props) bool {
		return !empty(get(in, field)) && !reflect.DeepEqual(get(was, field), get(in, field))
	}
}

// had says that an input that was set is so no longer, or otherwise.
func had(field string) func(was, in Props) bool {
	return func(was, in Props) bool {
		return !empty(get(was, field)) && !reflect.DeepEqual(get(was, field), get(in, field))
	}
}

// lost says that an input that was set is so no longer.
func lost(field string) func(was, in Props) bool {
	return func(was, in Props) bool { return !empty(get(was, field)) && empty(get(in, field)) }
}

// adds says that a list has something that it had not.
func adds(field string) func(was, in Props) bool {
	return func(was, in Props) bool { return beyond(get(in, field), get(was, field)) }
}

// drops says that a list had something that it has no longer.
func drops(field string) func(was, in Props) bool {
	return func(was, in Props) bool { return beyond(get(was, field), get(in, field)) }
}

func beyond(of, than any) bool {
	list, _ := of.([]any)
	other, _ := than.([]any)
	return slices.ContainsFunc(list, func(v any) bool {
		return !slices.ContainsFunc(other, func(w any) bool { return reflect.DeepEqual(v, w) })
	})
}

// turns says that a flag becomes so; std is what it is when nothing says otherwise.
func turns(field string, std, to bool) func(was, in Props) bool {
	return func(was, in Props) bool { return yes(in, field, std) == to && yes(was, field, std) != to }
}

// either says that one of several conditions holds.
func either(each ...func(was, in Props) bool) func(was, in Props) bool {
	return func(was, in Props) bool {
		return slices.ContainsFunc(each, func(f func(was, in Props) bool) bool { return f(was, in) })
	}
}

// changed says that an input other than tags changes.
func changed(was, in Props) bool {
	for name := range merge(was, in) {
		if name != "tags" && name != marks && !reflect.DeepEqual(was[name], in[name]) {
			return true
		}
	}
	return false
}
