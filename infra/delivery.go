package infra

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/delivery"
	"paddock/components/headroom"
	"paddock/components/ingress"
	"paddock/components/policy"
)

func (d Delivery) on() bool     { return d.GitLab != "" }
func (d TeamDelivery) on() bool { return d.Project != "" || len(d.Services) > 0 }

// previewed are the kinds of object that the platform manages in its cluster, which a preview reads. Deployments are seen
// together with their ReplicaSets: only so is one that came up told from one that did not.
func (c Config) previewed() []delivery.Kind {
	kinds := []delivery.Kind{
		{Resources: "limitranges namespaces resourcequotas serviceaccounts"},
		{Resources: "configmaps", Names: headroom.Scaler},
		{Group: "admissionregistration.k8s.io", Resources: "validatingadmissionpolicies validatingadmissionpolicybindings"},
		{Group: "apiregistration.k8s.io", Resources: "apiservices"},
		{Group: "apps", Resources: "deployments replicasets"},
		{Group: "networking.k8s.io", Resources: "networkpolicies"},
		{Group: "policy", Resources: "poddisruptionbudgets"},
		{Group: "rbac.authorization.k8s.io", Resources: "clusterrolebindings clusterroles rolebindings roles"},
		{Group: "scheduling.k8s.io", Resources: "priorityclasses"},
		{Group: "storage.k8s.io", Resources: "storageclasses"},
	}
	if c.Ingress.on() {
		kinds = append(kinds,
			delivery.Kind{Resources: "secrets", Names: ingress.ServingSecret}, // of a server that nobody calls
			delivery.Kind{Group: "apiextensions.k8s.io", Resources: "customresourcedefinitions"},
			delivery.Kind{Group: "elbv2.k8s.aws", Resources: "ingressclassparams"},
			delivery.Kind{Group: "networking.k8s.io", Resources: "ingressclasses"},
		)
	}
	return kinds
}

// delivery makes the teams' way in, and lets the platform's own previews read the cluster. The roles that preview and deploy are
// bootstrap's: what deploys must not be able to change them.
func (b *build) delivery() (err error) {
	if b.cfg.Delivery.on() {
		_, err = delivery.NewReader(b.ctx, b.name("delivery"), &delivery.ReaderArgs{
			Reads: b.cfg.previewed(), Gone: b.clusterPart.Gone, DependsOn: b.clusterPart.Nodes,
		}, pulumi.Providers(b.kubernetes))
		if err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.cfg.Teams)) {
		if t := b.cfg.Teams[name].Delivery; t.on() {
			if b.deliveries[name], err = b.teamDelivery(name, t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *build) teamDelivery(name string, t TeamDelivery) (*delivery.Team, error) {
	return delivery.NewTeam(b.ctx, name+"-delivery", &delivery.TeamArgs{
		Name:     name,
		Platform: b.cfg.Name,
		Account:  b.account,
		Instance: delivery.Instance(b.cfg.Delivery.GitLab),
		Project:  t.Project,
		Branch:   t.Branch,
		Services: t.Services,
		State:    b.store(),
		Protect:  b.cfg.Cluster.Protect,
	}, pulumi.Providers(b.aws))
}

// store is where the account keeps the state of its stacks. Whether there is such a bucket is not looked at: a platform may keep its
// state elsewhere, and then its teams keep theirs elsewhere too.
func (b *build) store() delivery.Store {
	s := b.cfg.Delivery.State
	return delivery.Store{
		State: delivery.State{
			Partition: b.account.Partition, Bucket: cmp.Or(s.Bucket, delivery.StateBucket(b.account.ID)),
			Project: b.ctx.Project(), Stack: b.ctx.Stack(),
		},
		Alias: cmp.Or(s.Key, delivery.StateAlias),
	}
}

// registry is where the repositories of the platform are; empty if no team has any, and none is going to.
func (b *build) registry() string {
	if !b.cfg.Delivery.on() && len(b.deliveries) == 0 {
		return ""
	}
	a := b.account
	return fmt.Sprintf("%s.dkr.ecr.%s.%s/%s", a.ID, a.Region, policy.DNSSuffix(a.Partition), b.cfg.Name)
}

// delivered is what a team needs to know to deliver; empty if it does so in a way of its own.
func (b *build) delivered(team string) pulumi.Map {
	made, ok := b.deliveries[team]
	if !ok {
		return pulumi.Map{"buildRoleArn": pulumi.String(""), "releaseRoleArn": pulumi.String(""), "repositories": pulumi.StringMap{}}
	}
	return pulumi.Map{"buildRoleArn": made.BuildRoleARN, "releaseRoleArn": made.ReleaseRoleARN, "repositories": made.Repositories}
}
