package pods

import "time"

// Longer is the pause of a crash loop that follows one.
var Longer = longer

// SetAside keeps a log small.
var SetAside = setAside

// PullOften makes images that cannot be pulled be asked for after a second, then after two at most.
func PullOften() { firstPull, lastPull, toldPull = time.Second, 2*time.Second, 300*time.Millisecond }
