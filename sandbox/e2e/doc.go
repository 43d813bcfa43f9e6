// Package e2e holds the stories of Paddock's operators, told end to end: real Pulumi, a real Kubernetes control plane, the
// AWS stand-in. There is nothing in it but tests; `make test` runs them.
package e2e
