package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"paddock/grade/measure"
)

// settingsOf sets the groups' settings beside each other.
func settingsOf(r *Report) []settingView {
	keys := map[string]bool{}
	for _, g := range r.Groups {
		for _, run := range g.Runs {
			for key := range run.Settings {
				keys[key] = true
			}
		}
	}
	var out []settingView
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		s := settingView{Key: key}
		for i, g := range r.Groups {
			var values []string // more than one where runs of one name were not alike
			for _, run := range g.Runs {
				if text, ok := run.Settings[key]; ok && !slices.Contains(values, text) {
					values = append(values, text)
				}
			}
			value := cmp.Or(strings.Join(values, " / "), "–")
			s.Values = append(s.Values, value)
			s.Differs = s.Differs || i > 0 && value != s.Values[0]
		}
		out = append(out, s)
	}
	return out
}

// sources names each source once, with the metrics that come from it.
func sources() []string {
	var out []string
	named := map[string]string{}
	for _, m := range measure.Metrics() {
		if !slices.Contains(out, m.Source) {
			out = append(out, m.Source)
		}
		name := strings.TrimPrefix(strings.TrimPrefix(m.Name, "Pods "), "Nodes ")
		if !strings.Contains(named[m.Source], name) {
			named[m.Source] += ", " + name
		}
	}
	for i, source := range out {
		out[i] = strings.TrimPrefix(named[source], ", ") + ": " + source
	}
	return out
}
