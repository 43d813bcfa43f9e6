package ingress

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/admission"
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
	made, err := guards(b.NamespaceLabel, b.Deployer).Register(ctx, b.Name+"-guard", b.Name+"-guard", b.Metadata(GuardName, ""), b.InCluster...)
	if err != nil {
		return err
	}
	b.Ready = append(b.Ready, made...)
	return nil
}

// guards judges what anybody writes but the controller, which must be able to let an Ingress go, whatever it says.
func guards(label, deployer string) admission.Policy {
	itself := "system:serviceaccount:" + controller.Namespace + ":" + Name
	return admission.Policy{
		Resource: "ingresses", Operations: []string{"CREATE", "UPDATE"},
		When: admission.Expression{Name: "not-the-controller", Text: fmt.Sprintf("request.userInfo.username != %q", itself)},
		Variables: []admission.Expression{
			{Name: "deployer", Text: deployer},
			{Name: "group", Text: orNothing("object", "annotations", balancer.Group)},
			{Name: "team", Text: orNothing("namespaceObject", "labels", label)},
			{Name: "annotations", Text: `has(object.metadata.annotations) ? object.metadata.annotations : {}`},
			{Name: "alike", Text: admission.Map(balancer.Alike())},
		},
		Rules: rules(label),
	}
}

// rules hold for all who are judged, those after the first for deployers only.
func rules(label string) []admission.Rule {
	list := []admission.Rule{
		admission.Want(`variables.group == variables.team || variables.group == "" && !variables.deployer`,
			balancer.Group+": want the team's name, as the namespace's label "+label+" has it: teams do not share load balancers"),
		admission.Want(fmt.Sprintf(`has(object.spec.ingressClassName) && object.spec.ingressClassName == %q && !(%q in variables.annotations)`, Class, oldClass),
			"spec.ingressClassName: want "+Class+", and no annotation "+oldClass),
		admission.Want(fmt.Sprintf(`variables.annotations.all(k, !k.startsWith(%q) || k in %s || k in variables.alike && variables.alike[k] == variables.annotations[k])`,
			balancer.Prefix, admission.List(append([]string{balancer.Group}, balancer.Own()...)...)),
			"metadata.annotations: want none of "+balancer.Prefix+" but those that a service file makes, with its values"),
		admission.Want(`!has(object.spec.defaultBackend)`, "spec.defaultBackend: want rules, each with a host"),
		admission.Want(`has(object.spec.rules) && object.spec.rules.all(r, has(r.host) && r.host != "")`,
			"spec.rules: want a host in each: one without answers for every host"),
	}
	for i := range list[1:] {
		list[1+i].Holds = "!variables.deployer || " + list[1+i].Holds
	}
	return list
}

// oldClass named an Ingress's class before spec.ingressClassName did.
const oldClass = "kubernetes.io/ingress.class"

// orNothing is in CEL the value of a label or annotation, empty if there is none.
func orNothing(object, kind, key string) string {
	return fmt.Sprintf("has(%[1]s.metadata.%[2]s) && %[3]q in %[1]s.metadata.%[2]s ? %[1]s.metadata.%[2]s[%[3]q] : \"\"", object, kind, key)
}
