package aws

func nodegroupItem(t *Tx, r *Record) Props {
	r = r.clone()
	liveNodeGroup(t, r)
	taints := []any{}
	for _, taint := range objs(r.State, "taints") {
		// value even when it is empty: autoscalers leave out taints that have none
		taints = append(taints, Props{"key": str(taint, "key"), "value": str(taint, "value"), "effect": str(taint, "effect")})
	}
	labels := Props{}
	for k, v := range pairs(r.State, "labels") {
		labels[k] = v
	}
	low, desired, high := scaling(r.State)
	item := Props{
		"nodegroupName": r.State["nodeGroupName"], "nodegroupArn": r.State["arn"], "clusterName": r.State["clusterName"], "version": r.State["version"],
		"releaseVersion": r.State["releaseVersion"], "createdAt": r.Created, "modifiedAt": r.Created, "status": phased(r),
		"capacityType": r.State["capacityType"], "amiType": r.State["amiType"], "nodeRole": r.State["nodeRoleArn"],
		"scalingConfig": Props{"minSize": low, "maxSize": high, "desiredSize": desired}, "subnets": listOf(strs(r.State, "subnetIds")),
		"labels": labels, "tags": tagProps(r), "health": noIssues(),
		"resources":        Props{"autoScalingGroups": []any{Props{"name": groupOf(r.State)}}},
		"nodeRepairConfig": Props{"enabled": yes(r.State, "nodeRepairConfig.enabled", false)},
		"updateConfig": Props{
			"maxUnavailable": get(r.State, "updateConfig.maxUnavailable"), "maxUnavailablePercentage": get(r.State, "updateConfig.maxUnavailablePercentage"),
		},
	}
	if len(taints) > 0 {
		item["taints"] = taints
	}
	if size := num(r.State, "diskSize", 0); size > 0 {
		item["diskSize"] = size
	}
	// what the template says, EKS does not repeat
	if template := t.peek(tokenLaunchTemplate, str(r.State, "launchTemplate.id")); template != nil {
		item["launchTemplate"] = Props{"id": template.ID, "name": template.State["name"], "version": templateVersion(r.State)}
		if str(templateInUse(t, r.State), "instanceType") != "" {
			return item
		}
	}
	item["instanceTypes"] = listOf(strs(r.State, "instanceTypes"))
	return item
}

func listNodegroups(t *Tx, in *Call) (Props, error) {
	return in.parts(t, tokenNodeGroup, "nodegroups", "nodeGroupName")
}

// parts lists the names of what belongs to the cluster of the call.
func (in *Call) parts(t *Tx, token, list, field string) (Props, error) {
	cluster, err := in.cluster(t)
	if err != nil {
		return nil, err
	}
	names := []any{}
	for _, r := range byName(t.list(token)) {
		if str(r.State, "clusterName") == cluster.ID {
			names = append(names, str(r.State, field))
		}
	}
	return eksPages.page(in, list, names)
}

func describeNodegroup(t *Tx, in *Call) (Props, error) {
	if _, err := in.cluster(t); err != nil {
		return nil, err
	}
	r := in.part(t, tokenNodeGroup, "nodegroupName")
	if r == nil {
		return nil, kinds[tokenNodeGroup].missing(str(in.Params, "nodegroupName"))
	}
	return Props{"nodegroup": nodegroupItem(t, r)}, nil
}
