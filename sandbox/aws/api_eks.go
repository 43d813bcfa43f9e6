package aws

import (
	"slices"
	"strings"
)

var _ = operates("eks", map[string]*operation{
	"ListClusters":        {run: reading(listClusters)},
	"DescribeCluster":     {on: onCluster, run: reading(describeCluster)},
	"ListNodegroups":      {on: onCluster, run: reading(listNodegroups)},
	"DescribeNodegroup":   {on: onNodegroup, run: reading(describeNodegroup)},
	"ListUpdates":         {on: onCluster, run: reading(listUpdates)},
	"DescribeUpdate":      {on: onCluster, run: reading(describeUpdate)},
	"ListTagsForResource": {on: onTagged, run: reading(listEKSTags)},
})

// clusterParam is the cluster that a call names: the path of some calls says name, that of others clusterName.
func clusterParam(in *Call) string { return str(in.Params, "name") + str(in.Params, "clusterName") }

// cluster is the cluster that a call is about.
func (in *Call) cluster(t *Tx) (*Record, error) {
	name := clusterParam(in)
	if r := t.peek(tokenCluster, name); r != nil && r.Region == in.Region {
		return r, nil
	}
	return nil, noCluster(name)
}

func onCluster(t *Tx, in *Call) []Target {
	target := Target{ARN: in.arn("eks", "cluster/"+clusterParam(in))}
	if r, err := in.cluster(t); err == nil {
		target.Tags = tagsOf(r)
	}
	return []Target{target}
}

// part is what belongs to the cluster of a call; nil = no such thing. where is its ARN up to the part that EKS makes up.
func (in *Call) part(t *Tx, token, param string) *Record {
	if _, err := in.cluster(t); err != nil {
		return nil
	}
	return t.peek(token, clusterParam(in)+":"+str(in.Params, param))
}

// onPart is the target of a call about such a thing, with * for an id that is not known.
func onPart(t *Tx, in *Call, token, param, arn, otherwise string) []Target {
	if r := in.part(t, token, param); r != nil {
		return []Target{{ARN: str(r.State, arn), Tags: tagsOf(r)}}
	}
	return []Target{{ARN: in.arn("eks", otherwise)}}
}

func onNodegroup(t *Tx, in *Call) []Target {
	return onPart(t, in, tokenNodeGroup, "nodegroupName", "arn", "nodegroup/"+clusterParam(in)+"/"+str(in.Params, "nodegroupName")+"/*")
}

// phased is the status of what EKS makes and ends: a phase under way comes before what is on record.
func phased(r *Record) string {
	switch str(r.Private, "phase") {
	case phaseCreating:
		return "CREATING"
	case phaseDeleting:
		return "DELETING"
	}
	if status := str(r.State, "status"); status != "" {
		return status
	}
	return "ACTIVE"
}

// noIssues is the health of whatever the stand-in runs: what goes wrong fails the operation instead.
func noIssues() Props { return Props{"issues": []any{}} }

func clusterItem(r *Record) Props {
	logging := []any{}
	if types := strs(r.State, "enabledClusterLogTypes"); len(types) > 0 {
		logging = append(logging, Props{"types": listOf(types), "enabled": true})
	}
	var off []string
	for _, kind := range []string{"api", "audit", "authenticator", "controllerManager", "scheduler"} {
		if !slices.Contains(strs(r.State, "enabledClusterLogTypes"), kind) {
			off = append(off, kind)
		}
	}
	if len(off) > 0 {
		logging = append(logging, Props{"types": listOf(off), "enabled": false})
	}
	item := Props{
		"name": r.ID, "arn": r.State["arn"], "createdAt": r.Created, "version": r.State["version"], "platformVersion": r.State["platformVersion"],
		"status": phased(r), "roleArn": r.State["roleArn"], "endpoint": some(str(r.State, "endpoint")), "tags": tagProps(r), "health": noIssues(),
		"resourcesVpcConfig": Props{
			"subnetIds": listOf(strs(r.State, "vpcConfig.subnetIds")), "securityGroupIds": listOf(strs(r.State, "vpcConfig.securityGroupIds")),
			"clusterSecurityGroupId": get(r.State, "vpcConfig.clusterSecurityGroupId"), "vpcId": get(r.State, "vpcConfig.vpcId"),
			"endpointPublicAccess": get(r.State, "vpcConfig.endpointPublicAccess"), "endpointPrivateAccess": get(r.State, "vpcConfig.endpointPrivateAccess"),
			"publicAccessCidrs": listOf(strs(r.State, "vpcConfig.publicAccessCidrs")),
		},
		"kubernetesNetworkConfig": Props{
			"serviceIpv4Cidr": get(r.State, "kubernetesNetworkConfig.serviceIpv4Cidr"), "ipFamily": get(r.State, "kubernetesNetworkConfig.ipFamily"),
			"elasticLoadBalancing": Props{"enabled": yes(r.State, "kubernetesNetworkConfig.elasticLoadBalancing.enabled", false)},
		},
		"logging": Props{"clusterLogging": logging}, "accessConfig": Props{"authenticationMode": get(r.State, "accessConfig.authenticationMode")},
		"upgradePolicy": Props{"supportType": get(r.State, "upgradePolicy.supportType")}, "deletionProtection": yes(r.State, "deletionProtection", false),
	}
	if issuer := objs(r.State, "identities"); len(issuer) > 0 {
		for _, o := range objs(issuer[0], "oidcs") {
			item["identity"] = Props{"oidc": Props{"issuer": o["issuer"]}}
		}
	}
	if ca := str(r.State, "certificateAuthority.data"); ca != "" {
		item["certificateAuthority"] = Props{"data": ca}
	}
	if arn := str(r.State, "encryptionConfig.provider.keyArn"); arn != "" {
		item["encryptionConfig"] = []any{Props{"resources": listOf(strs(r.State, "encryptionConfig.resources")), "provider": Props{"keyArn": arn}}}
	}
	return item
}

// tagProps are tags as the JSON services have them.
func tagProps(r *Record) Props {
	out := Props{}
	for k, v := range tagsOf(r) {
		out[k] = v
	}
	return out
}

func listClusters(t *Tx, in *Call) (Props, error) {
	list := []any{}
	for _, r := range byName(regional(t, in, tokenCluster)) {
		list = append(list, r.ID)
	}
	return eksPages.page(in, "clusters", list)
}

func describeCluster(t *Tx, in *Call) (Props, error) {
	r, err := in.cluster(t)
	if err != nil {
		return nil, err
	}
	return Props{"cluster": clusterItem(r)}, nil
}

// listUpdates has nothing to show: updates are over when their call returns, and EKS's list of them is not kept.
func listUpdates(t *Tx, in *Call) (Props, error) {
	if _, err := in.cluster(t); err != nil {
		return nil, err
	}
	return eksPages.page(in, "updateIds", nil)
}

func describeUpdate(t *Tx, in *Call) (Props, error) {
	if _, err := in.cluster(t); err != nil {
		return nil, err
	}
	return nil, fail("ResourceNotFoundException", "No update found for ID: %s", str(in.Params, "updateId"))
}

// eksTagged is the resource of EKS that an ARN names; nil = none.
func eksTagged(t *Tx, arn string) *Record {
	for token, field := range map[string]string{
		tokenCluster: "arn", tokenNodeGroup: "arn", tokenAddon: "arn", tokenAccessEntry: "accessEntryArn", tokenPodIdentity: "associationArn",
	} {
		if r := t.named(token, field, arn); r != nil {
			return r
		}
	}
	return nil
}

func onTagged(t *Tx, in *Call) []Target {
	target := Target{ARN: str(in.Params, "resourceArn")}
	if r := eksTagged(t, target.ARN); r != nil {
		target.Tags = tagsOf(r)
	}
	return []Target{target}
}

func listEKSTags(t *Tx, in *Call) (Props, error) {
	arn := str(in.Params, "resourceArn")
	if !strings.HasPrefix(arn, "arn:"+partition+":eks:") {
		return nil, fail("BadRequestException", "The resource ARN %s is not valid", arn)
	}
	if r := eksTagged(t, arn); r != nil {
		return Props{"tags": tagProps(r)}, nil
	}
	return nil, fail("NotFoundException", "Resource %s was not found", arn)
}
