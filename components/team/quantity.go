package team

import (
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"
)

// canonical writes a quantity as the API server will store it ("1000m" as "1"): written otherwise,
// each refresh would find a difference.
func canonical(quantity string) (string, error) {
	q, err := resource.ParseQuantity(quantity)
	if err != nil {
		return "", fmt.Errorf("%q: want a quantity such as 500m or 2Gi", quantity)
	}
	q.RoundUp(resource.Milli) // as the API server does; it also drops the text that was parsed
	return q.String(), nil
}

// canonical returns the namespace with all its quantities in canonical form, and what is wrong with them.
func (ns Namespace) canonical() (Namespace, []error) {
	var errs []error
	fix := func(where string, quantity *string) {
		if *quantity == "" {
			return
		}
		c, err := canonical(*quantity)
		if err != nil {
			errs = append(errs, fmt.Errorf("namespaces: %s: %s: %w", ns.Name, where, err))
		}
		*quantity = c
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
