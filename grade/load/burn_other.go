//go:build !linux

package load

import "time"

// burn keeps busy for so long; only Linux tells how much CPU time a thread has had.
func burn(cpu time.Duration) {
	for end := time.Now().Add(cpu); time.Now().Before(end); {
	}
}
