package aws

import (
	"strings"
	"time"

	"paddock/sandbox/iam"
)

var _ = operates("iam", map[string]*operation{
	"ListPolicies":               {run: reading(listPolicies)},
	"GetPolicy":                  {on: onPolicy, run: reading(getPolicy)},
	"GetPolicyVersion":           {on: onPolicy, run: reading(getPolicyVersion)},
	"ListPolicyVersions":         {on: onPolicy, run: reading(listPolicyVersions)},
	"ListOpenIDConnectProviders": {run: reading(listIssuers)},
	"GetOpenIDConnectProvider":   {on: onIssuer, run: reading(getIssuer)},
})

// onlyVersion is the one version that a policy has here.
const onlyVersion = "v1"

// managedBorn stands for the day on which AWS made its own policies.
var managedBorn = time.Date(2015, 2, 6, 18, 40, 58, 0, time.UTC)

// policyNamed is a policy by its ARN, be it ours or AWS's, which has no record of its own; nil = none.
func policyNamed(t *Tx, arn string) *Record {
	name, managed := strings.CutPrefix(arn, managedPrefix)
	if !managed {
		return t.peek(tokenPolicy, arn)
	}
	managedPolicy, ok := iam.Managed(name)
	if !ok {
		return nil
	}
	path, last := "/", name
	if i := strings.LastIndex(name, "/"); i >= 0 {
		path, last = "/"+name[:i+1], name[i+1:]
	}
	return &Record{Kind: tokenPolicy, ID: arn, Name: last, Created: managedBorn, State: Props{
		"name": last, "path": path, "arn": arn, "policy": managedPolicy.Text(), "policyId": "ANPA" + strings.ToUpper(derivedID("", arn)),
	}}
}

func onPolicy(t *Tx, in *Call) []Target {
	arn := str(in.Params, "PolicyArn")
	if r := policyNamed(t, arn); r != nil {
		return []Target{{ARN: arn, Tags: tagsOf(r)}}
	}
	return []Target{{ARN: arn}}
}

// policy is the policy that a call names.
func (in *Call) policy(t *Tx) (*Record, error) {
	arn := str(in.Params, "PolicyArn")
	if r := policyNamed(t, arn); r != nil {
		return r, nil
	}
	return nil, fail("NoSuchEntity", "Policy %s was not found.", arn)
}

func policyItem(t *Tx, r *Record) Props {
	attached := 0
	for _, a := range t.list(tokenAttachment) {
		if str(a.State, "policyArn") == r.ID {
			attached++
		}
	}
	return Props{
		"PolicyName": r.State["name"], "PolicyId": r.State["policyId"], "Arn": r.ID, "Path": r.State["path"], "DefaultVersionId": onlyVersion,
		"AttachmentCount": attached, "PermissionsBoundaryUsageCount": 0, "IsAttachable": true, "CreateDate": created(r), "UpdateDate": created(r),
		"Description": some(str(r.State, "description")),
	}
}

func getPolicy(t *Tx, in *Call) (Props, error) {
	r, err := in.policy(t)
	if err != nil {
		return nil, err
	}
	item := policyItem(t, r)
	item["Tags"] = iamTags(r)
	return Props{"Policy": item}, nil
}

// listPolicies lists our own, AWS's, or both, as Scope says; descriptions are left out, as IAM does.
func listPolicies(t *Tx, in *Call) (Props, error) {
	var all []*Record
	scope := str(in.Params, "Scope")
	if scope != "AWS" {
		all = t.list(tokenPolicy)
	}
	if scope != "Local" {
		for _, name := range iam.ManagedNames() {
			all = append(all, policyNamed(t, managedPrefix+name))
		}
	}
	list := []any{}
	if str(in.Params, "PolicyUsageFilter") == "PermissionsBoundary" { // boundaries are kept with roles, and not counted
		all = nil
	}
	for _, r := range byName(all) {
		item := policyItem(t, r)
		if !strings.HasPrefix(str(r.State, "path"), str(in.Params, "PathPrefix")) || paramYes(in, "OnlyAttached") && item["AttachmentCount"] == 0 {
			continue
		}
		delete(item, "Description")
		list = append(list, item)
	}
	return iamPages.page(in, "Policies", list)
}

func versionItem(r *Record) Props {
	return Props{"VersionId": onlyVersion, "IsDefaultVersion": true, "CreateDate": created(r)}
}

func getPolicyVersion(t *Tx, in *Call) (Props, error) {
	r, err := in.policy(t)
	if err != nil {
		return nil, err
	}
	if id := str(in.Params, "VersionId"); id != onlyVersion {
		return nil, fail("NoSuchEntity", "Policy %s version %s does not exist or is not attachable.", r.ID, id)
	}
	item := versionItem(r)
	item["Document"] = inURL(str(r.State, "policy"))
	return Props{"PolicyVersion": item}, nil
}

func listPolicyVersions(t *Tx, in *Call) (Props, error) {
	r, err := in.policy(t)
	if err != nil {
		return nil, err
	}
	return iamPages.page(in, "Versions", []any{versionItem(r)})
}

func onIssuer(t *Tx, in *Call) []Target {
	arn := str(in.Params, "OpenIDConnectProviderArn")
	if r := t.named(tokenOpenIDConnect, "arn", arn); r != nil {
		return []Target{{ARN: arn, Tags: tagsOf(r)}}
	}
	return []Target{{ARN: arn}}
}

func listIssuers(t *Tx, _ *Call) (Props, error) {
	list := []any{}
	for _, r := range t.list(tokenOpenIDConnect) {
		list = append(list, Props{"Arn": r.State["arn"]})
	}
	return Props{"OpenIDConnectProviderList": list}, nil
}

func getIssuer(t *Tx, in *Call) (Props, error) {
	arn := str(in.Params, "OpenIDConnectProviderArn")
	r := t.named(tokenOpenIDConnect, "arn", arn)
	if r == nil {
		return nil, fail("NoSuchEntity", "OpenIDConnect Provider not found for arn %s", arn)
	}
	return Props{
		"Url": strings.TrimPrefix(str(r.State, "url"), "https://"), "ClientIDList": listOf(strs(r.State, "clientIdLists")),
		"ThumbprintList": listOf(strs(r.State, "thumbprintLists")), "CreateDate": created(r), "Tags": iamTags(r),
	}, nil
}
