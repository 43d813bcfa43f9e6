package aws

import "sort"

// Leftover is a resource of the account that did not come with it.
type Leftover struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	URN  string `json:"urn,omitempty"`
}

// inventory is every record in order of creation.
func (c *Cloud) inventory() []*Record {
	var out []*Record
	c.store.view(func(t *Tx) { t.all(func(r *Record) { out = append(out, r) }) })
	sort.Slice(out, func(i, j int) bool { return out[i].Order < out[j].Order })
	return out
}

// Leftovers lists everything that is not part of the account's own furniture, in order of creation.
func (c *Cloud) Leftovers() []Leftover {
	out := []Leftover{}
	for _, r := range c.inventory() {
		if !r.Furniture {
			out = append(out, Leftover{Kind: r.Kind, ID: r.ID, Name: r.Name, URN: r.URN})
		}
	}
	return out
}

// Counts tells how many resources of each type there are, the account's own furniture aside.
func (c *Cloud) Counts() map[string]int {
	out := map[string]int{}
	for _, l := range c.Leftovers() {
		out[l.Kind]++
	}
	return out
}

// Dump is all state, ready for JSON, in order of creation.
func (c *Cloud) Dump() (any, error) {
	records := []*Record{}
	for _, r := range c.inventory() {
		records = append(records, r.clone())
	}
	return struct {
		Account string    `json:"account"`
		Caller  string    `json:"caller"`
		Records []*Record `json:"records"`
	}{c.account, c.CallerARN(), records}, nil
}
