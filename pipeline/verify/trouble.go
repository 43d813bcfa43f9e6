package verify

import apierrors "k8s.io/apimachinery/pkg/api/errors"

// trouble is the outcome of a request that did not get what it asked for: one that another try may mend is waited for.
func trouble(err error, what string) outcome {
	switch {
	case apierrors.IsForbidden(err):
		return failed("%s: %v: who runs this needs the right to, such as an access entry with AmazonEKSClusterAdminPolicy", what, err)
	case apierrors.IsUnauthorized(err): // a new access entry takes a while
		return wait("%s: %v: who runs this needs an access entry in the cluster", what, err)
	case apierrors.IsNotFound(err):
		return failed("%s: %v", what, err)
	}
	return wait("%s: %v", what, err)
}
