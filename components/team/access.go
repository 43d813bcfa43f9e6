package team

import (
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/rbac"
)

// Names of the role and the bindings in each namespace.
const (
	viewerName   = "team-viewer"
	deployerName = "team-deployer"
)

// viewRole is Kubernetes' own read-only ClusterRole. It shows neither secrets nor roles.
const viewRole = "view"

// readWrite leaves out deletecollection, which empties a namespace in one call.
const readWrite = "get list watch create update patch delete"

// deployerGrants is all that a deployer may do beyond view, in its own namespace only.
//
// Kubernetes' own ClusterRole edit would not do: it may impersonate service accounts and mint their
// tokens. What is left out, and why:
//
//	resourcequotas, limitranges                     the fence itself
//	namespaces (write)                              its labels are the Pod Security fence
//	roles, rolebindings                             rights come from the platform's config
//	serviceaccounts impersonate, .../token          acting as a pod without being one leaves no trace
//	daemonsets                                      they grow with the cluster, which is not the team's
//	endpoints, endpointslices (write)               they could point a Service into another team's namespace
//
// Of networkpolicies, those of the fence and those that let everybody in are the Guard's to refuse: a service brings its own.
//
// A deployer reads its namespace's secrets: whoever may create pods could mount them anyway.
var deployerGrants = []rbac.Grant{
	rbac.May(readWrite, "", "configmaps persistentvolumeclaims pods secrets serviceaccounts services"),
	rbac.May("get create", "", "pods/attach pods/exec pods/portforward"),
	rbac.May("create", "", "pods/eviction"),
	rbac.May(readWrite, "apps", "deployments deployments/scale replicasets statefulsets statefulsets/scale"),
	rbac.May(readWrite, "autoscaling", "horizontalpodautoscalers"),
	rbac.May(readWrite, "batch", "cronjobs jobs"),
	rbac.May(readWrite, "networking.k8s.io", "ingresses networkpolicies"),
	rbac.May(readWrite, "policy", "poddisruptionbudgets"),
}

// access binds the team's groups in this namespace. Deployers are bound to view as well, so that
// they read all that viewers read.
func (f *fence) access(ctx *pulumi.Context) error {
	viewer, deployer := ViewerGroup(f.team), DeployerGroup(f.team)
	if err := f.bind(ctx, "-viewer", viewerName, "ClusterRole", pulumi.String(viewRole), viewer, deployer); err != nil {
		return err
	}
	role, err := rbacv1.NewRole(ctx, f.prefix+"-deployer", &rbacv1.RoleArgs{
		Metadata: f.metadata(deployerName),
		Rules:    rbac.Rules(deployerGrants),
	}, f.opts...)
	if err != nil {
		return err
	}
	return f.bind(ctx, "-deployer", deployerName, "Role", role.Metadata.Name().Elem(), deployer)
}

func (f *fence) bind(ctx *pulumi.Context, suffix, name, kind string, role pulumi.StringInput, groups ...string) error {
	_, err := rbacv1.NewRoleBinding(ctx, f.prefix+suffix, &rbacv1.RoleBindingArgs{
		Metadata: f.metadata(name),
		RoleRef:  rbac.Ref(kind, role),
		Subjects: rbac.Groups(groups...),
	}, f.opts...)
	return err
}
