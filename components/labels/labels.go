// Package labels names the labels by which the platform's objects are found. It is pure data.
package labels

// Keys of labels.
const (
	Team      = "paddock.dev/team"             // whose an object is
	Name      = "app.kubernetes.io/name"       // which service a pod runs: selectors and policies go by it
	ManagedBy = "app.kubernetes.io/managed-by" // Paddock, on all that it makes
	Namespace = "kubernetes.io/metadata.name"  // on every namespace, by Kubernetes: its own name
)

// Paddock is the value of ManagedBy.
const Paddock = "paddock"
