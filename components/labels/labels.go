// Package labels names the labels, and the annotation, by which the platform's objects are found. It is pure data.
package labels

// Keys of labels.
const (
	Team      = "paddock.dev/team"             // whose an object is
	Name      = "app.kubernetes.io/name"       // which service a pod runs: selectors and policies go by it
	ManagedBy = "app.kubernetes.io/managed-by" // Paddock, on all that it makes
	Namespace = "kubernetes.io/metadata.name"  // on every namespace, by Kubernetes: its own name
)

// Role is an annotation of pods: the role in AWS that they were started to act as.
const Role = "paddock.dev/role"

// Paddock is the value of ManagedBy.
const Paddock = "paddock"

// Selector picks out the pods of one Deployment; it never changes, for a Deployment's selector cannot.
func Selector(app string) map[string]string { return map[string]string{Name: app} }

// Of are the labels of what belongs to one of the platform's own Deployments.
func Of(app string) map[string]string { return map[string]string{ManagedBy: Paddock, Name: app} }
