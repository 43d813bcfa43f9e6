// Package target puts demand on a workload: in the local cloud by telling KWOK what each pod burns, on a cluster by sending
// requests.
package target

import (
	"context"
	"time"
)

// Curve is demand over time; package profile draws them.
type Curve interface {
	At(seconds float64) float64
}

// Driver is how demand reaches the workload.
type Driver interface {
	// Drive follows the curve from start on, for so many seconds at most. A start that lies ahead is waited for. It returns when ctx
	// ends, or earlier with an error.
	Drive(ctx context.Context, curve Curve, start time.Time, length float64) error
	// Take gives what was asked for since the last call, and what of it was served late or not at all.
	Take() (sent, violated float64)
	// Lead is how long before its start a curve must be known.
	Lead() time.Duration
}
