package aws

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

var _ = operates("iam", map[string]*operation{
	"GetRole":                     {on: onRole, run: reading(getRole)},
	"ListRoles":                   {run: reading(listRoles)},
	"ListRoleTags":                {on: onRole, run: reading(listRoleTags)},
	"ListAttachedRolePolicies":    {on: onRole, run: reading(listAttached)},
	"ListRolePolicies":            {on: onRole, run: reading(listInline)},
	"GetRolePolicy":               {on: onRole, run: reading(getInline)},
	"ListInstanceProfilesForRole": {on: onRole, run: reading(listRoleProfiles)},
	"GetInstanceProfile":          {on: onProfile, run: reading(getProfile)},
})

func iamARN(account, resource string) string {
	return fmt.Sprintf("arn:%s:iam::%s:%s", partition, account, resource)
}

func onRole(t *Tx, in *Call) []Target {
	name := str(in.Params, "RoleName")
	if r := t.peek(tokenRole, name); r != nil {
		return []Target{{ARN: str(r.State, "arn"), Tags: tagsOf(r)}}
	}
	return []Target{{ARN: iamARN(in.Account, "role/"+name)}}
}

func onProfile(t *Tx, in *Call) []Target {
	name := str(in.Params, "InstanceProfileName")
	if r := profileNamed(t, name); r != nil {
		return []Target{{ARN: str(r.State, "arn"), Tags: tagsOf(r)}}
	}
	return []Target{{ARN: iamARN(in.Account, "instance-profile/"+name)}}
}

// role is the role that a call names.
func (in *Call) role(t *Tx) (*Record, error) {
	name := str(in.Params, "RoleName")
	if r := t.peek(tokenRole, name); r != nil {
		return r, nil
	}
	return nil, noRole(name)
}

// inURL is a policy document as IAM hands it out: escaped as for a URL.
func inURL(document string) string { return strings.ReplaceAll(url.QueryEscape(document), "+", "%20") }

func iamTags(r *Record) []any { return tagList(tagsOf(r), "Key", "Value") }

// created is when IAM made something, by its own account or the store's.
func created(r *Record) time.Time {
	if at, ok := moment(r.State, "createDate").(time.Time); ok {
		return at
	}
	return r.Created
}

func roleItem(r *Record) Props {
	item := Props{
		"RoleName": r.ID, "RoleId": r.State["uniqueId"], "Arn": r.State["arn"], "Path": r.State["path"], "CreateDate": created(r),
		"AssumeRolePolicyDocument": inURL(str(r.State, "assumeRolePolicy")), "Description": some(str(r.State, "description")),
		"MaxSessionDuration": num(r.State, "maxSessionDuration", 3600),
	}
	if boundary := str(r.State, "permissionsBoundary"); boundary != "" {
		item["PermissionsBoundary"] = Props{"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary}
	}
	return item
}

func getRole(t *Tx, in *Call) (Props, error) {
	r, err := in.role(t)
	if err != nil {
		return nil, err
	}
	item := roleItem(r)
	item["Tags"], item["RoleLastUsed"] = iamTags(r), Props{}
	return Props{"Role": item}, nil
}

func listRoles(t *Tx, in *Call) (Props, error) {
	list := []any{}
	for _, r := range byName(t.list(tokenRole)) {
		if strings.HasPrefix(str(r.State, "path"), str(in.Params, "PathPrefix")) {
			list = append(list, roleItem(r))
		}
	}
	return iamPages.page(in, "Roles", list)
}

// byName sorts as IAM's lists are sorted.
func byName(records []*Record) []*Record {
	slices.SortStableFunc(records, func(a, b *Record) int { return strings.Compare(a.Name, b.Name) })
	return records
}

func listRoleTags(t *Tx, in *Call) (Props, error) {
	r, err := in.role(t)
	if err != nil {
		return nil, err
	}
	return iamPages.page(in, "Tags", iamTags(r))
}

func listAttached(t *Tx, in *Call) (Props, error) {
	r, err := in.role(t)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, a := range t.list(tokenAttachment) {
		arn := str(a.State, "policyArn")
		_, path, _ := strings.Cut(arn, ":policy")
		if str(a.State, "role") == r.ID && strings.HasPrefix(path, str(in.Params, "PathPrefix")) {
			list = append(list, Props{"PolicyName": afterLast(arn, "/"), "PolicyArn": arn})
		}
	}
	return iamPages.page(in, "AttachedPolicies", list)
}

func listInline(t *Tx, in *Call) (Props, error) {
	r, err := in.role(t)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, p := range byName(t.list(tokenRolePolicy)) {
		if str(p.State, "role") == r.ID {
			list = append(list, str(p.State, "name"))
		}
	}
	return iamPages.page(in, "PolicyNames", list)
}

func getInline(t *Tx, in *Call) (Props, error) {
	r, err := in.role(t)
	if err != nil {
		return nil, err
	}
	name := str(in.Params, "PolicyName")
	p := t.peek(tokenRolePolicy, r.ID+":"+name)
	if p == nil {
		return nil, fail("NoSuchEntity", "The role policy with name %s cannot be found.", name)
	}
	return Props{"RoleName": r.ID, "PolicyName": name, "PolicyDocument": inURL(str(p.State, "policy"))}, nil
}

// profiles are the instance profiles that were asked for, and those that EKS makes for its groups.
func profiles(t *Tx) []*Record {
	out := t.list(tokenInstanceProfile)
	for _, g := range t.list(tokenGroup) {
		out = append(out, profileOf(t, g))
	}
	return out
}

// profileOf is the instance profile that EKS makes for the nodes of a group, as if it had a record.
func profileOf(t *Tx, g *Record) *Record {
	role := ""
	if nodes := t.peek(tokenNodeGroup, str(g.State, "nodeGroup")); nodes != nil {
		role = afterLast(str(nodes.State, "nodeRoleArn"), "/")
	}
	return &Record{Kind: tokenInstanceProfile, ID: eksName(g), Name: eksName(g), Created: g.Created, State: Props{
		"name": eksName(g), "path": "/", "role": role, "arn": iamARN(t.store.account, "instance-profile/"+eksName(g)),
		"uniqueId": "AIPA" + strings.ToUpper(derivedID("", g.ID)),
	}}
}

func profileNamed(t *Tx, name string) *Record {
	for _, r := range profiles(t) {
		if r.ID == name {
			return r
		}
	}
	return nil
}

func profileItem(t *Tx, r *Record) Props {
	roles := []any{}
	if role := t.peek(tokenRole, str(r.State, "role")); role != nil {
		roles = append(roles, roleItem(role))
	}
	return Props{
		"InstanceProfileName": r.ID, "InstanceProfileId": r.State["uniqueId"], "Arn": r.State["arn"], "Path": r.State["path"],
		"CreateDate": created(r), "Roles": roles, "Tags": iamTags(r),
	}
}

func listRoleProfiles(t *Tx, in *Call) (Props, error) {
	role, err := in.role(t)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, r := range profiles(t) {
		if str(r.State, "role") == role.ID {
			list = append(list, profileItem(t, r))
		}
	}
	return iamPages.page(in, "InstanceProfiles", list)
}

func getProfile(t *Tx, in *Call) (Props, error) {
	name := str(in.Params, "InstanceProfileName")
	if r := profileNamed(t, name); r != nil {
		return Props{"InstanceProfile": profileItem(t, r)}, nil
	}
	return nil, fail("NoSuchEntity", "Instance Profile %s cannot be found.", name)
}
