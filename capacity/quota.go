package capacity

import (
	"cmp"
	"maps"
	"slices"
)

// counted is what one pod takes of a quota; 0 = nothing that it counts.
func counted(name string, w Workload) (each int64, parse func(string) (int64, error), show func(int64) string) {
	switch name {
	case "cpu", "requests.cpu":
		return w.Request.MilliCPU, parseCPU, showCPU
	case "limits.cpu":
		return w.Limit.MilliCPU, parseCPU, showCPU
	case "memory", "requests.memory":
		return w.Request.Memory, parseMemory, showMemory
	case "limits.memory":
		return w.Limit.Memory, parseMemory, showMemory
	case "pods", "count/pods":
		return 1, parseCount, showMemory
	}
	return 0, parseCount, showMemory
}

// admits looks whether the workload's namespace lets its pods in, as many as there may be.
func (c Cluster) admits(w Workload) (found []Finding) {
	ns, ok := c.Namespaces[w.Namespace]
	if !ok || w.Max <= 0 {
		return nil
	}
	for _, r := range []struct {
		key, most string
		limit     int64
		parse     func(string) (int64, error)
		show      func(int64) string
	}{{"maxCpu", ns.MaxCPU, w.Limit.MilliCPU, parseCPU, showCPU}, {"maxMemory", ns.MaxMemory, w.Limit.Memory, parseMemory, showMemory}} {
		if most, err := r.parse(cmp.Or(r.most, "0")); err == nil && r.most != "" && r.limit > most {
			found = append(found, fault("%s: limit %s: limits.%s %s of namespace %s refuses its pods", w.Name, r.show(r.limit), r.key,
				r.most, w.Namespace)...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ns.Quota)) {
		each, parse, _ := counted(name, w)
		hard, err := parse(ns.Quota[name])
		if err != nil || each == 0 {
			continue
		}
		switch holds := int(hard / each); {
		case holds < w.Max:
			found = append(found, fault("%s: max %d: quota %s %s of namespace %s holds %d pods", w.Name, w.Max, name, ns.Quota[name],
				w.Namespace, holds)...)
		case holds < w.Max+w.Surge:
			found = append(found, warning("%s: max %d: quota %s %s of namespace %s holds %d pods, and a release needs %d more while "+
				"it is under way: one at the maximum would stand still",
				w.Name, w.Max, name, ns.Quota[name], w.Namespace, holds, w.Surge)...)
		}
	}
	return found
}

// stored looks whether the quotas hold all volumes of their namespaces: unlike pods, all are there from the first deploy on.
func (c Cluster) stored(workloads []Workload) (found []Finding) {
	for _, name := range slices.Sorted(maps.Keys(c.Namespaces)) {
		var size, count int64
		for _, w := range workloads {
			if w.Namespace == name && w.Volume > 0 {
				size, count = size+w.Volume, count+1
			}
		}
		for _, r := range []struct {
			key   string
			all   int64
			parse func(string) (int64, error)
		}{
			{"requests.storage", size, parseMemory}, {"persistentvolumeclaims", count, parseCount},
			{"count/persistentvolumeclaims", count, parseCount},
		} {
			quota, given := c.Namespaces[name].Quota[r.key]
			if hard, err := r.parse(quota); given && err == nil && r.all > hard {
				found = append(found, fault("namespace %s: the volumes of its services are %s of %s, quota %s", name, showMemory(r.all), r.key,
					quota)...)
			}
		}
	}
	return found
}

// shared looks whether the quotas hold all workloads of their namespaces at their maxima.
func (c Cluster) shared(workloads []Workload) (found []Finding) {
	for _, name := range slices.Sorted(maps.Keys(c.Namespaces)) {
		var own []Workload
		for _, w := range workloads {
			if w.Namespace == name && w.Max > 0 {
				own = append(own, w)
			}
		}
		if len(own) < 2 {
			continue // each alone has been looked at
		}
		for _, key := range slices.Sorted(maps.Keys(c.Namespaces[name].Quota)) {
			var all int64
			_, parse, show := counted(key, Workload{})
			for _, w := range own {
				each, _, _ := counted(key, w)
				all += each * int64(w.Max)
			}
			if hard, err := parse(c.Namespaces[name].Quota[key]); err == nil && all > hard {
				found = append(found, warning("namespace %s: its %d services at their maxima ask for %s of %s, quota %s", name, len(own),
					show(all), key, c.Namespaces[name].Quota[key])...)
			}
		}
	}
	return found
}
