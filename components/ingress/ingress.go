// Package ingress opens a cluster to the internet: the AWS Load Balancer Controller, which makes load balancers of Ingresses, the
// class that those name, and the certificate of the platform's domain.
package ingress

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/controller"
	"paddock/components/policy"
	"paddock/components/versions"
)

// Token is the component's type.
const Token = "paddock:ingress:Ingress"

// What finds the controller.
const (
	Name          = "aws-load-balancer-controller" // of Deployment, service account and all else that has a name of its own
	ServingSecret = Name + "-serving"              // the certificate of its webhook server
	Class         = "alb"                          // the IngressClass
	Controller    = "ingress.k8s.aws/alb"
)

// Args says which cluster is opened, under which domain, and to whom.
type Args struct {
	ClusterName       string             // EKS cluster name: tags all that the controller makes, and ends what it may change
	ClusterNameOutput pulumi.StringInput // the same name from the made cluster; nil = ClusterName
	Region            string             // of the cluster
	VpcID             pulumi.StringInput // where load balancers are made
	Image             string             // "" = that of package versions, on public.ecr.aws
	Tags              map[string]string  // on all that the controller makes, which the provider's default tags do not reach; nil = only the controller's own

	Domain         string // services are exposed below it: its certificate is also for *.Domain
	CertificateARN string // of a certificate that is there; "" = one is requested
	ZoneID         string // of the Route 53 zone that proves the domain and is waited for; "" = somebody sets Validation's records
	NamespaceLabel string // only namespaces that have this label, with whatever value, may expose anything

	Deployer string // says in CEL of a request that one of a team's deployers makes it: their Ingresses are held to more than others'

	Gone      pulumi.ResourceOption // DeletedWith the cluster, on all that lives in it; nil = deleted one by one
	DependsOn []pulumi.Resource     // what the pods need first, such as nodes and the Pod Identity agent; nil = nothing
}

// Ingress is a cluster that can be reached from outside.
type Ingress struct {
	pulumi.ResourceState

	RoleARN        pulumi.StringOutput // of the IAM role that the controller acts as
	CertificateARN pulumi.StringOutput // that listeners present
	Validation     pulumi.ArrayOutput  // DNS records to set, {name, type, value}; empty where none is to be set by hand
	// Ready is what an Ingress needs. Whatever holds Ingresses depends on it: they are not served before, and their load balancers go
	// only while the controller runs.
	Ready []pulumi.Resource
}

// New registers the controller. Faults in args are reported together, before anything registers.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Ingress, error) {
	s, err := args.settings()
	if err != nil {
		return nil, fmt.Errorf("ingress %s: %w", name, err)
	}
	i := &Ingress{}
	if err := ctx.RegisterComponentResource(Token, name, i, opts...); err != nil {
		return nil, fmt.Errorf("ingress %s: %w", name, err)
	}
	b := newBuilder(i, name, s)
	if err := b.build(ctx); err != nil {
		return nil, fmt.Errorf("ingress %s: %w", name, err)
	}
	i.RoleARN = b.Controller.RoleARN
	return i, ctx.RegisterResourceOutputs(i, pulumi.Map{
		"roleArn": i.RoleARN, "certificateArn": i.CertificateARN, "validation": i.Validation,
	})
}

// builder registers the parts in order.
type builder struct {
	*settings
	*Ingress
	*controller.Controller
}

func newBuilder(i *Ingress, name string, s *settings) *builder {
	return &builder{settings: s, Ingress: i, Controller: controller.New(i, name, &controller.Args{
		App: Name, Cluster: s.ClusterNameOutput, Gone: s.Gone, DependsOn: s.DependsOn,
	})}
}

// build ends with what Ingresses name. Pods that start before their association exists never get credentials.
func (b *builder) build(ctx *pulumi.Context) error {
	steps := []struct {
		what string
		do   func(*pulumi.Context) error
	}{
		{"certificate", b.certificate},
		{"role", b.role},
		{"identity", b.Identity},
		{"access", b.access},
		{"definitions", b.definitions},
		{"serving certificate", b.serving},
		{"budget", b.Budget},
		{"deployment", b.deployment},
		{"class", b.class},
		{"guard", b.guard},
	}
	for _, step := range steps {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

func (b *builder) role(ctx *pulumi.Context) error {
	return b.Role(ctx, "AWS Load Balancer Controller of "+b.ClusterName, "load-balancers", rights(b.settings))
}

func (b *builder) access(ctx *pulumi.Context) error { return b.Access(ctx, clusterGrants, ownGrants) }

// settings are Args with every default filled in.
type settings struct {
	Args
	partition string // the region's
}

func (a *Args) settings() (*settings, error) {
	s := &settings{Args: *a}
	var errs []error
	for _, needed := range []struct{ what, value string }{
		{"clusterName", a.ClusterName}, {"region", a.Region}, {"domain", a.Domain}, {"namespaceLabel", a.NamespaceLabel},
		{"deployer", a.Deployer},
	} {
		if needed.value == "" {
			errs = append(errs, fmt.Errorf("%s: empty", needed.what))
		}
	}
	if a.VpcID == nil {
		errs = append(errs, errors.New("vpcId: empty"))
	}
	if a.CertificateARN != "" && a.ZoneID != "" {
		errs = append(errs,
			errors.New("zoneId: proves a domain for a certificate that is requested, and certificateArn names one that is there"))
	}
	for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
		value := a.Tags[key]
		if strings.ContainsAny(key, "=,\"") || strings.ContainsAny(value, ",\"") {
			errs = append(errs, fmt.Errorf("tags: %s: %q: the controller's flag takes no comma and no quote, nor a key with an equals sign",
				key, value))
		}
	}
	if s.Image == "" {
		s.Image = versions.LoadBalancerControllerImage
	}
	if s.ClusterNameOutput == nil {
		s.ClusterNameOutput = pulumi.String(s.ClusterName)
	}
	s.partition = policy.PartitionOf(s.Region)
	return s, errors.Join(errs...)
}
