package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// right is one question to the API server: may a member of the group do this?
type right struct {
	group, verb, api, resource string
	namespace                  string // "" = in all of them, or outside of them
	want                       bool
}

func (r right) String() string {
	where := "in " + r.namespace
	if r.namespace == "" {
		where = "in the whole cluster"
	}
	return fmt.Sprintf("%s: %s %s %s", r.group, r.verb, r.resource, where)
}

// access asks for the edge of what the team's groups may do.
func (f *fence) access(ctx context.Context) outcome {
	var wrong []string
	list := f.rights()
	for _, r := range list {
		may, err := f.may(ctx, r)
		if err != nil {
			return trouble(err, r.String())
		}
		if may != r.want {
			word := map[bool]string{true: "may, and must not", false: "may not, and must"}[may]
			wrong = append(wrong, fmt.Sprintf("%s (%s)", r, word))
		}
	}
	if len(wrong) > 0 {
		return failed("%s%s; a binding that nobody declared is found by `kubectl get rolebindings,clusterrolebindings -A -o wide`",
			strings.Join(wrong, "; "), mend)
	}
	return ok("%d rights are as they should be", len(list))
}

func (f *fence) rights() []right {
	t := f.stack.Teams[f.team]
	deployer, viewer := t.DeployerGroup, t.ViewerGroup
	deploy := func(ns string, want bool) right { return right{deployer, "create", "apps", "deployments", ns, want} }
	list := []right{
		deploy(f.ns, true),
		{deployer, "update", "", "secrets", f.ns, true},
		{deployer, "update", "admissionregistration.k8s.io", "validatingadmissionpolicies", "", false},
		{deployer, "update", "", "resourcequotas", f.ns, false},
		{deployer, "create", "rbac.authorization.k8s.io", "rolebindings", f.ns, false},
		deploy("kube-system", false),
		deploy("default", false),
		deploy("", false),
		{deployer, "create", "", "namespaces", "", false},
		{deployer, "create", "rbac.authorization.k8s.io", "clusterrolebindings", "", false},
		{viewer, "list", "", "pods", f.ns, true},
		{viewer, "get", "", "secrets", f.ns, false},
		{viewer, "create", "", "pods", f.ns, false},
		{viewer, "update", "apps", "deployments", f.ns, false},
		{viewer, "delete", "", "configmaps", f.ns, false},
		{viewer, "create", "apps", "deployments", "", false},
	}
	if other := f.elsewhere(); other != "" {
		list = append(list, deploy(other, false), right{deployer, "get", "", "secrets", other, false},
			right{viewer, "list", "", "pods", other, false})
	}
	return list
}

// elsewhere is a namespace of another team; "" if there is none.
func (f *fence) elsewhere() string {
	for _, name := range f.stack.names() {
		for _, ns := range f.stack.Teams[name].Namespaces {
			if name != f.team && !slices.Contains(f.stack.Teams[f.team].Namespaces, ns) {
				return ns
			}
		}
	}
	return ""
}

func (f *fence) may(ctx context.Context, r right) (bool, error) {
	review := authorizationv1.SubjectAccessReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SubjectAccessReview"},
		Spec: authorizationv1.SubjectAccessReviewSpec{
			User: "paddock:verify", Groups: []string{r.group, "system:authenticated"},
			ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: r.namespace, Verb: r.verb, Group: r.api,
				Resource: r.resource},
		},
	}
	err := f.post(ctx, "/apis/authorization.k8s.io/v1/subjectaccessreviews", review, &review)
	return review.Status.Allowed, err
}
