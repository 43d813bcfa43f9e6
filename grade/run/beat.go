package run

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/grade/measure"
	"paddock/grade/trace"
)

// beat is when metrics-server scrapes.
type beat struct {
	at    time.Time // of one scrape; zero = unknown
	every time.Duration
}

// Parts of a scrape's period at which things are done on the local cloud, so that a seed alone says in which phase of the loops a
// rise comes, and its runs can be told from each other by nothing but the machine. Runs start at a scrape. The HPA looks at what
// it scales one period after it was made, and so on: made half-way between two scrapes, it never looks while one arrives.
const (
	startAt = 0.0
	makeAt  = 0.5
)

// beat finds it out from the stamps of the nodes' figures, to a second. On a cluster, where each kubelet has a beat of its own,
// and where there are no figures, there is none.
func (r *Rig) beat(ctx context.Context, run *trace.Run) beat {
	var list struct {
		Items []struct{ Timestamp metav1.Time }
	}
	if r.Target != Sandbox || r.API.Get(ctx, "/apis/metrics.k8s.io/v1beta1/nodes", &list) != nil {
		return beat{}
	}
	settings, _ := measure.ParseSettings(run.Settings) // what it cannot read has its default
	b := beat{every: time.Duration(settings.Resolution * float64(time.Second))}
	for _, item := range list.Items {
		if item.Timestamp.After(b.at) {
			b.at = item.Timestamp.Time
		}
	}
	return b
}

// next is the first moment from now on at which so much of a period has passed since a scrape; now where there is no beat.
func (b beat) next(now time.Time, part float64) time.Time {
	if b.at.IsZero() || b.every <= 0 {
		return now
	}
	at := b.at.Add(time.Duration(part * float64(b.every)))
	gone := now.Sub(at) % b.every
	if gone < 0 {
		gone += b.every
	}
	if gone == 0 {
		return now
	}
	return now.Add(b.every - gone)
}
