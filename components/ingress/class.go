package ingress

import (
	kubernetes "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	crdv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/balancer"
)

// The controller's own kinds of object.
const (
	groupName    = "elbv2.k8s.aws"
	groupVersion = "v1beta1"
)

// definition is one of them: the names that it goes by.
type definition struct {
	kind, plural, singular, scope string
	part                          string // ends the resource's Pulumi name
}

var (
	// The controller writes a binding for each target group, and reads from it which pods belong there.
	bindings = definition{"TargetGroupBinding", "targetgroupbindings", "targetgroupbinding", "Namespaced", "bindings"}
	// What holds for all Ingresses of a class.
	params = definition{"IngressClassParams", "ingressclassparams", "ingressclassparams", "Cluster", "params"}
)

// definitions make both kinds known. Their fields are the controller's business: it alone writes bindings, and the one
// IngressClassParams comes from here, so that the schema leaves them open.
func (b *builder) definitions(ctx *pulumi.Context) error {
	for _, d := range []definition{bindings, params} {
		crd, err := crdv1.NewCustomResourceDefinition(ctx, b.Name+"-"+d.part, d.args(b.Metadata(d.plural+"."+groupName, "")), b.InCluster...)
		if err != nil {
			return err
		}
		b.Before = append(b.Before, crd) // the controller ends if it cannot watch them
	}
	return nil
}

func (d definition) args(metadata metav1.ObjectMetaArgs) *crdv1.CustomResourceDefinitionArgs {
	open := crdv1.JSONSchemaPropsArgs{Type: pulumi.String("object"), X_kubernetes_preserve_unknown_fields: pulumi.Bool(true)}
	version := crdv1.CustomResourceDefinitionVersionArgs{
		Name: pulumi.String(groupVersion), Served: pulumi.Bool(true), Storage: pulumi.Bool(true),
		Schema: crdv1.CustomResourceValidationArgs{OpenAPIV3Schema: crdv1.JSONSchemaPropsArgs{
			Type:       pulumi.String("object"),
			Properties: crdv1.JSONSchemaPropsMap{"spec": open, "status": open},
		}},
		Subresources: crdv1.CustomResourceSubresourcesArgs{Status: pulumi.Map{}},
	}
	return &crdv1.CustomResourceDefinitionArgs{
		Metadata: metadata,
		Spec: crdv1.CustomResourceDefinitionSpecArgs{
			Group: pulumi.String(groupName),
			Scope: pulumi.String(d.scope),
			Names: crdv1.CustomResourceDefinitionNamesArgs{
				Kind: pulumi.String(d.kind), ListKind: pulumi.String(d.kind + "List"),
				Plural: pulumi.String(d.plural), Singular: pulumi.String(d.singular),
			},
			Versions: crdv1.CustomResourceDefinitionVersionArray{version},
		},
	}
}

// class makes what Ingresses name. What it says, no annotation of an Ingress can change: load balancers face the internet, with the
// platform's certificate and TLS from 1.2 on, and only for namespaces of teams: of those a destroy knows that their Ingresses go
// first.
func (b *builder) class(ctx *pulumi.Context) error {
	spec := kubernetes.UntypedArgs{"spec": pulumi.Map{
		"namespaceSelector": pulumi.Map{"matchExpressions": pulumi.Array{pulumi.Map{
			"key": pulumi.String(b.NamespaceLabel), "operator": pulumi.String("Exists"),
		}}},
		"scheme":         pulumi.String("internet-facing"),
		"certificateArn": pulumi.StringArray{b.Ingress.CertificateARN},
		"sslPolicy":      pulumi.String(balancer.TLSPolicy),
	}}
	held, err := apiextensions.NewCustomResource(ctx, b.Name+"-class-params", &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String(groupName + "/" + groupVersion), Kind: pulumi.String(params.kind),
		Metadata: b.Metadata(Class, ""), OtherFields: spec,
	}, append([]pulumi.ResourceOption{pulumi.DependsOn(b.Before)}, b.InCluster...)...)
	if err != nil {
		return err
	}
	class, err := networkingv1.NewIngressClass(ctx, b.Name+"-class", &networkingv1.IngressClassArgs{
		Metadata: b.Metadata(Class, ""),
		Spec: networkingv1.IngressClassSpecArgs{
			Controller: pulumi.String(Controller),
			Parameters: networkingv1.IngressClassParametersReferenceArgs{
				ApiGroup: pulumi.String(groupName), Kind: pulumi.String(params.kind), Name: pulumi.String(Class),
			},
		},
	}, append([]pulumi.ResourceOption{pulumi.DependsOn([]pulumi.Resource{held})}, b.InCluster...)...)
	b.Ready = append(b.Ready, class)
	return err
}
