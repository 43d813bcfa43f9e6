package aws

import (
	"slices"
	"strings"
)

var _ = operates("eks", map[string]*operation{
	"ListAccessPolicies":             {run: reading(listAccessPolicies)},
	"ListAccessEntries":              {on: onCluster, run: reading(listAccessEntries)},
	"DescribeAccessEntry":            {on: onAccessEntry, run: reading(describeAccessEntry)},
	"ListAssociatedAccessPolicies":   {on: onAccessEntry, run: reading(listAssociatedPolicies)},
	"ListPodIdentityAssociations":    {on: onCluster, run: reading(listPodIdentities)},
	"DescribePodIdentityAssociation": {on: onPodIdentity, run: reading(describePodIdentity)},
})

func onAccessEntry(t *Tx, in *Call) []Target {
	// an ARN's last part, such as role/name, is in the entry's after the account
	parts := strings.SplitN(str(in.Params, "principalArn"), ":", 6)
	who := "*"
	if len(parts) == 6 {
		kind, name, _ := strings.Cut(parts[5], "/")
		who = kind + "/" + parts[4] + "/" + name
	}
	return onPart(t, in, tokenAccessEntry, "principalArn", "accessEntryArn", "access-entry/"+clusterParam(in)+"/"+who+"/*")
}

// entry is the access entry that a call names.
func (in *Call) entry(t *Tx) (*Record, error) {
	if _, err := in.cluster(t); err != nil {
		return nil, err
	}
	if r := in.part(t, tokenAccessEntry, "principalArn"); r != nil {
		return r, nil
	}
	return nil, kinds[tokenAccessEntry].missing("")
}

func listAccessPolicies(_ *Tx, in *Call) (Props, error) {
	list := []any{}
	for _, name := range accessPolicies {
		list = append(list, Props{"name": name, "arn": policyARN(name)})
	}
	return eksPages.page(in, "accessPolicies", list)
}

func listAccessEntries(t *Tx, in *Call) (Props, error) {
	cluster, err := in.cluster(t)
	if err != nil {
		return nil, err
	}
	policy := str(in.Params, "associatedPolicyArn")
	list := []any{}
	for _, r := range t.list(tokenAccessEntry) {
		who := str(r.State, "principalArn")
		if str(r.State, "clusterName") != cluster.ID || policy != "" && t.peek(tokenAccessAssociation, associationID(cluster.ID, who, policy)) == nil {
			continue
		}
		list = append(list, who)
	}
	return eksPages.page(in, "accessEntries", list)
}

func accessEntryItem(r *Record) Props {
	return Props{
		"clusterName": r.State["clusterName"], "principalArn": r.State["principalArn"], "kubernetesGroups": listOf(strs(r.State, "kubernetesGroups")),
		"accessEntryArn": r.State["accessEntryArn"], "createdAt": moment(r.State, "createdAt"), "modifiedAt": moment(r.State, "modifiedAt"),
		"tags": tagProps(r), "username": r.State["userName"], "type": r.State["type"],
	}
}

func describeAccessEntry(t *Tx, in *Call) (Props, error) {
	r, err := in.entry(t)
	if err != nil {
		return nil, err
	}
	return Props{"accessEntry": accessEntryItem(r)}, nil
}

func listAssociatedPolicies(t *Tx, in *Call) (Props, error) {
	entry, err := in.entry(t)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, r := range t.list(tokenAccessAssociation) {
		if str(r.State, "clusterName") != clusterParam(in) || r.State["principalArn"] != entry.State["principalArn"] {
			continue
		}
		list = append(list, Props{
			"policyArn": r.State["policyArn"], "associatedAt": moment(r.State, "associatedAt"), "modifiedAt": moment(r.State, "modifiedAt"),
			"accessScope": Props{"type": get(r.State, "accessScope.type"), "namespaces": listOf(strs(r.State, "accessScope.namespaces"))},
		})
	}
	out, err := eksPages.page(in, "associatedAccessPolicies", list)
	if err != nil {
		return nil, err
	}
	out["clusterName"], out["principalArn"] = clusterParam(in), entry.State["principalArn"]
	return out, nil
}

func onPodIdentity(t *Tx, in *Call) []Target {
	id := str(in.Params, "associationId")
	target := Target{ARN: in.arn("eks", "podidentityassociation/"+clusterParam(in)+"/"+id)}
	if r := t.peek(tokenPodIdentity, id); r != nil {
		target.Tags = tagsOf(r)
	}
	return []Target{target}
}

func podIdentityItem(r *Record) Props {
	return Props{
		"clusterName": r.State["clusterName"], "namespace": r.State["namespace"], "serviceAccount": r.State["serviceAccount"],
		"associationArn": r.State["associationArn"], "associationId": r.ID, "roleArn": r.State["roleArn"], "tags": tagProps(r),
		"createdAt": r.Created, "modifiedAt": r.Created,
	}
}

// listPodIdentities leaves out what EKS's summaries do: role, tags and times.
func listPodIdentities(t *Tx, in *Call) (Props, error) {
	cluster, err := in.cluster(t)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, r := range t.list(tokenPodIdentity) {
		fits := func(param, field string) bool {
			asked := strs(in.Params, param)
			return len(asked) == 0 || slices.Contains(asked, str(r.State, field))
		}
		if str(r.State, "clusterName") != cluster.ID || !fits("namespace", "namespace") || !fits("serviceAccount", "serviceAccount") {
			continue
		}
		item := podIdentityItem(r)
		for _, name := range []string{"roleArn", "tags", "createdAt", "modifiedAt"} {
			delete(item, name)
		}
		list = append(list, item)
	}
	return eksPages.page(in, "associations", list)
}

func describePodIdentity(t *Tx, in *Call) (Props, error) {
	cluster, err := in.cluster(t)
	if err != nil {
		return nil, err
	}
	id := str(in.Params, "associationId")
	r := t.peek(tokenPodIdentity, id)
	if r == nil || str(r.State, "clusterName") != cluster.ID {
		return nil, fail("ResourceNotFoundException", "The specified pod identity association could not be found: %s", id)
	}
	return Props{"association": podIdentityItem(r)}, nil
}
