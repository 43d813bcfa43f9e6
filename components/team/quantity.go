package team

import (
	"fmt"
	"maps"
	"slices"

	"paddock/components/quantity"
)

// canonical writes a quantity as the API server will store it ("1000m" as "1").
func canonical(text string) (string, error) {
	q, err := quantity.Parse(text)
	if err != nil {
		return "", fmt.Errorf("%q: %w", text, err)
	}
	return string(q), nil
}

// canonical returns the namespace with all its quantities in canonical form, and what is wrong with them.
func (ns Namespace) canonical() (Namespace, []error) {
	var errs []error
	fix := func(where string, text *string) {
		if *text == "" {
			return
		}
		c, err := canonical(*text)
		if err != nil {
			errs = append(errs, fmt.Errorf("namespaces: %s: %s: %w", ns.Name, where, err))
		}
		*text = c
	}
	ns.Quota = maps.Clone(ns.Quota)
	for _, key := range slices.Sorted(maps.Keys(ns.Quota)) {
		hard := ns.Quota[key]
		if hard == "" {
			errs = append(errs, fmt.Errorf("namespaces: %s: quota.%s: empty: want a quantity, or no such key", ns.Name, key))
		}
		fix("quota."+key, &hard)
		ns.Quota[key] = hard
	}
	l := &ns.Limits
	fix("limits.defaultCPU", &l.DefaultCPU)
	fix("limits.defaultMemory", &l.DefaultMemory)
	fix("limits.requestCPU", &l.RequestCPU)
	fix("limits.requestMemory", &l.RequestMemory)
	fix("limits.maxCPU", &l.MaxCPU)
	fix("limits.maxMemory", &l.MaxMemory)
	return ns, errs
}
