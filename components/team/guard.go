package team

import (
	"fmt"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/admission"
	"paddock/components/labels"
)

// GuardName is that of the ValidatingAdmissionPolicy, and of its binding.
const GuardName = "paddock-fence"

// GuardArgs say when the guard is made.
type GuardArgs struct {
	Gone      pulumi.ResourceOption // DeletedWith the cluster; nil = each object is deleted by itself
	DependsOn []pulumi.Resource     // what must exist first; nil = nothing
}

// Guard has the API server hold deployers to what RBAC cannot say: they write NetworkPolicies, but not those of the fence, nor any
// that would let everybody in. There is one for all teams.
type Guard struct {
	pulumi.ResourceState

	Ready []pulumi.Resource // whoever gives deployers rights waits for it
}

// NewGuard makes the policy and binds it.
func NewGuard(ctx *pulumi.Context, name string, args *GuardArgs, opts ...pulumi.ResourceOption) (*Guard, error) {
	g := &Guard{}
	if err := ctx.RegisterComponentResource("paddock:team:Guard", name, g, opts...); err != nil {
		return nil, fmt.Errorf("guard %s: %w", name, err)
	}
	own := []pulumi.ResourceOption{pulumi.Parent(g), pulumi.DependsOn(args.DependsOn)}
	if args.Gone != nil {
		own = append(own, args.Gone)
	}
	meta := metav1.ObjectMetaArgs{
		Name: pulumi.String(GuardName), Labels: pulumi.StringMap{labels.ManagedBy: pulumi.String(labels.Paddock)},
	}
	var err error
	if g.Ready, err = guards().Register(ctx, name+"-policy", name+"-binding", meta, own...); err != nil {
		return nil, fmt.Errorf("guard %s: %w", name, err)
	}
	return g, ctx.RegisterResourceOutputs(g, pulumi.Map{})
}

// guards judges what deployers write, and nobody else's: the platform's own program makes the fences.
func guards() admission.Policy {
	return admission.Policy{
		Resource: "networkpolicies", Operations: []string{"CREATE", "UPDATE", "DELETE"},
		When: admission.Expression{Name: "deployer", Text: IsDeployer},
		Variables: []admission.Expression{
			{Name: "deletes", Text: `request.operation == "DELETE"`},
			{Name: "name", Text: "(variables.deletes ? oldObject : object).metadata.name"},
			{Name: "ingress", Text: "variables.deletes || !has(object.spec.ingress) ? [] : object.spec.ingress"},
			{Name: "peers", Text: "variables.ingress.filter(r, has(r.from)).map(r, r.from)"},
		},
		Rules: guardRules(),
	}
}

// IsDeployer says so in CEL, of whoever makes a request. It is of any team: RBAC sees to it that each writes in its own namespaces only.
var IsDeployer = fmt.Sprintf(`has(request.userInfo.groups) && request.userInfo.groups.exists(g, g.startsWith(%q) && g.endsWith(%q))`,
	groupPrefix, deployerSuffix)

// widest is how wide a block of addresses may be that calls are let in from: as wide as IPv4's widest private one.
const widest = 8

// guardRules hold for each policy. What pods call is their team's to say, so egress is not judged: whoever is called has ingress of its
// own.
func guardRules() []admission.Rule {
	names := admission.List(denyName, dnsName, innerName)
	keys := admission.List(labels.Namespace, Label)
	return []admission.Rule{
		admission.Want("!(variables.name in "+names+")",
			"this policy is the platform's fence: give yours another name"),
		admission.Want(`variables.deletes || has(object.spec.podSelector) && (`+selects("object.spec.podSelector", "")+`)`,
			"spec.podSelector: want the labels of one service's pods: the fence alone is about all of them"),
		admission.Want("variables.ingress.all(r, has(r.from) && size(r.from) > 0)",
			"spec.ingress: want from in each rule: without it, everybody may call"),
		admission.Want("variables.peers.all(from, from.all(p, !has(p.namespaceSelector) || "+selects("p.namespaceSelector", keys)+"))",
			"spec.ingress.from.namespaceSelector: want a label "+labels.Namespace+" or "+Label+": callers are let in by name"),
		admission.Want(fmt.Sprintf("variables.peers.all(from, from.all(p, !has(p.ipBlock) || cidr(p.ipBlock.cidr).prefixLength() >= %d))", widest),
			fmt.Sprintf("spec.ingress.from.ipBlock: want a block of /%d or smaller", widest)),
	}
}

// selects says in CEL that a selector names something that pods or namespaces must have: by one of the keys, or any if there are
// none. That they must lack something, or have a label whatever its value, is not enough: it may hold for all.
func selects(selector, keys string) string {
	matched, listed := "size("+selector+".matchLabels) > 0", `e.operator == "In"`
	if keys != "" {
		matched, listed = selector+".matchLabels.exists(k, k in "+keys+")", listed+" && e.key in "+keys
	}
	return "has(" + selector + ".matchLabels) && " + matched +
		" || has(" + selector + ".matchExpressions) && " + selector + ".matchExpressions.exists(e, " + listed + ")"
}
