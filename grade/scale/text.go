package scale

import (
	"fmt"
	"io"
	"strings"
)

// shown is how many programs a text lists.
const shown = 8

// busy is the share of the machine's cores from which on it is what holds all up.
const busy = 0.9

// Text writes results for a terminal.
func Text(w io.Writer, results []Result) error {
	var b strings.Builder
	for i, r := range results {
		if i > 0 {
			b.WriteString("\n")
		}
		r.text(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Result) text(b *strings.Builder) {
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	line("%s", r.Verdict())
	line("  before %d pods on %d nodes, after %d on %d", r.Rest, r.From, r.Ready, r.Nodes)
	line("  half of them Ready after %s, nine tenths after %s", after(r.Half), after(r.Most))
	if r.Still.Seconds > 0 {
		line("  longest stand-still %.0f s, from %.0f s on, at %d pods and %d nodes", r.Still.Seconds, r.Still.From, r.Still.Ready, r.Still.Nodes)
	}
	if r.Waits.N > 0 {
		line("  pod without room to SetDesiredCapacity: p50 %.1f s, p99 %.1f s, of %d pods and %d calls", r.Waits.P50, r.Waits.P99, r.Waits.N, r.Calls)
	}
	if r.Held != "" {
		line("  behind most: %s", r.Held)
	}
	if r.Machine.Cores == 0 {
		return
	}
	line("  the machine: %d cores, busy to %.0f %%, %.0f MiB free at least%s", r.Machine.Cores, 100*r.Machine.Busy, r.Machine.FreeMi, r.short())
	line("  %-58s %12s %12s %12s", "", "peak MiB", "mean cores", "peak cores")
	for _, u := range r.Programs[:min(shown, len(r.Programs))] {
		line("  %-58s %12.0f %12.2f %12.2f", u.Name, u.PeakMi, u.Cores, u.PeakCores)
	}
	line("  %-58s %12s %12.2f", "all other programs of the machine", "", r.Machine.Others)
	if a, ok := r.autoscaler(); ok {
		line("  autoscaler: %.0f MiB at most, %.2f cores", a.PeakMi, a.Cores)
	}
}

// Verdict is the result in one line.
func (r Result) Verdict() string {
	switch {
	case r.Partial != "":
		return fmt.Sprintf("%d pods: %s", r.Pods, r.Partial)
	case r.Met:
		return fmt.Sprintf("%d pods Ready %.0f s after the rise, in time: %.0f s were allowed", r.Pods, r.Seconds, r.Within)
	case r.Seconds > 0:
		return fmt.Sprintf("%d pods Ready %.0f s after the rise, late: %.0f s were allowed", r.Pods, r.Seconds, r.Within)
	}
	return fmt.Sprintf("%d pods: only %d were Ready after twice the %.0f s that were allowed", r.Pods, r.Ready, r.Within)
}

func after(seconds float64) string {
	if seconds == 0 {
		return "never"
	}
	return fmt.Sprintf("%.0f s", seconds)
}

// short says that the machine itself was the limit, and who used it most.
func (r Result) short() string {
	if r.Machine.Busy < busy || len(r.Programs) == 0 {
		return ""
	}
	most := r.Programs[0].Name
	if r.Machine.Others > r.Programs[0].Cores {
		most = "what is not of the local cloud"
	}
	return fmt.Sprintf(": there was no more to be had, and %s took most", most)
}

// autoscaler is the pod of it that leads: the larger one.
func (r Result) autoscaler() (Usage, bool) {
	var most Usage
	for _, u := range r.Programs {
		if strings.Contains(u.Name, "/cluster-autoscaler-") && u.PeakMi > most.PeakMi {
			most = u
		}
	}
	return most, most.Name != ""
}
