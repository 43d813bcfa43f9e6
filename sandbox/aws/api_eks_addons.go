package aws

import (
	"maps"
	"slices"
)

var _ = operates("eks", map[string]*operation{
	"ListAddons":            {on: onCluster, run: reading(listAddons)},
	"DescribeAddon":         {on: onAddon, run: reading(describeAddon)},
	"DescribeAddonVersions": {run: reading(describeAddonVersions)},
})

func onAddon(t *Tx, in *Call) []Target {
	return onPart(t, in, tokenAddon, "addonName", "arn", "addon/"+clusterParam(in)+"/"+str(in.Params, "addonName")+"/*")
}

func addonItem(r *Record) Props {
	return Props{
		"addonName": r.State["addonName"], "clusterName": r.State["clusterName"], "status": phased(r), "addonVersion": r.State["addonVersion"],
		"health": noIssues(), "addonArn": r.State["arn"], "createdAt": moment(r.State, "createdAt"), "modifiedAt": moment(r.State, "modifiedAt"),
		"serviceAccountRoleArn": some(str(r.State, "serviceAccountRoleArn")), "tags": tagProps(r), "owner": "aws", "publisher": "eks",
		"configurationValues": some(str(r.State, "configurationValues")), "podIdentityAssociations": []any{},
	}
}

func listAddons(t *Tx, in *Call) (Props, error) {
	return in.parts(t, tokenAddon, "addons", "addonName")
}

func describeAddon(t *Tx, in *Call) (Props, error) {
	if _, err := in.cluster(t); err != nil {
		return nil, err
	}
	r := in.part(t, tokenAddon, "addonName")
	if r == nil {
		return nil, kinds[tokenAddon].missing(str(in.Params, "addonName"))
	}
	return Props{"addon": addonItem(r)}, nil
}

// describeAddonVersions tells the version that each minor gets by default; others are taken, too, but not known by name.
func describeAddonVersions(_ *Tx, in *Call) (Props, error) {
	asked, minor := str(in.Params, "addonName"), str(in.Params, "kubernetesVersion")
	if _, known := addons[asked]; asked != "" && !known {
		return nil, fail("InvalidParameterException", "Addon specified is not supported")
	}
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(addons)) {
		if asked != "" && asked != name {
			continue
		}
		byVersion, versions := map[string]Props{}, []any{}
		for _, m := range slices.Backward(slices.Sorted(maps.Keys(releases))) {
			if minor != "" && minor != m {
				continue
			}
			version := addonDefault(name, m)
			item := byVersion[version]
			if item == nil {
				item = Props{"addonVersion": version, "architecture": []any{"amd64", "arm64"}, "compatibilities": []any{}, "requiresConfiguration": false}
				byVersion[version] = item
				versions = append(versions, item)
			}
			fits, _ := item["compatibilities"].([]any)
			item["compatibilities"] = append(fits, Props{"clusterVersion": m, "platformVersions": []any{"*"}, "defaultVersion": true})
		}
		if len(versions) > 0 {
			list = append(list, Props{"addonName": name, "type": "networking", "addonVersions": versions, "owner": "aws", "publisher": "eks"})
		}
	}
	return eksPages.page(in, "addons", list)
}
