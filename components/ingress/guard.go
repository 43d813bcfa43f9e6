package ingress

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	admissionv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/admissionregistration/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/balancer"
	"paddock/components/controller"
)

// GuardName is that of the ValidatingAdmissionPolicy, and of its binding.
const GuardName = "paddock-ingress"

// guard lets Ingresses share a load balancer within a team only: who is on another team's could answer on that team's hosts. What
// deployers write is held to what a service file makes: other annotations attach security groups, firewalls and certificates, send
// requests to any target group of the account, or cost more than a small cluster.
//
// Hosts are not looked at: two teams may name one. Each has its own load balancer, and DNS says which of them is asked.
func (b *builder) guard(ctx *pulumi.Context) error {
	policy, err := admissionv1.NewValidatingAdmissionPolicy(ctx, b.Name+"-guard", &admissionv1.ValidatingAdmissionPolicyArgs{
		Metadata: b.Metadata(GuardName, ""), Spec: guardSpec(b.NamespaceLabel, b.Deployer),
	}, b.InCluster...)
	if err != nil {
		return err
	}
	binding, err := admissionv1.NewValidatingAdmissionPolicyBinding(ctx, b.Name+"-guard", &admissionv1.ValidatingAdmissionPolicyBindingArgs{
		Metadata: b.Metadata(GuardName, ""),
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpecArgs{
			PolicyName: policy.Metadata.Name().Elem(), ValidationActions: pulumi.ToStringArray([]string{"Deny"}),
		},
	}, b.InCluster...)
	b.Ready = append(b.Ready, binding)
	return err
}

// guardSpec judges what anybody writes but the controller, which must be able to let an Ingress go, whatever it says.
func guardSpec(label, deployer string) admissionv1.ValidatingAdmissionPolicySpecArgs {
	itself := "system:serviceaccount:" + controller.Namespace + ":" + Name
	return admissionv1.ValidatingAdmissionPolicySpecArgs{
		FailurePolicy: pulumi.String("Fail"),
		MatchConstraints: admissionv1.MatchResourcesArgs{ResourceRules: admissionv1.NamedRuleWithOperationsArray{
			admissionv1.NamedRuleWithOperationsArgs{
				ApiGroups:   pulumi.ToStringArray([]string{"networking.k8s.io"}),
				ApiVersions: pulumi.ToStringArray([]string{"*"}),
				Operations:  pulumi.ToStringArray([]string{"CREATE", "UPDATE"}),
				Resources:   pulumi.ToStringArray([]string{"ingresses"}),
			},
		}},
		MatchConditions: admissionv1.MatchConditionArray{admissionv1.MatchConditionArgs{
			Name: pulumi.String("not-the-controller"), Expression: pulumi.String(fmt.Sprintf("request.userInfo.username != %q", itself)),
		}},
		Variables: admissionv1.VariableArray{
			variable("deployer", deployer),
			variable("group", orNothing("object", "annotations", balancer.Group)),
			variable("team", orNothing("namespaceObject", "labels", label)),
			variable("annotations", `has(object.metadata.annotations) ? object.metadata.annotations : {}`),
			variable("alike", literal(balancer.Alike())),
		},
		Validations: validations(label),
	}
}

// validations hold for all who are judged, those after the first for deployers only.
func validations(label string) (list admissionv1.ValidationArray) {
	for i, rule := range []struct{ holds, message string }{
		{`variables.group == variables.team || variables.group == "" && !variables.deployer`,
			balancer.Group + ": want the team's name, as the namespace's label " + label + " has it: teams do not share load balancers"},
		{fmt.Sprintf(`has(object.spec.ingressClassName) && object.spec.ingressClassName == %q && !(%q in variables.annotations)`, Class, oldClass),
			"spec.ingressClassName: want " + Class + ", and no annotation " + oldClass},
		{fmt.Sprintf(`variables.annotations.all(k, !k.startsWith(%q) || k in [%q, "%s"] || k in variables.alike && variables.alike[k] == variables.annotations[k])`,
			balancer.Prefix, balancer.Group, strings.Join(balancer.Own(), `", "`)),
			"metadata.annotations: want none of " + balancer.Prefix + " but those that a service file makes, with its values"},
		{`!has(object.spec.defaultBackend)`, "spec.defaultBackend: want rules, each with a host"},
		{`has(object.spec.rules) && object.spec.rules.all(r, has(r.host) && r.host != "")`,
			"spec.rules: want a host in each: one without answers for every host"},
	} {
		if i > 0 {
			rule.holds = "!variables.deployer || " + rule.holds
		}
		list = append(list, admissionv1.ValidationArgs{
			Expression: pulumi.String(rule.holds), Message: pulumi.String(rule.message), Reason: pulumi.String("Forbidden"),
		})
	}
	return list
}

// oldClass named an Ingress's class before spec.ingressClassName did.
const oldClass = "kubernetes.io/ingress.class"

func variable(name, expression string) admissionv1.VariableArgs {
	return admissionv1.VariableArgs{Name: pulumi.String(name), Expression: pulumi.String(expression)}
}

// literal is a map in CEL.
func literal(all map[string]string) string {
	var entries []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		entries = append(entries, fmt.Sprintf("%q: %q", key, all[key]))
	}
	return "{" + strings.Join(entries, ", ") + "}"
}

// orNothing is in CEL the value of a label or annotation, empty if there is none.
func orNothing(object, kind, key string) string {
	return fmt.Sprintf("has(%[1]s.metadata.%[2]s) && %[3]q in %[1]s.metadata.%[2]s ? %[1]s.metadata.%[2]s[%[3]q] : \"\"", object, kind, key)
}
