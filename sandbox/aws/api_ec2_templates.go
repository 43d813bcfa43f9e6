package aws

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

var _ = operates("ec2", map[string]*operation{
	"DescribeLaunchTemplates": (&describe{
		set: "launchTemplates", items: launchTemplateItems, pages: &templatePages,
		ids: []identity{
			byID("LaunchTemplateId", "launchTemplateId", tokenLaunchTemplate),
			{"LaunchTemplateName", "launchTemplateName", noTemplateNamed},
		},
		filters: map[string]string{"launch-template-name": "launchTemplateName", "create-time": "createTime"},
	}).operation(),
	"DescribeLaunchTemplateVersions": (&describe{
		set: "launchTemplateVersionSet", items: templateVersionItems, untagged: true, rules: templateVersionRules, pages: &templatePages,
		filters: map[string]string{
			"create-time": "createTime", "is-default-version": "defaultVersion", "image-id": "launchTemplateData.imageId",
			"instance-type": "launchTemplateData.instanceType", "ebs-optimized": "launchTemplateData.ebsOptimized",
		},
	}).operation(),
})

func noTemplateNamed(string) *Error {
	return fail("InvalidLaunchTemplateName.NotFoundException", "At least one of the launch templates specified in the request does not exist.")
}

// launchTemplates are those that were asked for, and the copies that EKS makes for its groups.
func launchTemplates(t *Tx, in *Call) []*Record {
	out := regional(t, in, tokenLaunchTemplate)
	for _, g := range regional(t, in, tokenGroup) {
		out = append(out, groupTemplate(t, g))
	}
	return out
}

// groupTemplate is the launch template that EKS makes for the group of a node group, as if it had a record: with the
// program's own template as its base, and named as the group is.
func groupTemplate(t *Tx, g *Record) *Record {
	data := Props{}
	nodes := t.peek(tokenNodeGroup, str(g.State, "nodeGroup"))
	if nodes != nil {
		data = clone(templateInUse(t, nodes.State))
		data["imageId"] = imageID(g.Region, nodes.State)
		data["iamInstanceProfile"] = Props{"name": eksName(g)}
		if data["blockDeviceMappings"] == nil {
			data["blockDeviceMappings"] = []any{Props{"deviceName": "/dev/xvda", "ebs": Props{
				"volumeSize": int(disk(Props{}, nodes.State)), "volumeType": "gp3", "deleteOnTermination": true,
			}}}
		}
		if cluster := t.peek(tokenCluster, str(g.State, "cluster")); cluster != nil && len(strs(data, "vpcSecurityGroupIds")) == 0 {
			data["vpcSecurityGroupIds"] = listOf(strs(cluster.State, "vpcConfig.clusterSecurityGroupId"))
		}
	}
	return &Record{
		Kind: tokenLaunchTemplate, ID: derivedID("lt-", g.ID), Name: eksName(g), Region: g.Region, Owner: g.Key(), Order: g.Order, Created: g.Created,
		State: Props{
			"name": eksName(g), "defaultVersion": 1, "latestVersion": 1,
			"tags": Props{"eks:cluster-name": g.State["cluster"], "eks:nodegroup-name": g.Name},
		},
		Private: Props{"versions": Props{"1": data}},
	}
}

// eksName is what EKS calls what it makes for a node group besides the Auto Scaling group: eks-, and the end of that one's name.
func eksName(g *Record) string { return "eks-" + strings.TrimPrefix(g.ID, "eks-"+g.Name+"-") }

func launchTemplateItems(t *Tx, in *Call) []Props {
	var out []Props
	for _, r := range launchTemplates(t, in) {
		out = append(out, Props{
			"launchTemplateId": r.ID, "launchTemplateName": r.State["name"], "createTime": r.Created, "createdBy": creatorOf(t, r),
			"defaultVersionNumber": r.State["defaultVersion"], "latestVersionNumber": r.State["latestVersion"], "tagSet": ec2Tags(r),
		})
	}
	return out
}

// creatorOf tells who made a template: EKS, or whoever runs Pulumi.
func creatorOf(t *Tx, r *Record) string {
	if r.Owner != "" {
		return fmt.Sprintf("arn:%s:sts::%s:assumed-role/AWSServiceRoleForAmazonEKSNodegroup/EKS", partition, t.store.account)
	}
	return fmt.Sprintf("arn:%s:iam::%s:root", partition, t.store.account)
}

// templateVersionRules refuses a template or a version that is not there.
func templateVersionRules(t *Tx, in *Call) error {
	id, name, versions := str(in.Params, "LaunchTemplateId"), str(in.Params, "LaunchTemplateName"), strs(in.Params, "LaunchTemplateVersion")
	if id == "" && name == "" {
		if len(versions) == 0 {
			return fail("MissingParameter", "Either a launch template name, a launch template ID or the versions $Latest or $Default must be specified.")
		}
		return nil
	}
	template := templateAsked(t, in)
	switch {
	case template == nil && id != "":
		return kinds[tokenLaunchTemplate].missing(id)
	case template == nil:
		return noTemplateNamed(name)
	}
	for _, v := range versions {
		if _, err := templateData(template, v); err != nil {
			return err
		}
	}
	return nil
}

// templateAsked is the one template that the call names; nil = it names none, or none that is there.
func templateAsked(t *Tx, in *Call) *Record {
	id, name := str(in.Params, "LaunchTemplateId"), str(in.Params, "LaunchTemplateName")
	for _, r := range launchTemplates(t, in) {
		if (id != "" && r.ID == id) || (id == "" && name != "" && str(r.State, "name") == name) {
			return r
		}
	}
	return nil
}

// templateVersionItems are the versions of the template that the call names, or of all, the newest first.
func templateVersionItems(t *Tx, in *Call) []Props {
	templates := launchTemplates(t, in)
	if one := templateAsked(t, in); one != nil {
		templates = []*Record{one}
	}
	var out []Props
	for _, r := range templates {
		numbers := []int{}
		for n := range mapAt(r.Private, "versions") {
			i, _ := strconv.Atoi(n)
			numbers = append(numbers, i)
		}
		slices.SortFunc(numbers, func(a, b int) int { return cmp.Compare(b, a) })
		for _, n := range numbers {
			if versionAsked(in, r, n) {
				out = append(out, templateVersionItem(t, r, n))
			}
		}
	}
	return out
}

func versionAsked(in *Call, r *Record, n int) bool {
	low, _ := paramInt(in, "MinVersion", 0)
	high, _ := paramInt(in, "MaxVersion", n)
	if n < low || n > high {
		return false
	}
	asked := strs(in.Params, "LaunchTemplateVersion")
	return len(asked) == 0 || slices.Contains(asked, strconv.Itoa(n)) ||
		slices.Contains(asked, "$Latest") && n == num(r.State, "latestVersion", 1) ||
		slices.Contains(asked, "$Default") && n == num(r.State, "defaultVersion", 1)
}

func templateVersionItem(t *Tx, r *Record, n int) Props {
	data := mapAt(r.Private, "versions."+strconv.Itoa(n))
	return Props{
		"launchTemplateId": r.ID, "launchTemplateName": r.State["name"], "versionNumber": n, "versionDescription": some(str(data, "description")),
		"createTime": r.Created, "createdBy": creatorOf(t, r), "defaultVersion": n == num(r.State, "defaultVersion", 1),
		"launchTemplateData": templateDataItem(data),
	}
}

// templateDataItem is what a version launches, from Pulumi's names to EC2's.
func templateDataItem(data Props) Props {
	out := Props{
		"imageId": data["imageId"], "instanceType": data["instanceType"], "keyName": data["keyName"], "userData": data["userData"],
		"ebsOptimized": data["ebsOptimized"], "disableApiTermination": data["disableApiTermination"],
		"instanceInitiatedShutdownBehavior": data["instanceInitiatedShutdownBehavior"], "iamInstanceProfile": data["iamInstanceProfile"],
		"monitoring": data["monitoring"], "metadataOptions": data["metadataOptions"],
	}
	for from, to := range map[string]string{"vpcSecurityGroupIds": "securityGroupIdSet", "securityGroupNames": "securityGroupSet"} {
		if ids := strs(data, from); len(ids) > 0 {
			out[to] = listOf(ids)
		}
	}
	var disks, tags []any
	for _, d := range objs(data, "blockDeviceMappings") {
		disks = append(disks, Props{"deviceName": d["deviceName"], "noDevice": d["noDevice"], "virtualName": d["virtualName"], "ebs": d["ebs"]})
	}
	for _, s := range objs(data, "tagSpecifications") {
		tags = append(tags, Props{"resourceType": s["resourceType"], "tagSet": tagList(pairs(s, "tags"), "key", "value")})
	}
	if len(disks) > 0 {
		out["blockDeviceMappingSet"] = disks
	}
	if len(tags) > 0 {
		out["tagSpecificationSet"] = tags
	}
	return out
}
