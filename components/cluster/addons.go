package cluster

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/policy"
	"paddock/components/versions"
)

// cniConfiguration makes NetworkPolicies count and gives nodes addresses by prefixes of sixteen.
type cniConfiguration struct {
	EnableNetworkPolicy string            `json:"enableNetworkPolicy"` // a string in the add-on's schema
	Env                 map[string]string `json:"env"`
}

// earlyAddons are in place when the first node joins: a node that starts under other CNI settings keeps them, and a pod that
// starts without the agent has no credentials.
func (c *Cluster) earlyAddons(ctx *pulumi.Context, name string, args *Args, p *parts) error {
	cni, err := json.Marshal(cniConfiguration{EnableNetworkPolicy: "true", Env: map[string]string{"ENABLE_PREFIX_DELEGATION": "true"}})
	if err != nil {
		return err
	}
	for _, a := range []struct{ addon, configuration string }{
		{versions.VpcCni, string(cni)},
		{versions.PodIdentityAgent, ""},
	} {
		addon, err := c.addon(ctx, name, args, a.addon, a.configuration)
		if err != nil {
			return err
		}
		p.early = append(p.early, addon)
	}
	return nil
}

// lateAddons follow the nodes: CoreDNS and the CSI controller are DEGRADED until they find a node, and in an upgrade kube-proxy
// must not run ahead of the kubelets. Until then the copies that EKS starts every cluster with serve.
func (c *Cluster) lateAddons(ctx *pulumi.Context, name string, args *Args, p *parts) error {
	for _, addon := range []string{versions.KubeProxy, versions.CoreDNS} {
		if _, err := c.addon(ctx, name, args, addon, "", c.Nodes...); err != nil {
			return err
		}
	}
	rights, err := c.volumeRights(ctx, name, args)
	if err != nil {
		return err
	}
	configuration, err := volumeConfiguration(args)
	if err != nil {
		return err
	}
	_, err = c.addon(ctx, name, args, versions.EbsCsiDriver, configuration, slices.Concat(c.Nodes, rights)...)
	return err
}

// csiConfiguration is the part of the EBS CSI driver's that says what its volumes carry.
type csiConfiguration struct {
	Controller struct {
		ExtraVolumeTags map[string]string `json:"extraVolumeTags"`
	} `json:"controller"`
}

func volumeConfiguration(args *Args) (string, error) {
	if len(args.VolumeTags) == 0 {
		return "", nil
	}
	var configuration csiConfiguration
	configuration.Controller.ExtraVolumeTags = args.VolumeTags
	text, err := json.Marshal(configuration)
	return string(text), err
}

// volumeRights let the EBS CSI controller, and nothing else, make and attach volumes.
func (c *Cluster) volumeRights(ctx *pulumi.Context, name string, args *Args) ([]pulumi.Resource, error) {
	role, err := c.role(ctx, name+"-volumes", "EBS CSI driver of the EKS cluster "+args.Name, policy.AssumeByPodIdentity())
	if err != nil {
		return nil, err
	}
	attachment, err := c.attach(ctx, name+"-volumes", role, args, "service-role/AmazonEBSCSIDriverPolicy")
	if err != nil {
		return nil, err
	}
	association, err := eks.NewPodIdentityAssociation(ctx, name+"-volumes", &eks.PodIdentityAssociationArgs{
		ClusterName:    c.Name,
		Namespace:      pulumi.String("kube-system"),
		ServiceAccount: pulumi.String("ebs-csi-controller-sa"), // the add-on's own
		RoleArn:        role.Arn,
	}, c.child(c.Gone)...)
	return []pulumi.Resource{attachment, association}, err
}

// addon installs a managed add-on over the copy that EKS or an earlier hand may have put there.
func (c *Cluster) addon(ctx *pulumi.Context, name string, args *Args, addon, configuration string, after ...pulumi.Resource) (*eks.Addon, error) {
	version := args.AddonVersions[addon]
	if version == "" {
		var err error
		if version, err = versions.Addon(args.Version, addon); err != nil {
			return nil, err
		}
	}
	a := &eks.AddonArgs{
		ClusterName:              c.Name,
		AddonName:                pulumi.String(addon),
		AddonVersion:             pulumi.String(version),
		ResolveConflictsOnCreate: pulumi.String("OVERWRITE"),
		ResolveConflictsOnUpdate: pulumi.String("OVERWRITE"),
	}
	if configuration != "" {
		a.ConfigurationValues = pulumi.String(configuration)
	}
	installed, err := eks.NewAddon(ctx, name+"-"+addon, a, c.child(c.Gone, pulumi.DependsOn(after))...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", addon, err)
	}
	return installed, nil
}
