// Package admission writes the platform's ValidatingAdmissionPolicies: what the API server itself refuses, where RBAC cannot tell one
// object from another.
package admission

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	admissionv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/admissionregistration/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Policy judges objects of one resource of networking.k8s.io. All expressions are in CEL, of the Kubernetes versions that the platform
// supports.
type Policy struct {
	Resource   string
	Operations []string     // of CREATE, UPDATE and DELETE
	When       Expression   // whose requests are judged
	Variables  []Expression // what the rules have in common; a later one may use those before it
	Rules      []Rule
}

// Expression is one with a name.
type Expression struct{ Name, Text string }

// Rule is one thing that must hold, and what is said if it does not.
type Rule struct{ Holds, Message string }

// Want makes a rule.
func Want(holds, message string) Rule { return Rule{Holds: holds, Message: message} }

// spec is the policy's. What cannot be judged is refused.
func (p Policy) spec() admissionv1.ValidatingAdmissionPolicySpecArgs {
	var variables admissionv1.VariableArray
	for _, v := range p.Variables {
		variables = append(variables, admissionv1.VariableArgs{Name: pulumi.String(v.Name), Expression: pulumi.String(v.Text)})
	}
	var validations admissionv1.ValidationArray
	for _, r := range p.Rules {
		validations = append(validations, admissionv1.ValidationArgs{
			Expression: pulumi.String(r.Holds), Message: pulumi.String(r.Message), Reason: pulumi.String("Forbidden"),
		})
	}
	return admissionv1.ValidatingAdmissionPolicySpecArgs{
		FailurePolicy:    pulumi.String("Fail"),
		MatchConstraints: p.about(),
		MatchConditions: admissionv1.MatchConditionArray{admissionv1.MatchConditionArgs{
			Name: pulumi.String(p.When.Name), Expression: pulumi.String(p.When.Text),
		}},
		Variables:   variables,
		Validations: validations,
	}
}

// about says which requests, with all defaults: it is compared as a whole, so that an update that makes what a killed one has made
// already, and does not know, would be refused for those that it lacks.
func (p Policy) about() admissionv1.MatchResourcesArgs {
	return admissionv1.MatchResourcesArgs{
		MatchPolicy: pulumi.String("Equivalent"), NamespaceSelector: metav1.LabelSelectorArgs{}, ObjectSelector: metav1.LabelSelectorArgs{},
		ResourceRules: admissionv1.NamedRuleWithOperationsArray{admissionv1.NamedRuleWithOperationsArgs{
			ApiGroups:   pulumi.ToStringArray([]string{"networking.k8s.io"}),
			ApiVersions: pulumi.ToStringArray([]string{"*"}),
			Operations:  pulumi.ToStringArray(p.Operations),
			Resources:   pulumi.ToStringArray([]string{p.Resource}),
			Scope:       pulumi.String("*"),
		}},
	}
}

// Register makes the policy, and the binding by which it holds in all namespaces: what does not hold is refused. Both are named so in
// the cluster, by meta.
func (p Policy) Register(
	ctx *pulumi.Context, policyName, bindingName string, meta metav1.ObjectMetaArgs, opts ...pulumi.ResourceOption,
) ([]pulumi.Resource, error) {
	policy, err := admissionv1.NewValidatingAdmissionPolicy(ctx, policyName, &admissionv1.ValidatingAdmissionPolicyArgs{
		Metadata: meta, Spec: p.spec(),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	binding, err := admissionv1.NewValidatingAdmissionPolicyBinding(ctx, bindingName, &admissionv1.ValidatingAdmissionPolicyBindingArgs{
		Metadata: meta,
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpecArgs{
			PolicyName: policy.Metadata.Name().Elem(), ValidationActions: pulumi.ToStringArray([]string{"Deny"}),
		},
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("binding: %w", err)
	}
	return []pulumi.Resource{policy, binding}, nil
}

// List is a list of strings in CEL.
func List(words ...string) string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = strconv.Quote(word)
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// Map is a map of strings in CEL.
func Map(all map[string]string) string {
	var entries []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		entries = append(entries, fmt.Sprintf("%q: %q", key, all[key]))
	}
	return "{" + strings.Join(entries, ", ") + "}"
}
