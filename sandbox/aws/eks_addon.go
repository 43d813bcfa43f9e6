package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
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
	Check: checks(func(c *check) {
		c.oneOf("resolveConflictsOnCreate", "NONE", "OVERWRITE")
		c.oneOf("resolveConflictsOnUpdate", "NONE", "OVERWRITE", "PRESERVE")
	}),
	Fill:   fillAddon,
	Settle: settleAddon,
	Teardown: func(ctx context.Context, c *Cloud, r *Record) error {
		if yes(r.State, "preserve", false) {
			return nil
		}
		return c.machine.DeleteAddon(ctx, str(r.State, "clusterName"), str(r.State, "addonName"))
	},
})

func fillAddon(o *Op) error {
	name := str(o.Out, "addonName")
	if _, ok := addons[name]; !ok {
		return fail("InvalidParameterException", "Addon specified is not supported")
	}
	cluster, err := activeCluster(o.Tx, str(o.Out, "clusterName"))
	if err != nil {
		return err
	}
	version := str(cluster.State, "version")
	if str(o.Out, "addonVersion") == "" {
		o.Out["addonVersion"] = addonDefault(name, version)
	}
	if err := addonFits(name, str(o.Out, "addonVersion"), version); err != nil {
		return err
	}
	if text := str(o.Out, "configurationValues"); text != "" && !json.Valid([]byte(text)) {
		return fail("InvalidParameterException", "ConfigurationValue provided in request is not supported: not JSON")
	}
	if len(objs(o.Out, "podIdentityAssociations")) > 0 {
		return notModelled(o.Kind.Token + " with podIdentityAssociations (use " + tokenPodIdentity + ")")
	}
	now := time.Now().UTC().Format(time.RFC3339)
	o.Out["modifiedAt"] = now
	if o.Old != nil {
		return nil
	}
	o.Out["createdAt"] = now
	o.Out["arn"] = o.Env.arn("eks", "addon/"+cluster.ID+"/"+name+"/"+uuid())
	return o.addonConflict(cluster)
}

// addonFits refuses a version that is none, and a kube-proxy that runs ahead of the control plane.
func addonFits(name, version, cluster string) error {
	if !addonVersion.MatchString(version) || name == "kube-proxy" && minorOf(strings.Join(strings.Split(version[1:], ".")[:2], ".")) > minorOf(cluster) {
		return fail("InvalidParameterException", "Addon version specified is not supported")
	}
	return nil
}

// selfManaged are the add-ons that every cluster starts with unless it is told not to, and what each keeps its settings in.
var selfManaged = map[string]string{
	"vpc-cni":    `DaemonSet.apps aws-node - .spec.template.spec.containers[name="aws-node"].image`,
	"kube-proxy": `DaemonSet.apps kube-proxy - .spec.template.spec.containers[name="kube-proxy"].image`,
	"coredns":    `Deployment.apps coredns - .spec.template.spec.containers[name="coredns"].image`,
}

// addonConflict refuses to put a managed add-on over the self-managed copy without being told to.
func (o *Op) addonConflict(cluster *Record) error {
	field, copied := selfManaged[str(o.Out, "addonName")]
	told := str(o.Out, "resolveConflictsOnCreate") == "OVERWRITE" || str(o.Out, "resolveConflicts") == "OVERWRITE"
	if !copied || told || !yes(cluster.State, "bootstrapSelfManagedAddons", true) {
		return nil
	}
	return fmt.Errorf("waiting for EKS Add-On (%s) create: unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. last error: : %w", o.ID,
		fail("ConfigurationConflict", "Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. Conflicts:\n%s", field))
}

// settleAddon installs an add-on, or meets the fault that is to strike it.
func settleAddon(ctx context.Context, c *Cloud, id string) error {
	r, err := c.find(tokenAddon, id)
	if err != nil {
		return err
	}
	name := str(r.State, "addonName")
	strikes := func(fault string) (Mishap, bool) {
		return c.conditions.take(func(m Mishap) bool { return m.Fault == fault && (m.Addon == "" || m.Addon == name) })
	}
	if m, slow := strikes("addon-slow"); slow {
		if err := pause(ctx, m.After.Duration); err != nil {
			return err
		}
	}
	err = c.machine.EnsureAddon(ctx, str(r.State, "clusterName"), machine.Addon{
		Name: name, Version: str(r.State, "addonVersion"), Configuration: str(r.State, "configurationValues"),
	})
	if _, fails := strikes("addon-fails"); fails && err == nil {
		err = errors.New("InsufficientNumberOfReplicas: The add-on is unhealthy because it doesn't have the desired number of replicas.")
	}
	if err != nil {
		return fail("AddonNotActive", "add-on %s: unexpected state 'DEGRADED', wanted target 'ACTIVE': %v", id, err)
	}
	return c.settled(tokenAddon, id)
}

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
