package pods

// Longer is the pause of a crash loop that follows one.
var Longer = longer

// SetAside keeps a log small.
var SetAside = setAside
