package scale

import (
	"cmp"
	"slices"
	"time"
)

// Between tells what was used from one moment to another: the programs, the busiest first, and the machine.
func (m *Meter) Between(from, to time.Time) ([]Usage, Machine) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var looks []look
	for _, l := range m.looks {
		if !l.at.Before(from) && !l.at.After(to) {
			looks = append(looks, l)
		}
	}
	if len(looks) < 2 {
		return nil, Machine{}
	}
	var out []Usage
	for _, p := range m.List {
		if u, ok := usage(p, looks); ok {
			out = append(out, u)
		}
	}
	slices.SortStableFunc(out, func(a, b Usage) int { return cmp.Compare(b.Cores, a.Cores) })
	machine := left(looks)
	machine.Others = machine.Busy * float64(machine.Cores)
	for _, u := range out {
		machine.Others -= u.Cores
	}
	machine.Others = max(machine.Others, 0)
	return out, machine
}

func usage(p Process, looks []look) (Usage, bool) {
	u, seen, total := Usage{Name: p.Name}, 0.0, 0.0
	for i, l := range looks {
		now, ok := l.ticks[p]
		if !ok {
			continue
		}
		u.PeakMi = max(u.PeakMi, l.memory[p])
		if i == 0 {
			continue
		}
		before, ok := looks[i-1].ticks[p]
		passed := l.at.Sub(looks[i-1].at).Seconds()
		if !ok || passed <= 0 {
			continue
		}
		used := (now - before) / tick
		seen, total = seen+passed, total+used
		u.PeakCores = max(u.PeakCores, used/passed)
	}
	if seen == 0 {
		return u, false
	}
	u.Cores = total / seen
	return u, true
}

func left(looks []look) Machine {
	first, last := looks[0], looks[len(looks)-1]
	m := Machine{Cores: last.cores}
	if all := last.all - first.all; all > 0 {
		m.Busy = (last.busy - first.busy) / all
	}
	for _, l := range looks {
		if l.freeMi > 0 && (m.FreeMi == 0 || l.freeMi < m.FreeMi) {
			m.FreeMi = l.freeMi
		}
	}
	return m
}
