package team

import (
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Names of the role and the bindings in each namespace.
const (
	viewerName   = "team-viewer"
	deployerName = "team-deployer"
)

// viewRole is Kubernetes' own read-only ClusterRole. It shows neither secrets nor roles.
const viewRole = "view"

const rbacGroup = "rbac.authorization.k8s.io"

// readWrite leaves out deletecollection, which empties a namespace in one call.
var readWrite = []string{"get", "list", "watch", "create", "update", "patch", "delete"}

// grant is one row of the deployer's rights.
type grant struct {
	group     string // API group, "" = core
	resources []string
	verbs     []string
}

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
var deployerGrants = []grant{
	{"", []string{"configmaps", "persistentvolumeclaims", "pods", "secrets", "serviceaccounts", "services"}, readWrite},
	{"", []string{"pods/attach", "pods/exec", "pods/portforward"}, []string{"get", "create"}},
	{"", []string{"pods/eviction"}, []string{"create"}},
	{"apps", []string{"deployments", "deployments/scale", "replicasets", "statefulsets", "statefulsets/scale"}, readWrite},
	{"autoscaling", []string{"horizontalpodautoscalers"}, readWrite},
	{"batch", []string{"cronjobs", "jobs"}, readWrite},
	{"networking.k8s.io", []string{"ingresses", "networkpolicies"}, readWrite},
	{"policy", []string{"poddisruptionbudgets"}, readWrite},
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
		Rules:    rules(deployerGrants),
	}, f.opts...)
	if err != nil {
		return err
	}
	return f.bind(ctx, "-deployer", deployerName, "Role", role.Metadata.Name().Elem(), deployer)
}

func (f *fence) bind(ctx *pulumi.Context, suffix, name, kind string, role pulumi.StringInput, groups ...string) error {
	var subjects rbacv1.SubjectArray
	for _, group := range groups {
		subjects = append(subjects, rbacv1.SubjectArgs{
			ApiGroup: pulumi.String(rbacGroup), Kind: pulumi.String("Group"), Name: pulumi.String(group),
		})
	}
	_, err := rbacv1.NewRoleBinding(ctx, f.prefix+suffix, &rbacv1.RoleBindingArgs{
		Metadata: f.metadata(name),
		RoleRef:  rbacv1.RoleRefArgs{ApiGroup: pulumi.String(rbacGroup), Kind: pulumi.String(kind), Name: role},
		Subjects: subjects,
	}, f.opts...)
	return err
}

func rules(grants []grant) rbacv1.PolicyRuleArray {
	var out rbacv1.PolicyRuleArray
	for _, g := range grants {
		out = append(out, rbacv1.PolicyRuleArgs{
			ApiGroups: pulumi.ToStringArray([]string{g.group}),
			Resources: pulumi.ToStringArray(g.resources),
			Verbs:     pulumi.ToStringArray(g.verbs),
		})
	}
	return out
}
