package conformance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
)

func (r *rig) eks() *eks.Client { return eks.NewFromConfig(r.config) }

var dev = ptr("dev")

func TestClusters(t *testing.T) {
	c := p.eks()
	list := ok[*eks.ListClustersOutput](t)(c.ListClusters(t.Context(), &eks.ListClustersInput{}))
	want(t, "clusters", strings.Join(list.Clusters, ","), "dev")
	got := ok[*eks.DescribeClusterOutput](t)(c.DescribeCluster(t.Context(), &eks.DescribeClusterInput{Name: dev})).Cluster
	want(t, "ARN", at(got.Arn), p.cluster.arn())
	want(t, "status", got.Status, types.ClusterStatusActive)
	want(t, "version", at(got.Version), "1.33")
	want(t, "endpoint", at(got.Endpoint), "https://127.0.0.1:6443")
	want(t, "authority", at(got.CertificateAuthority.Data), "YXV0aG9yaXR5")
	want(t, "subnets", len(got.ResourcesVpcConfig.SubnetIds), 3)
	want(t, "VPC", at(got.ResourcesVpcConfig.VpcId), p.vpc.id)
	want(t, "private", got.ResourcesVpcConfig.EndpointPrivateAccess, true)
	want(t, "mode", got.AccessConfig.AuthenticationMode, types.AuthenticationModeApi)
	want(t, "key", at(got.EncryptionConfig[0].Provider.KeyArn), p.key.arn())
	want(t, "logs on", len(got.Logging.ClusterLogging[0].Types), 2)
	want(t, "logs off", at(got.Logging.ClusterLogging[1].Enabled), false)
	want(t, "issuer", strings.HasPrefix(at(got.Identity.Oidc.Issuer), "https://oidc.eks.us-west-2."), true)
	want(t, "tag", got.Tags["team"], "red")
	if got.CreatedAt == nil || got.CreatedAt.Year() < 2020 {
		t.Errorf("created at %v", got.CreatedAt)
	}
	_, err := c.DescribeCluster(t.Context(), &eks.DescribeClusterInput{Name: ptr("none")})
	modelled[*types.ResourceNotFoundException](t, err)
	_, err = c.ListClusters(t.Context(), &eks.ListClustersInput{NextToken: ptr("junk")})
	modelled[*types.InvalidParameterException](t, err)
	_, err = c.DeleteCluster(t.Context(), &eks.DeleteClusterInput{Name: dev})
	refused(t, err, "UnknownOperationException")
}

func TestNodegroups(t *testing.T) {
	c := p.eks()
	pages := eks.NewListNodegroupsPaginator(c, &eks.ListNodegroupsInput{ClusterName: dev, MaxResults: ptr(int32(1))})
	var names []string
	for pages.HasMorePages() {
		names = append(names, ok[*eks.ListNodegroupsOutput](t)(pages.NextPage(t.Context())).Nodegroups...)
	}
	want(t, "node groups", strings.Join(names, ","), "big,general")
	got := ok[*eks.DescribeNodegroupOutput](t)(c.DescribeNodegroup(t.Context(), &eks.DescribeNodegroupInput{ClusterName: dev, NodegroupName: ptr("general")})).Nodegroup
	want(t, "status", got.Status, types.NodegroupStatusActive)
	want(t, "disk", at(got.DiskSize), 20)
	want(t, "image", got.AmiType, types.AMITypesAl2023X8664Standard)
	want(t, "capacity", got.CapacityType, types.CapacityTypesOnDemand)
	want(t, "version", at(got.Version), "1.33")
	want(t, "label", got.Labels["team"], "all")
	want(t, "tag", got.Tags["cost"], "shared")
	want(t, "desired", at(got.ScalingConfig.DesiredSize), 3)
	want(t, "group", at(got.Resources.AutoScalingGroups[0].Name), p.group())
	if v := got.Taints[0].Value; v == nil || *v != "" {
		t.Errorf("taint's value: got %v, want an empty string: autoscalers drop taints without", v)
	}
	want(t, "types", strings.Join(got.InstanceTypes, ","), "m5.large,m5a.large")
	big := ok[*eks.DescribeNodegroupOutput](t)(c.DescribeNodegroup(t.Context(), &eks.DescribeNodegroupInput{ClusterName: dev, NodegroupName: ptr("big")})).Nodegroup
	want(t, "template", at(big.LaunchTemplate.Name), "big")
	if big.DiskSize != nil || len(big.InstanceTypes) > 0 {
		t.Errorf("got disk %v and types %v of a group whose template has them", big.DiskSize, big.InstanceTypes)
	}
	_, err := c.DescribeNodegroup(t.Context(), &eks.DescribeNodegroupInput{ClusterName: dev, NodegroupName: ptr("none")})
	modelled[*types.ResourceNotFoundException](t, err)
	_, err = c.ListNodegroups(t.Context(), &eks.ListNodegroupsInput{ClusterName: ptr("none")})
	modelled[*types.ResourceNotFoundException](t, err)
}

func TestAddons(t *testing.T) {
	c := p.eks()
	list := ok[*eks.ListAddonsOutput](t)(c.ListAddons(t.Context(), &eks.ListAddonsInput{ClusterName: dev}))
	want(t, "add-ons", strings.Join(list.Addons, ","), "coredns")
	got := ok[*eks.DescribeAddonOutput](t)(c.DescribeAddon(t.Context(), &eks.DescribeAddonInput{ClusterName: dev, AddonName: ptr("coredns")})).Addon
	want(t, "status", got.Status, types.AddonStatusActive)
	want(t, "configuration", at(got.ConfigurationValues), `{"replicaCount":2}`)
	versions := ok[*eks.DescribeAddonVersionsOutput](t)(c.DescribeAddonVersions(t.Context(), &eks.DescribeAddonVersionsInput{
		AddonName: ptr("kube-proxy"), KubernetesVersion: ptr("1.33"),
	}))
	want(t, "version", at(versions.Addons[0].AddonVersions[0].AddonVersion), "v1.33.5-eksbuild.2")
	want(t, "default", versions.Addons[0].AddonVersions[0].Compatibilities[0].DefaultVersion, true)
	_, err := c.DescribeAddon(t.Context(), &eks.DescribeAddonInput{ClusterName: dev, AddonName: ptr("none")})
	modelled[*types.ResourceNotFoundException](t, err)
}

func TestAccess(t *testing.T) {
	c, who := p.eks(), ptr(p.podRole.arn())
	list := ok[*eks.ListAccessEntriesOutput](t)(c.ListAccessEntries(t.Context(), &eks.ListAccessEntriesInput{ClusterName: dev}))
	want(t, "entries: creator, nodes, ours", len(list.AccessEntries), 3)
	viewers := ok[*eks.ListAccessEntriesOutput](t)(c.ListAccessEntries(t.Context(), &eks.ListAccessEntriesInput{
		ClusterName: dev, AssociatedPolicyArn: ptr("arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"),
	}))
	want(t, "viewers", strings.Join(viewers.AccessEntries, ","), *who)
	got := ok[*eks.DescribeAccessEntryOutput](t)(c.DescribeAccessEntry(t.Context(), &eks.DescribeAccessEntryInput{ClusterName: dev, PrincipalArn: who})).AccessEntry
	want(t, "groups", strings.Join(got.KubernetesGroups, ","), "red")
	want(t, "type", at(got.Type), "STANDARD")
	policies := ok[*eks.ListAssociatedAccessPoliciesOutput](t)(c.ListAssociatedAccessPolicies(t.Context(), &eks.ListAssociatedAccessPoliciesInput{
		ClusterName: dev, PrincipalArn: who,
	}))
	want(t, "scope", policies.AssociatedAccessPolicies[0].AccessScope.Type, types.AccessScopeTypeCluster)
	all := ok[*eks.ListAccessPoliciesOutput](t)(c.ListAccessPolicies(t.Context(), &eks.ListAccessPoliciesInput{}))
	want(t, "policies", len(all.AccessPolicies), 5)
	_, err := c.DescribeAccessEntry(t.Context(), &eks.DescribeAccessEntryInput{ClusterName: dev, PrincipalArn: ptr("arn:aws:iam::1:role/none")})
	modelled[*types.ResourceNotFoundException](t, err)
}

func TestPodIdentities(t *testing.T) {
	c := p.eks()
	list := ok[*eks.ListPodIdentityAssociationsOutput](t)(c.ListPodIdentityAssociations(t.Context(), &eks.ListPodIdentityAssociationsInput{
		ClusterName: dev, Namespace: ptr("kube-system"),
	}))
	want(t, "associations", at(list.Associations[0].AssociationId), p.pod.id)
	got := ok[*eks.DescribePodIdentityAssociationOutput](t)(c.DescribePodIdentityAssociation(t.Context(), &eks.DescribePodIdentityAssociationInput{
		ClusterName: dev, AssociationId: &p.pod.id,
	}))
	want(t, "role", at(got.Association.RoleArn), p.podRole.arn())
	_, err := c.DescribePodIdentityAssociation(t.Context(), &eks.DescribePodIdentityAssociationInput{ClusterName: dev, AssociationId: ptr("a-none")})
	modelled[*types.ResourceNotFoundException](t, err)
}

func TestUpdatesAndTags(t *testing.T) {
	c := p.eks()
	list := ok[*eks.ListUpdatesOutput](t)(c.ListUpdates(t.Context(), &eks.ListUpdatesInput{Name: dev}))
	want(t, "updates", len(list.UpdateIds), 0)
	_, err := c.DescribeUpdate(t.Context(), &eks.DescribeUpdateInput{Name: dev, UpdateId: ptr("none")})
	modelled[*types.ResourceNotFoundException](t, err)
	for _, arn := range []string{p.cluster.arn(), p.nodes.arn()} {
		tags := ok[*eks.ListTagsForResourceOutput](t)(c.ListTagsForResource(t.Context(), &eks.ListTagsForResourceInput{ResourceArn: &arn}))
		want(t, "tags of "+arn, len(tags.Tags), 1)
	}
	_, err = c.ListTagsForResource(t.Context(), &eks.ListTagsForResourceInput{ResourceArn: ptr("arn:aws:eks:us-west-2:1:cluster/none")})
	modelled[*types.NotFoundException](t, err)
}
