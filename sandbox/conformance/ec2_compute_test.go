package conformance

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func TestInstances(t *testing.T) {
	c := p.ec2()
	out := ok[*ec2.DescribeInstancesOutput](t)(c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{
		Filters: []types.Filter{filter("tag:eks:nodegroup-name", "general"), filter("instance-state-name", "running")},
	}))
	want(t, "reservations", len(out.Reservations), 3)
	i := out.Reservations[0].Instances[0]
	want(t, "type", i.InstanceType, types.InstanceTypeM5Large)
	want(t, "architecture", i.Architecture, types.ArchitectureValuesX8664)
	want(t, "cores", at(i.CpuOptions.CoreCount), 1)
	want(t, "lifecycle", string(i.InstanceLifecycle), "")
	want(t, "interfaces", len(i.NetworkInterfaces), 1)
	tags := map[string]string{}
	for _, tag := range i.Tags {
		tags[at(tag.Key)] = at(tag.Value)
	}
	want(t, "group", tags["aws:autoscaling:groupName"], p.group())
	want(t, "owned", tags["kubernetes.io/cluster/dev"], "owned")
	if _, there := tags["k8s.io/cluster-autoscaler/node-template/label/team"]; there {
		t.Error("a tag that does not propagate is on the instance")
	}
	if i.LaunchTime == nil || at(i.PrivateDnsName) == "" || at(i.IamInstanceProfile.Arn) == "" {
		t.Errorf("instance is incomplete: %+v", i)
	}
	spot := ok[*ec2.DescribeInstancesOutput](t)(c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{Filters: []types.Filter{filter("instance-lifecycle", "spot")}}))
	want(t, "type from the template", spot.Reservations[0].Instances[0].InstanceType, types.InstanceTypeM5Xlarge)
	_, err := c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{"i-0none"}})
	refused(t, err, "InvalidInstanceID.NotFound")
	images := ok[*ec2.DescribeImagesOutput](t)(c.DescribeImages(t.Context(), &ec2.DescribeImagesInput{ImageIds: []string{at(i.ImageId)}, Owners: []string{"amazon"}}))
	want(t, "image", at(images.Images[0].Name), "amazon-eks-node-al2023-x86-64-standard-1.33-v20251120")
	_, err = c.DescribeImages(t.Context(), &ec2.DescribeImagesInput{ImageIds: []string{"ami-0none"}})
	refused(t, err, "InvalidAMIID.NotFound")
}

func TestInstanceTypesInPages(t *testing.T) {
	c := p.ec2()
	pages := ec2.NewDescribeInstanceTypesPaginator(c, &ec2.DescribeInstanceTypesInput{})
	seen := map[types.InstanceType]types.InstanceTypeInfo{}
	n := 0
	for ; pages.HasMorePages(); n++ {
		for _, of := range ok[*ec2.DescribeInstanceTypesOutput](t)(pages.NextPage(t.Context())).InstanceTypes {
			seen[of.InstanceType] = of
		}
	}
	if n < 2 || len(seen) < 200 {
		t.Errorf("got %d types in %d pages", len(seen), n)
	}
	m5 := seen[types.InstanceTypeM5Large]
	want(t, "memory", at(m5.MemoryInfo.SizeInMiB), 8192)
	want(t, "CPUs", at(m5.VCpuInfo.DefaultVCpus), 2)
	want(t, "interfaces", at(m5.NetworkInfo.MaximumNetworkInterfaces), 3)
	want(t, "architecture", m5.ProcessorInfo.SupportedArchitectures[0], types.ArchitectureTypeX8664)
	want(t, "architecture of Graviton", seen[types.InstanceTypeM7gLarge].ProcessorInfo.SupportedArchitectures[0], types.ArchitectureTypeArm64)
	_, err := c.DescribeInstanceTypes(t.Context(), &ec2.DescribeInstanceTypesInput{InstanceTypes: []types.InstanceType{"m5.tiny"}})
	refused(t, err, "InvalidInstanceType")
	_, err = c.GetInstanceTypesFromInstanceRequirements(t.Context(), &ec2.GetInstanceTypesFromInstanceRequirementsInput{
		ArchitectureTypes: []types.ArchitectureType{"x86_64"}, VirtualizationTypes: []types.VirtualizationType{"hvm"},
		InstanceRequirements: &types.InstanceRequirementsRequest{
			MemoryMiB: &types.MemoryMiBRequest{Min: ptr(int32(1))}, VCpuCount: &types.VCpuCountRangeRequest{Min: ptr(int32(1))},
		},
	})
	refused(t, err, "UnsupportedOperation")
}

func TestLaunchTemplates(t *testing.T) {
	c := p.ec2()
	all := ok[*ec2.DescribeLaunchTemplatesOutput](t)(c.DescribeLaunchTemplates(t.Context(), &ec2.DescribeLaunchTemplatesInput{}))
	want(t, "templates: one of ours, one of EKS's for each node group", len(all.LaunchTemplates), 3)
	one := ok[*ec2.DescribeLaunchTemplatesOutput](t)(c.DescribeLaunchTemplates(t.Context(), &ec2.DescribeLaunchTemplatesInput{LaunchTemplateNames: []string{"big"}}))
	want(t, "latest", at(one.LaunchTemplates[0].LatestVersionNumber), 1)
	for _, version := range []string{"1", "$Latest", "$Default"} {
		out := ok[*ec2.DescribeLaunchTemplateVersionsOutput](t)(c.DescribeLaunchTemplateVersions(t.Context(), &ec2.DescribeLaunchTemplateVersionsInput{
			LaunchTemplateName: ptr("big"), Versions: []string{version},
		}))
		v := out.LaunchTemplateVersions[0]
		want(t, "type", v.LaunchTemplateData.InstanceType, types.InstanceTypeM5Xlarge)
		want(t, "groups", v.LaunchTemplateData.SecurityGroupIds[0], p.shared.id)
		want(t, "disk", at(v.LaunchTemplateData.BlockDeviceMappings[0].Ebs.VolumeSize), 50)
		want(t, "hops", at(v.LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit), 2)
		want(t, "tags", at(v.LaunchTemplateData.TagSpecifications[0].Tags[0].Value), "red")
	}
	_, err := c.DescribeLaunchTemplateVersions(t.Context(), &ec2.DescribeLaunchTemplateVersionsInput{LaunchTemplateName: ptr("big"), Versions: []string{"9"}})
	refused(t, err, "InvalidLaunchTemplateId.VersionNotFound")
	_, err = c.DescribeLaunchTemplates(t.Context(), &ec2.DescribeLaunchTemplatesInput{LaunchTemplateNames: []string{"none"}})
	refused(t, err, "InvalidLaunchTemplateName.NotFoundException")
	_, err = c.DescribeLaunchTemplates(t.Context(), &ec2.DescribeLaunchTemplatesInput{LaunchTemplateIds: []string{"lt-0none"}})
	refused(t, err, "InvalidLaunchTemplateId.NotFound")
}

func TestPlaces(t *testing.T) {
	c := p.ec2()
	zones := ok[*ec2.DescribeAvailabilityZonesOutput](t)(c.DescribeAvailabilityZones(t.Context(), &ec2.DescribeAvailabilityZonesInput{
		Filters: []types.Filter{filter("opt-in-status", "opt-in-not-required")},
	}))
	want(t, "zones", len(zones.AvailabilityZones), 4)
	want(t, "zone", at(zones.AvailabilityZones[1].ZoneId), "usw2-az2")
	regions := ok[*ec2.DescribeRegionsOutput](t)(c.DescribeRegions(t.Context(), &ec2.DescribeRegionsInput{RegionNames: []string{"eu-west-1"}}))
	want(t, "endpoint", at(regions.Regions[0].Endpoint), "ec2.eu-west-1.amazonaws.com")
	_, err := c.DescribeRegions(t.Context(), &ec2.DescribeRegionsInput{RegionNames: []string{"moon-1"}})
	refused(t, err, "InvalidParameterValue")
}

func TestTagsOfEC2(t *testing.T) {
	c := p.ec2()
	out := ok[*ec2.DescribeTagsOutput](t)(c.DescribeTags(t.Context(), &ec2.DescribeTagsInput{
		Filters: []types.Filter{filter("resource-type", "vpc", "subnet"), filter("key", "Name")},
	}))
	var values []string
	for _, tag := range out.Tags {
		values = append(values, at(tag.Value))
	}
	slices.Sort(values)
	if len(values) != 7 || values[0] != "dev" || values[6] != "dev-5" {
		t.Errorf("got tags %v", values)
	}
	byTag := ok[*ec2.DescribeTagsOutput](t)(c.DescribeTags(t.Context(), &ec2.DescribeTagsInput{Filters: []types.Filter{filter("tag:Name", "out")}}))
	want(t, "resource", at(byTag.Tags[0].ResourceId), p.nat.id)
}
