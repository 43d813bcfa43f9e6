// Package service turns a service file into Kubernetes objects in its team's namespace, within the team's fences as they are: Pod
// Security restricted, quota, limits, and a network that is closed but for DNS and the namespace itself.
package service

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/labels"
	"paddock/servicefile"
)

// Token is the component's type.
const Token = "paddock:service:Service"

// Args says which service, and where.
type Args struct {
	File      servicefile.File // as servicefile.Load returns it
	Namespace string           // that exists already; "" = the file's
	Image     string           // whole reference, with its tag or digest; "" = the file's
	Ingress   *Ingress         // how the platform's edge is reached; nil = it has none, and no service may be exposed
	Unfenced  bool             // the operator left the namespace's network open, which a NetworkPolicy would close; false = one is made

	Gone      pulumi.ResourceOption // DeletedWith the cluster; nil = deleted one by one
	DependsOn []pulumi.Resource     // what must exist first; nil = nothing
}

// Ingress is the platform's edge, as the platform exports it.
type Ingress struct {
	Domain       string   // one-word hosts are below it
	Class        string   // IngressClass of the load balancer's controller
	SourceBlocks []string // where the load balancers' addresses are: the public subnets
}

// Service is one service's objects.
type Service struct {
	pulumi.ResourceState

	Namespace  string
	Name       string              // of its Service; peers call http://<Name>.<Namespace>
	Host       string              // under which the internet finds it; "" = not exposed
	Deployment pulumi.StringOutput // the Deployment's name, known once all objects are made
}

// New registers the service's objects. It needs a Kubernetes provider by pulumi.Providers in opts. A role of the file is noted on the
// pods; who gives it to their service account is the platform. Faults in args are reported together, before anything registers.
//
// None of the objects is awaited: whoever wants to know whether the pods come up waits for the Deployment, and can say more.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Service, error) {
	if err := args.check(); err != nil {
		return nil, fmt.Errorf("service %s: %w", name, err)
	}
	b := newBuilder(name, args)
	s := &Service{Namespace: b.namespace, Name: b.File.Name}
	if b.File.Exposed() {
		s.Host = b.File.Expose.FullHost(b.Ingress.Domain)
	}
	if err := ctx.RegisterComponentResource(Token, name, s, opts...); err != nil {
		return nil, fmt.Errorf("service %s: %w", name, err)
	}
	if err := b.build(ctx, s); err != nil {
		return nil, fmt.Errorf("service %s: %w", name, err)
	}
	s.Deployment = b.done()
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{
		"namespace": pulumi.String(s.Namespace), "name": pulumi.String(s.Name), "host": pulumi.String(s.Host), "deployment": s.Deployment,
	})
}

func (a *Args) check() error {
	var errs []error
	if err := a.File.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("file: %w", err))
	}
	if cmp.Or(a.Image, a.File.Image) == "" {
		errs = append(errs, errors.New("image: empty: want one, of the file or the deploy"))
	}
	if a.File.Exposed() && a.Ingress == nil {
		errs = append(errs, fmt.Errorf("expose: %s: want a platform with an ingress, or no such key", a.File.Expose.Host))
	}
	if a.File.Exposed() && a.Ingress != nil && len(a.Ingress.SourceBlocks) == 0 && !a.Unfenced {
		errs = append(errs,
			errors.New("ingress.sourceBlocks: empty: want those that the load balancer calls from, or nobody gets through"))
	}
	return errors.Join(errs...)
}

// builder registers the parts in order.
type builder struct {
	*Args
	name      string // prefix of the children's Pulumi names
	namespace string
	opts      []pulumi.ResourceOption // of every child
	before    []pulumi.Resource       // what pods must find when they start
	workload  pulumi.StringOutput     // the Deployment's name
	last      []pulumi.Resource       // what nothing else waits for
}

func newBuilder(name string, args *Args) *builder {
	filled := *args
	filled.Image = cmp.Or(args.Image, args.File.Image)
	return &builder{Args: &filled, name: name, namespace: cmp.Or(args.Namespace, args.File.Namespace, args.File.Team)}
}

func (b *builder) build(ctx *pulumi.Context, s *Service) error {
	b.opts = []pulumi.ResourceOption{pulumi.Parent(s), pulumi.DependsOn(b.DependsOn)}
	if b.Gone != nil {
		b.opts = append(b.opts, b.Gone)
	}
	for _, step := range []struct {
		what   string
		wanted bool
		do     func(*pulumi.Context) error
	}{
		{"service account", true, b.account},
		{"network policy", !b.Unfenced, b.policy},
		{"volume", b.File.Keeps(), b.claim},
		{"service", true, b.service},
		{"deployment", true, b.deployment},
		{"autoscaler", b.File.Scales(), b.autoscaler},
		{"disruption budget", true, b.budget},
		{"ingress", b.File.Exposed(), b.ingress},
	} {
		if !step.wanted {
			continue
		}
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// done is the Deployment's name, once everything is there.
func (b *builder) done() pulumi.StringOutput {
	waits := []any{b.workload}
	for _, r := range b.last {
		waits = append(waits, r.URN())
	}
	return pulumi.All(waits...).ApplyT(func(all []any) string { return all[0].(string) }).(pulumi.StringOutput)
}

// selector picks the service's pods out; it never changes, for a Deployment's cannot.
func (b *builder) selector() pulumi.StringMap {
	return pulumi.ToStringMap(labels.Selector(b.File.Name))
}

func (b *builder) labels() pulumi.StringMap {
	all := pulumi.ToStringMap(labels.Of(b.File.Name))
	all[labels.Team] = pulumi.String(b.File.Team)
	return all
}
