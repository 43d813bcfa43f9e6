package cluster_test

import (
	"testing"

	"paddock/components/testkit"
	"paddock/components/versions"
)

func TestAddons(t *testing.T) {
	for _, minor := range versions.Minors() {
		args := defaults()
		args.Version = minor
		got := run(t, args)
		for _, name := range []string{
			versions.VpcCni, versions.KubeProxy, versions.CoreDNS, versions.PodIdentityAgent, versions.EbsCsiDriver,
		} {
			version, err := versions.Addon(minor, name)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, got.Get(t, addons+name), map[string]any{
				"clusterName": "paddock-test", "addonName": name, "addonVersion": version,
				"resolveConflictsOnCreate": "OVERWRITE", "resolveConflictsOnUpdate": "OVERWRITE",
			})
		}
		expect(t, got.Get(t, group), map[string]any{"version": minor})
		if n := len(got.OfType("aws:eks/addon:Addon")); n != 5 { // metrics-server is package metrics's
			t.Errorf("%s: %d add-ons, want 5", minor, n)
		}
	}
}

func TestAddonOverride(t *testing.T) {
	args := defaults()
	args.AddonVersions = map[string]string{versions.CoreDNS: "v1.12.4-eksbuild.6"}
	got := run(t, args)
	expect(t, got.Get(t, addons+"coredns"), map[string]any{"addonVersion": "v1.12.4-eksbuild.6"})
	expect(t, got.Get(t, addons+"kube-proxy"), map[string]any{"addonVersion": "v1.34.1-eksbuild.2"})
}

func TestCniConfiguration(t *testing.T) {
	got := run(t, defaults()).Get(t, addons+"vpc-cni").Input("configurationValues")
	if want := `{"enableNetworkPolicy":"true","env":{"ENABLE_PREFIX_DELEGATION":"true"}}`; got != want {
		t.Errorf("configuration = %v, want %s", got, want)
	}
}

func TestVolumesAreTagged(t *testing.T) {
	args := defaults()
	csi := addons + "aws-ebs-csi-driver"
	expect(t, run(t, args).Get(t, csi), map[string]any{"configurationValues": nil})
	args.VolumeTags = map[string]string{"Project": "paddock", "Environment": "test"}
	expect(t, run(t, args).Get(t, csi), map[string]any{
		"configurationValues": `{"controller":{"extraVolumeTags":{"Environment":"test","Project":"paddock"}}}`,
	})
}

// The order of creation, and so, backwards, that of deletion; an upgrade walks it the same way.
func TestOrder(t *testing.T) {
	got := run(t, defaults())
	for name, edge := range map[string]struct{ first, then string }{
		"CNI before nodes":              {addons + "vpc-cni", group},
		"agent before nodes":            {addons + "eks-pod-identity-agent", group},
		"control plane before nodes":    {component, group},
		"nodes before kube-proxy":       {group, addons + "kube-proxy"},
		"nodes before CoreDNS":          {group, addons + "coredns"},
		"nodes before CSI driver":       {group, addons + "aws-ebs-csi-driver"},
		"rights before CSI driver":      {"aws:eks/podIdentityAssociation:PodIdentityAssociation test-volumes", addons + "aws-ebs-csi-driver"},
		"policy before CSI driver":      {"aws:iam/rolePolicyAttachment:RolePolicyAttachment test-volumes", addons + "aws-ebs-csi-driver"},
		"group before its scaling tags": {group, "aws:autoscaling/tag:Tag test-general-resources/cpu"},
	} {
		t.Run(name, func(t *testing.T) {
			if !got.Follows(t, edge.then, edge.first) {
				t.Errorf("%s does not wait for %s", edge.then, edge.first)
			}
			if got.Follows(t, edge.first, edge.then) {
				t.Errorf("%s waits for %s", edge.first, edge.then)
			}
		})
	}
}

func TestVolumeRights(t *testing.T) {
	got := run(t, defaults())
	expect(t, got.Get(t, "aws:eks/podIdentityAssociation:PodIdentityAssociation test-volumes"), map[string]any{
		"clusterName": "paddock-test", "namespace": "kube-system", "serviceAccount": "ebs-csi-controller-sa",
		"roleArn": "arn:aws:iam::123456789012:role/test-volumes",
	})
	trust, _ := got.Get(t, "aws:iam/role:Role test-volumes").Input("assumeRolePolicy").(string)
	testkit.Golden(t, "volumes-trust.json", trust)
}

func TestWhatGoesWithTheCluster(t *testing.T) {
	got := run(t, defaults())
	cluster := got.Get(t, component).URN
	for _, kind := range []string{"aws:eks/addon:Addon", "aws:eks/podIdentityAssociation:PodIdentityAssociation"} {
		for _, r := range got.OfType(kind) {
			if r.DeletedWith != cluster {
				t.Errorf("%s: deletedWith = %q, want %s", r.Key(), r.DeletedWith, cluster)
			}
		}
	}
	// What lives outside the cluster has to be deleted: it would leak.
	for _, kind := range []string{"aws:iam/role:Role", "aws:kms/key:Key", "aws:eks/nodeGroup:NodeGroup", "aws:ec2/launchTemplate:LaunchTemplate"} {
		for _, r := range got.OfType(kind) {
			if r.DeletedWith != "" {
				t.Errorf("%s: would be left behind", r.Key())
			}
		}
	}
}
