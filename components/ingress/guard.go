package ingress

import (
	"fmt"

	admissionv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/admissionregistration/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// GuardName is that of the ValidatingAdmissionPolicy, and of its binding.
const GuardName = "paddock-ingress"

// groupAnnotation puts an Ingress on a load balancer that it shares.
const groupAnnotation = "alb.ingress.kubernetes.io/group.name"

// guard lets Ingresses share a load balancer within a team only: who is on another team's could answer on that team's hosts.
func (b *builder) guard(ctx *pulumi.Context) error {
	policy, err := admissionv1.NewValidatingAdmissionPolicy(ctx, b.name+"-guard", &admissionv1.ValidatingAdmissionPolicyArgs{
		Metadata: metadata(GuardName, ""), Spec: guardSpec(b.NamespaceLabel),
	}, b.inCluster...)
	if err != nil {
		return err
	}
	binding, err := admissionv1.NewValidatingAdmissionPolicyBinding(ctx, b.name+"-guard", &admissionv1.ValidatingAdmissionPolicyBindingArgs{
		Metadata: metadata(GuardName, ""),
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpecArgs{
			PolicyName: policy.Metadata.Name().Elem(), ValidationActions: pulumi.ToStringArray([]string{"Deny"}),
		},
	}, b.inCluster...)
	b.Ready = append(b.Ready, binding)
	return err
}

// guardSpec judges what anybody writes but the controller, which must be able to let an Ingress go, whatever it says.
func guardSpec(label string) admissionv1.ValidatingAdmissionPolicySpecArgs {
	controller := "system:serviceaccount:" + Namespace + ":" + ServiceAccount
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
			Name: pulumi.String("not-the-controller"), Expression: pulumi.String(fmt.Sprintf("request.userInfo.username != %q", controller)),
		}},
		Variables: admissionv1.VariableArray{
			admissionv1.VariableArgs{Name: pulumi.String("group"), Expression: pulumi.String(orNothing("object", "annotations", groupAnnotation))},
			admissionv1.VariableArgs{Name: pulumi.String("team"), Expression: pulumi.String(orNothing("namespaceObject", "labels", label))},
		},
		Validations: admissionv1.ValidationArray{admissionv1.ValidationArgs{
			Expression: pulumi.String(`variables.group == "" || variables.group == variables.team`),
			Message:    pulumi.String(groupAnnotation + ": want the team's name, as the namespace's label " + label + " has it: teams do not share load balancers"),
			Reason:     pulumi.String("Forbidden"),
		}},
	}
}

// orNothing is in CEL the value of a label or annotation, empty if there is none.
func orNothing(object, kind, key string) string {
	return fmt.Sprintf("has(%[1]s.metadata.%[2]s) && %[3]q in %[1]s.metadata.%[2]s ? %[1]s.metadata.%[2]s[%[3]q] : \"\"", object, kind, key)
}
