package measure

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Keys of Run.Settings from which floors are computed. Durations are written as Go writes them ("15s"), amounts of CPU and
// memory as Kubernetes does ("500m", "512Mi"). Any other key is shown, and changes no figure.
const (
	KeyResolution    = "metrics.resolution"  // period of metrics-server; unset: 15s
	KeyScrapes       = "metrics.scrapes"     // after a rise, until usage shows the whole of it; unset: 2, usage being a rate; where usage is told: 1
	KeyLag           = "kubelet.lag"         // longest time by which usage is late at the kubelet; unset: 0s (a cluster: 10s)
	KeySync          = "hpa.sync"            // period of the HPA; unset: 15s
	KeyTolerance     = "hpa.tolerance"       // by which usage may miss the target unanswered; unset: 0.1
	KeyUpPercent     = "hpa.up.percent"      // by which pods may rise in one period; unset: 100
	KeyUpPods        = "hpa.up.pods"         // or by so many; unset: 4
	KeyUpPeriod      = "hpa.up.period"       // unset: 15s
	KeyDownWindow    = "hpa.down.window"     // for which the HPA remembers a higher wish; unset: 300s
	KeyPodStart      = "pod.start"           // from a place on a node to Ready; unset: 0s
	KeyBoot          = "node.boot"           // from the call for a node to its being Ready; unset: 0s
	KeyPull          = "image.pull"          // of the workload on a new node; unset: 0s
	KeyReaction      = "autoscaler.reaction" // from an unschedulable pod to the call; unset: 0.5s
	KeyUnneeded      = "autoscaler.unneeded" // for which a node must be idle before it goes; unset: 10m
	KeyHeadroomMilli = "headroom.cpu"        // requested by placeholders that give way; unset: none
	KeyHeadroomMi    = "headroom.memory"     // unset: none
	KeyHeadroomNodes = "headroom.nodes"      // whole nodes held in reserve, beside the above; unset: none
	KeyHeadroomPods  = "headroom.pods"       // placeholders; unset: none
)

// Settings are what floors depend on, in seconds and fractions.
type Settings struct {
	Resolution, Lag, Sync       float64
	Scrapes                     float64
	Tolerance                   float64
	UpPercent, UpPods, UpPeriod float64
	DownWindow                  float64
	PodStart, Boot, Pull        float64
	Reaction, Unneeded          float64
	HeadroomMilli, HeadroomMi   float64
	HeadroomPods, HeadroomNodes float64
}

// Defaults are those of Kubernetes and the Cluster Autoscaler where they have one, else no delay at all.
func Defaults() Settings {
	return Settings{
		Resolution: 15, Scrapes: 2, Sync: 15, Tolerance: 0.1, UpPercent: 100, UpPods: 4, UpPeriod: 15, DownWindow: 300,
		Reaction: 0.5, Unneeded: 600,
	}
}

// Reference is a tuned platform on the same target, with which figures are compared that grow with every delay, whatever causes
// it: periods of 15 s, an HPA that may rise tenfold at once, and 5 s until a pod is Ready. There is always room for it. How the
// target tells usage is no setting that one could tune, so it is taken over: the scrapes that a rise takes, and a kubelet's lag
// of up to 10 s. A reference that learns of a rise later than the target can would forgive what it should show.
func (s Settings) Reference() Settings {
	r := Defaults()
	r.Scrapes, r.Lag = s.Scrapes, min(s.Lag, 10)
	r.UpPercent, r.DownWindow, r.PodStart, r.Reaction = 900, 120, 5, 0
	return r
}

// ParseSettings reads what was in force. It reports every value that it cannot read and takes its default.
func ParseSettings(in map[string]string) (Settings, error) {
	s := Defaults()
	var errs []error
	for _, field := range []struct {
		key   string
		value *float64
		read  func(string) (float64, error)
	}{
		{KeyResolution, &s.Resolution, seconds}, {KeyScrapes, &s.Scrapes, number}, {KeyLag, &s.Lag, seconds}, {KeySync, &s.Sync, seconds},
		{KeyTolerance, &s.Tolerance, number}, {KeyUpPercent, &s.UpPercent, number}, {KeyUpPods, &s.UpPods, number},
		{KeyUpPeriod, &s.UpPeriod, seconds}, {KeyDownWindow, &s.DownWindow, seconds}, {KeyPodStart, &s.PodStart, seconds},
		{KeyBoot, &s.Boot, seconds}, {KeyPull, &s.Pull, seconds}, {KeyReaction, &s.Reaction, seconds},
		{KeyUnneeded, &s.Unneeded, seconds}, {KeyHeadroomMilli, &s.HeadroomMilli, milli}, {KeyHeadroomMi, &s.HeadroomMi, mebi},
		{KeyHeadroomPods, &s.HeadroomPods, number}, {KeyHeadroomNodes, &s.HeadroomNodes, number},
	} {
		text, given := in[field.key]
		if !given || text == "" {
			continue
		}
		value, err := field.read(text)
		if err == nil && (value < 0 || math.IsNaN(value) || math.IsInf(value, 0)) {
			err = errors.New("want a number of 0 or more")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("setting %s: %q: %w", field.key, text, err))
			continue
		}
		*field.value = value
	}
	return s, errors.Join(errs...)
}

func number(text string) (float64, error) { return strconv.ParseFloat(text, 64) }

func seconds(text string) (float64, error) {
	d, err := time.ParseDuration(text)
	return d.Seconds(), err
}

func milli(text string) (float64, error) {
	if digits, ok := strings.CutSuffix(text, "m"); ok {
		return number(digits)
	}
	cores, err := number(text)
	return cores * 1000, err
}

func mebi(text string) (float64, error) {
	if digits, ok := strings.CutSuffix(text, "Gi"); ok {
		gibi, err := number(digits)
		return gibi * 1024, err
	}
	return number(strings.TrimSuffix(text, "Mi"))
}

// Signal is the time in seconds, at a quantile from 0 to 1, after which the HPA knows the full size of a sudden rise. Where
// usage is a rate over two scrapes, as kubelets tell it, one whole period passes after the scrape that comes next. The local
// cloud's KWOK tells what is used at the moment of the scrape, so there the next one is enough. The phases of kubelet, scrape
// and HPA are independent and uniform.
func (s Settings) Signal(quantile float64) float64 {
	return s.Resolution*max(s.Scrapes-1, 0) + sumOfUniforms(quantile, s.Resolution, s.Sync, s.Lag)
}

// sumOfUniforms is the quantile of the sum of uniform numbers from 0 to each width, by bisection of the exact distribution:
// F(x) = 1/(n! * product of widths) * sum over subsets S of (-1)^|S| * max(x - sum of S, 0)^n.
func sumOfUniforms(quantile float64, widths ...float64) float64 {
	var w []float64
	volume, top := 1.0, 0.0
	for _, width := range widths {
		if width > 1e-3 { // narrower ones move nothing, and would lose the digits of the others
			w = append(w, width)
			volume *= width * float64(len(w))
			top += width
		}
	}
	low, high := 0.0, top
	for range 60 {
		x, sum := (low+high)/2, 0.0
		for set := range 1 << len(w) {
			sign, rest := 1.0, x
			for i := range w {
				if set&(1<<i) != 0 {
					sign, rest = -sign, rest-w[i]
				}
			}
			if rest > 0 {
				sum += sign * math.Pow(rest, float64(len(w)))
			}
		}
		if len(w) > 0 && sum/volume < quantile {
			low = x
		} else {
			high = x
		}
	}
	return high
}
