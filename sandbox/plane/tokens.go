package plane

import (
	"context"
	"fmt"
	"strings"

	authn "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/sandbox/machine"
)

var tokenReviews = schema.GroupVersionResource{Group: authn.GroupName, Version: "v1", Resource: "tokenreviews"}

// ReviewToken asks the cluster's API server, which knows its own keys and whether the pod still lives.
func (p *Plane) ReviewToken(ctx context.Context, name, token, audience string) (machine.ServiceAccount, error) {
	none := machine.ServiceAccount{}
	_, k, err := p.serving(name)
	if err != nil {
		return none, err
	}
	review := &authn.TokenReview{
		TypeMeta: metav1.TypeMeta{APIVersion: authn.SchemeGroupVersion.String(), Kind: "TokenReview"},
		Spec:     authn.TokenReviewSpec{Token: token, Audiences: []string{audience}},
	}
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(review)
	if err != nil {
		return none, err
	}
	answer, err := k.dyn.Resource(tokenReviews).Create(ctx, &unstructured.Unstructured{Object: object}, metav1.CreateOptions{})
	if err != nil {
		return none, fmt.Errorf("cluster %s: review token: %w", name, err)
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(answer.Object, review); err != nil {
		return none, fmt.Errorf("cluster %s: review token: %w", name, err)
	}
	user, isAccount := strings.CutPrefix(review.Status.User.Username, "system:serviceaccount:")
	namespace, account, _ := strings.Cut(user, ":")
	if !review.Status.Authenticated || !isAccount {
		return none, fmt.Errorf("%w: %s", machine.ErrToken, review.Status.Error)
	}
	extra := func(key string) string {
		return strings.Join(review.Status.User.Extra["authentication.kubernetes.io/"+key], "")
	}
	return machine.ServiceAccount{Namespace: namespace, Name: account, Pod: extra("pod-name"), PodUID: extra("pod-uid")}, nil
}
