package pods

import (
	"time"

	"paddock/sandbox/process"
)

// Usage is what a container's process has used of the machine.
type Usage struct {
	Namespace, Pod, Container string
	Started                   time.Time
	CPU                       time.Duration
	Memory                    int64 // bytes
}

// Usage tells of the containers that run on a node now; spent is what those that have ended there had used.
func (r *Runner) Usage(node string) (all []Usage, spent time.Duration) {
	var groups map[int]process.Usage
	for _, p := range r.all() {
		if p.Spec.NodeName != node {
			continue
		}
		info, runs := p.info()
		if !runs || info.PID == 0 {
			continue
		}
		if groups == nil {
			groups = process.Groups() // once, and only where it is needed
		}
		used := groups[info.PID]
		p.mu.Lock()
		p.used = max(p.used, used.CPU)
		used.CPU = p.used
		since := p.runSince
		p.mu.Unlock()
		all = append(all, Usage{
			Namespace: p.Namespace, Pod: p.Name, Container: p.container.Name, Started: since,
			CPU: max(used.CPU, time.Millisecond), Memory: max(used.RSS, 4096), // nothing at all would be taken for not known
		})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return all, r.spent[node]
}

// spend adds the run that has ended to what its node has spent: the sum never falls.
func (p *pod) spend() {
	p.mu.Lock()
	used := p.used
	p.used = 0
	p.mu.Unlock()
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	p.run.spent[p.Spec.NodeName] += used
}
