package verify

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func escape(s string) string { return url.QueryEscape(s) }

// teams checks the fences of every namespace that the stack exports.
func (c *cluster) teams(stack *Stack) []check {
	if stack == nil {
		return []check{{"team fences", func(context.Context) outcome {
			return skip("no --stack-output: which teams there are is not known")
		}}}
	}
	if len(stack.Teams) == 0 {
		return []check{{"team fences", func(context.Context) outcome { return skip("the stack exports no teams") }}}
	}
	var list []check
	for _, name := range stack.names() {
		for _, ns := range stack.Teams[name].Namespaces {
			f, has := &fence{c, stack, name, ns}, stack.Teams[name].fences()
			where := fmt.Sprintf("team %s, namespace %s: ", name, ns)
			list = append(list,
				check{where + "pod security", unless(has.PodSecurity == "privileged", f.podSecurity)},
				check{where + "limits", unless(!has.Limits, f.limits)},
				check{where + "quota", unless(!has.Quota, f.quota)},
				check{where + "network", unless(!has.NetworkPolicy, f.network)},
				check{where + "access", f.access})
		}
	}
	return list
}

// unless leaves out a fence that the stack's config opens.
func unless(open bool, look func(context.Context) outcome) func(context.Context) outcome {
	if open {
		return func(context.Context) outcome { return skip("the stack's config leaves it open") }
	}
	return look
}

// fence is one namespace of one team.
type fence struct {
	*cluster
	stack    *Stack
	team, ns string
}

// mend is what to do about a fence that has a hole.
const mend = "; `pulumi up` puts the fence back"

// try asks the API server whether it would take a pod. Nothing is made.
func (f *fence) try(ctx context.Context, pod *corev1.Pod) error {
	return f.post(ctx, "/api/v1/namespaces/"+f.ns+"/pods?dryRun=All", pod, nil)
}

// verdict judges the answer to a pod that must be refused, by the words of what is to refuse it.
func (f *fence) verdict(err error, what string, words ...string) outcome {
	switch {
	case err == nil:
		return failed("%s is let in%s", what, mend)
	case apierrors.IsNotFound(err):
		return failed("there is no namespace %s%s", f.ns, mend)
	case !apierrors.IsForbidden(err):
		return trouble(err, what)
	}
	for _, word := range words {
		if strings.Contains(err.Error(), word) {
			return ok("%s is refused: %s", what, first(err.Error()))
		}
	}
	if strings.Contains(err.Error(), "cannot create resource") {
		return failed("%v: who runs this needs the right to create pods, which the dry run asks for", err)
	}
	return failed("%s is refused, but by something else than the fence: %v", what, err)
}

func first(text string) string {
	const most = 160
	line, _, _ := strings.Cut(text, "\n")
	if len(line) > most {
		line = line[:most] + "…"
	}
	return line
}

// pod is one that Pod Security's level restricted lets in.
func pod(containers ...corev1.Container) *corev1.Pod {
	yes, user := true, int64(65534)
	return &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{GenerateName: "paddock-verify-"},
		Spec: corev1.PodSpec{
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot: &yes, RunAsUser: &user, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Containers: containers,
		},
	}
}

func container(name string, size corev1.ResourceList) corev1.Container {
	no := false
	return corev1.Container{
		Name: name, Image: "registry.k8s.io/pause:3.10",
		Resources: corev1.ResourceRequirements{Requests: size, Limits: size},
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: &no, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		},
	}
}

// small fits everywhere.
var small = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m"), corev1.ResourceMemory: resource.MustParse("16Mi")}

func (f *fence) podSecurity(ctx context.Context) outcome {
	c, yes := container("app", small), true
	c.SecurityContext = &corev1.SecurityContext{Privileged: &yes}
	return f.verdict(f.try(ctx, pod(c)), "a privileged pod", "violates PodSecurity")
}

// limits asks for a container that no node could run. A quota refuses it as well, and of a namespace without a LimitRange that
// would be all that is seen.
func (f *fence) limits(ctx context.Context) outcome {
	ranges, err := f.ranges(ctx)
	if err != nil {
		return trouble(err, "limits")
	}
	if len(ranges) == 0 {
		return failed("no LimitRange says what one container may have, and has if it asks for nothing%s", mend)
	}
	huge := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10k"), corev1.ResourceMemory: resource.MustParse("1Pi")}
	return f.verdict(f.try(ctx, pod(container("app", huge))), "a container of 10000 CPUs and 1 PiB", "usage per Container",
		"exceeded quota")
}

// network wants a policy that closes the whole namespace in both directions; others may then open doors in it.
func (f *fence) network(ctx context.Context) outcome {
	var list networkingv1.NetworkPolicyList
	if err := f.get(ctx, "/apis/networking.k8s.io/v1/namespaces/"+f.ns+"/networkpolicies", &list); err != nil {
		return trouble(err, "network policies")
	}
	for _, p := range list.Items {
		s := p.Spec
		if len(s.PodSelector.MatchLabels)+len(s.PodSelector.MatchExpressions)+len(s.Ingress)+len(s.Egress) == 0 &&
			len(s.PolicyTypes) == 2 {
			return f.guarded(ctx, ok("%s denies by default; %d policies open doors", p.Name, len(list.Items)-1))
		}
	}
	return failed("no NetworkPolicy denies by default: pods talk to anything%s", mend)
}

// guard binds what keeps deployers from the fence's policies.
const guard = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/paddock-fence"

// guarded is what was found, if deployers cannot undo it: they may write policies.
func (f *fence) guarded(ctx context.Context, found outcome) outcome {
	var binding struct {
		Spec struct{ ValidationActions []string }
	}
	err := f.get(ctx, guard, &binding)
	switch {
	case apierrors.IsNotFound(err):
		return failed("ValidatingAdmissionPolicyBinding paddock-fence is gone: deployers may drop the fence's policies%s", mend)
	case err != nil:
		return trouble(err, "what guards the network policies")
	case !slices.Contains(binding.Spec.ValidationActions, "Deny"):
		return failed("ValidatingAdmissionPolicyBinding paddock-fence denies nothing: %q%s", binding.Spec.ValidationActions, mend)
	}
	return found
}
