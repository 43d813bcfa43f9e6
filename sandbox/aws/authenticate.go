package aws

import (
	"fmt"
	"strings"

	"paddock/sandbox/machine"
)

// Authenticate says who a principal is in the cluster, by its access entry. arn is a role's, or that of a session of one.
func (c *Cloud) Authenticate(cluster, arn string) (username string, groups []string, err error) {
	c.store.view(func(t *Tx) { username, groups, err = authenticate(t, cluster, arn) })
	return username, groups, err
}

func authenticate(t *Tx, cluster, arn string) (string, []string, error) {
	if t.peek(tokenCluster, cluster) == nil {
		return "", nil, noCluster(cluster)
	}
	role := principal(t, arn)
	if role == nil {
		return "", nil, fail("AccessDenied", "%s is not a principal of this account", arn)
	}
	roleARN := str(role.State, "arn")
	entry := t.peek(tokenAccessEntry, cluster+":"+roleARN)
	if entry == nil {
		return "", nil, fail("AccessDenied", "%s has no access entry on cluster %s", roleARN, cluster)
	}
	if str(entry.Private, "principalID") != str(role.State, "uniqueId") {
		return "", nil, fail("AccessDenied", "the access entry of %s on cluster %s was made for an earlier role of that name", roleARN, cluster)
	}
	session := "paddock"
	if strings.Contains(arn, ":assumed-role/") {
		session = afterLast(arn, "/")
	}
	if str(entry.State, "type") != "STANDARD" {
		// the node's own name is not known from its role; the instance tells it in its session name
		return "system:node:" + session, []string{"system:bootstrappers", "system:nodes"}, nil
	}
	groups := strs(entry.State, "kubernetesGroups")
	for _, a := range t.list(tokenAccessAssociation) {
		if str(a.State, "clusterName") == cluster && str(a.State, "principalArn") == roleARN {
			groups = append(groups, machine.AccessPolicyGroup+afterLast(str(a.State, "policyArn"), "/"))
		}
	}
	name := strings.NewReplacer("{{SessionName}}", session, "{{AccountID}}", t.store.account).Replace(str(entry.State, "userName"))
	if name == "" {
		return "", nil, fmt.Errorf("access entry %s has no username", entry.ID)
	}
	return name, groups, nil
}
