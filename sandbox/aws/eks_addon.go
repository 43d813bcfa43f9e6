package aws

import (
	"context"
	"encoding/json"
	"regexp"
	"time"

	"paddock/sandbox/machine"
)

var addonVersion = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[a-z0-9.]+)?-eksbuild\.\d+$`)

var _ = register(&Kind{
	Token: tokenAddon, Tagged: true, Required: []string{"addonName", "clusterName"}, First: true,
	ID:    func(o *Op) string { return str(o.In, "clusterName") + ":" + str(o.In, "addonName") },
	Taken: func(*Op) error { return fail("ResourceInUseException", "Addon already exists.") },
	Missing: func(id string) *Error {
		return fail("ResourceNotFoundException", "No addon: %s found", afterLast(id, ":"))
	},
	Defaults: Props{"configurationValues": "", "podIdentityAssociations": []any{}},
	Computed: []string{"addonVersion", "arn", "createdAt", "modifiedAt"},
	Volatile: []string{"modifiedAt"},
	Replace:  []string{"addonName", "clusterName"},
	Refs: []Ref{
		{Field: "clusterName", Kind: tokenCluster, Delete: Cascade},
		{Field: "serviceAccountRoleArn", Kind: tokenRole, By: "arn", Err: func(arn string) *Error {
			return fail("InvalidParameterException", "Role %s does not exist", arn)
		}},
	},
	Fill: func(o *Op) error {
		name := str(o.Out, "addonName")
		if _, ok := addons[name]; !ok {
			return fail("InvalidParameterException", "Addon specified is not supported")
		}
		cluster, err := activeCluster(o.Tx, str(o.Out, "clusterName"))
		if err != nil {
			return err
		}
		if str(o.Out, "addonVersion") == "" {
			o.Out["addonVersion"] = addonDefault(name, str(cluster.State, "version"))
		}
		if !addonVersion.MatchString(str(o.Out, "addonVersion")) {
			return fail("InvalidParameterException", "Addon version specified is not supported")
		}
		if text := str(o.Out, "configurationValues"); text != "" && !json.Valid([]byte(text)) {
			return fail("InvalidParameterException", "ConfigurationValue provided in request is not supported: not JSON")
		}
		now := time.Now().UTC().Format(time.RFC3339)
		o.Out["modifiedAt"] = now
		if o.Old == nil {
			o.Out["createdAt"] = now
			o.Out["arn"] = o.Env.arn("eks", "addon/"+cluster.ID+"/"+name+"/"+uuid())
		}
		return nil
	},
	Settle: func(ctx context.Context, c *Cloud, id string) error {
		r, err := c.find(tokenAddon, id)
		if err != nil {
			return err
		}
		err = c.machine.EnsureAddon(ctx, str(r.State, "clusterName"), machine.Addon{
			Name: str(r.State, "addonName"), Version: str(r.State, "addonVersion"), Configuration: str(r.State, "configurationValues"),
		})
		if err != nil {
			return fail("AddonNotActive", "add-on %s: unexpected state 'DEGRADED', wanted target 'ACTIVE': %v", id, err)
		}
		return c.settled(tokenAddon, id)
	},
	Teardown: func(ctx context.Context, c *Cloud, r *Record) error {
		if yes(r.State, "preserve", false) {
			return nil
		}
		return c.machine.DeleteAddon(ctx, str(r.State, "clusterName"), str(r.State, "addonName"))
	},
})

// activeCluster is the cluster of that name, which must be ready to take something in.
func activeCluster(t *Tx, name string) (*Record, error) {
	r := t.peek(tokenCluster, name)
	if r == nil {
		return nil, noCluster(name)
	}
	if str(r.State, "status") != "ACTIVE" {
		return nil, fail("InvalidRequestException", "Cluster '%s' is not in ACTIVE status", name)
	}
	return r, nil
}

// settled records that what was begun is done.
func (c *Cloud) settled(token, id string) error {
	return c.store.update(func(t *Tx) error {
		r := t.get(token, id)
		if r == nil {
			return kinds[token].missing(id)
		}
		if _, pending := r.Private["phase"]; !pending {
			return nil
		}
		delete(r.Private, "phase")
		t.put(r)
		return nil
	})
}
