package aws

import "reflect"

// write is what a transaction did to one record; nil = there is no record.
type write struct{ was, is *Record }

// revert takes the writes of an earlier transaction back. What others have changed since stays as they made it.
func (t *Tx) revert(writes []write) {
	for _, w := range writes {
		some := w.is
		if some == nil {
			some = w.was
		}
		if some == nil {
			continue // made and dropped within the transaction
		}
		now := t.peek(some.Kind, some.ID)
		switch {
		case w.is == nil && now == nil, w.is != nil && now == w.is: // untouched since
			if w.was != nil {
				t.put(w.was.clone())
			} else {
				t.drop(w.is)
			}
		case w.is == nil || w.was == nil || now == nil: // made or deleted since: there is nothing of ours in it
		default:
			back := now.clone()
			unwrite(back.Inputs, w.was.Inputs, w.is.Inputs)
			unwrite(back.State, w.was.State, w.is.State)
			unwrite(back.Private, w.was.Private, w.is.Private)
			t.put(back)
		}
	}
}

// unwrite gives each entry that was changed, and still is as it was left, its former value.
func unwrite(now, was, is Props) {
	changed := merge(was, is)
	for name := range changed {
		if reflect.DeepEqual(was[name], is[name]) || !reflect.DeepEqual(now[name], is[name]) {
			continue
		}
		if old, there := was[name]; there {
			now[name] = copyValue(old)
		} else {
			delete(now, name)
		}
	}
}
