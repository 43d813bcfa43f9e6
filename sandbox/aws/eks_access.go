package aws

import (
	"fmt"
	"strings"
	"time"
)

var _ = register(&Kind{
	Token: tokenAccessEntry, Tagged: true, Required: []string{"clusterName", "principalArn"},
	ID: func(o *Op) string { return str(o.In, "clusterName") + ":" + str(o.In, "principalArn") },
	Taken: func(*Op) error {
		return fail("ResourceInUseException", "The specified access entry resource is already in use on this cluster.")
	},
	Missing: func(string) *Error {
		return fail("ResourceNotFoundException", "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.")
	},
	Defaults: Props{"type": "STANDARD"},
	Computed: []string{"accessEntryArn", "createdAt", "kubernetesGroups", "modifiedAt", "userName"},
	Volatile: []string{"modifiedAt"},
	Replace:  []string{"clusterName", "principalArn", "type"},
	Sets:     []string{"kubernetesGroups"},
	Refs: []Ref{
		{Field: "clusterName", Kind: tokenCluster, Delete: Cascade},
		{Field: "principalArn", Kind: tokenRole, By: "arn", Err: func(string) *Error {
			return fail("InvalidParameterException", "The specified principalArn is invalid: invalid principal")
		}},
	},
	Check: checks(func(c *check) {
		c.oneOf("type", "STANDARD", "EC2", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX")
	}),
	Fill: fillEntry,
	Delete: func(o *Op) error { // its policies go with it, or a later entry of the same principal would come into them
		for _, a := range o.Tx.list(tokenAccessAssociation) {
			if a.State["clusterName"] == o.Old.State["clusterName"] && a.State["principalArn"] == o.Old.State["principalArn"] {
				o.Tx.drop(a)
			}
		}
		return nil
	},
})

func fillEntry(o *Op) error {
	cluster := o.Tx.peek(tokenCluster, str(o.Out, "clusterName"))
	if str(cluster.State, "accessConfig.authenticationMode") == "CONFIG_MAP" {
		return fail("InvalidRequestException", "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.")
	}
	kind, user := str(o.Out, "type"), str(o.In, "userName")
	// What is asked for, not what EKS has given: an update of tags alone sends neither.
	if kind != "STANDARD" && (len(strs(o.In, "kubernetesGroups")) > 0 || user != "") {
		return fail("InvalidParameterException", "The username and kubernetes groups of an access entry of type %s cannot be set.", kind)
	}
	for _, prefix := range []string{"system:", "eks:", "aws:", "amazon:", "iam:"} {
		if strings.HasPrefix(user, prefix) {
			return fail("InvalidParameterException", "The username must not begin with %s", prefix)
		}
		for _, g := range strs(o.In, "kubernetesGroups") {
			if strings.HasPrefix(g, prefix) {
				return fail("InvalidParameterException", "The kubernetes group name %s is invalid, it cannot start with %s", g, prefix)
			}
		}
	}
	role := principal(o.Tx, str(o.Out, "principalArn"))
	now := time.Now().UTC().Format(time.RFC3339)
	o.Out["modifiedAt"] = now
	if user == "" {
		o.Out["userName"] = userNameOf(kind, role, o.Env.Account)
	}
	if o.Out["kubernetesGroups"] == nil {
		o.Out["kubernetesGroups"] = []any{}
		if kind != "STANDARD" {
			o.Out["kubernetesGroups"] = []any{"system:nodes"}
		}
	}
	if o.Old != nil {
		return nil
	}
	o.Out["createdAt"] = now
	o.Out["accessEntryArn"] = o.Env.arn("eks", fmt.Sprintf("access-entry/%s/role/%s/%s/%s", cluster.ID, o.Env.Account, role.ID, uuid()))
	// an entry belongs to the role itself: one made later under the same name gets nothing from it
	o.Private["principalID"] = role.State["uniqueId"]
	return nil
}

func userNameOf(kind string, role *Record, account string) string {
	if kind != "STANDARD" {
		return "system:node:{{EC2PrivateDNSName}}"
	}
	return fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/{{SessionName}}", partition, account, role.ID)
}

// enter makes an entry that EKS makes by itself, unless there is one.
func (o *Op) enter(cluster, arn, kind string) {
	id := cluster + ":" + arn
	if o.Tx.peek(tokenAccessEntry, id) != nil {
		return
	}
	role := principal(o.Tx, arn)
	if role == nil {
		return
	}
	now := time.Now().UTC().Format(time.RFC3339)
	groups := []any{}
	if kind != "STANDARD" {
		groups = []any{"system:nodes"}
	}
	r := o.made(key(tokenCluster, cluster), tokenAccessEntry, id, arn, Props{
		"clusterName": cluster, "principalArn": arn, "type": kind, "kubernetesGroups": groups, "createdAt": now, "modifiedAt": now,
		"userName": userNameOf(kind, role, o.Env.Account), "tags": Props{}, "tagsAll": Props{},
		"accessEntryArn": o.Env.arn("eks", fmt.Sprintf("access-entry/%s/role/%s/%s/%s", cluster, o.Env.Account, role.ID, uuid())),
	})
	r.Private = Props{"principalID": role.State["uniqueId"]}
}

// creatorEntry makes the creator an administrator.
func (o *Op) creatorEntry() {
	o.enter(o.ID, o.Env.Caller, "STANDARD")
	now := time.Now().UTC().Format(time.RFC3339)
	id := associationID(o.ID, o.Env.Caller, policyARN("AmazonEKSClusterAdminPolicy"))
	o.made(key(tokenCluster, o.ID), tokenAccessAssociation, id, "", Props{
		"clusterName": o.ID, "principalArn": o.Env.Caller, "policyArn": policyARN("AmazonEKSClusterAdminPolicy"),
		"accessScope": Props{"type": "cluster", "namespaces": []any{}}, "associatedAt": now, "modifiedAt": now,
	})
}
