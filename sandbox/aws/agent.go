package aws

import (
	"context"
	"time"
)

// AgentCredentials answers the Pod Identity agent of a node, which asks with the node's own role for the credentials of a pod
// that has shown its token.
func (c *Cloud) AgentCredentials(ctx context.Context, cluster, node, token string) (Credentials, error) {
	as, err := c.nodeEnv(cluster, node)
	if err != nil {
		return Credentials{}, err
	}
	out, err := c.Call(ctx, Call{
		Env: as, Service: "eks-auth", Action: "AssumeRoleForPodIdentity", Params: Props{"clusterName": cluster, "token": token},
	})
	if err != nil {
		return Credentials{}, err
	}
	held := mapAt(out, "credentials")
	expires, _ := held["expiration"].(int64)
	return Credentials{
		AccessKeyID: str(held, "accessKeyId"), SecretAccessKey: str(held, "secretAccessKey"), SessionToken: str(held, "sessionToken"),
		Expiration: time.Unix(expires, 0),
	}, nil
}

// nodeEnv is a call from a node: by its role, in a session that is named after the instance.
func (c *Cloud) nodeEnv(cluster, node string) (Env, error) {
	as := c.env(defaultRegion)
	var err error
	c.store.view(func(t *Tx) {
		r := t.find(tokenInstance, func(r *Record) bool { return r.Name == node && str(r.State, "cluster") == cluster })
		if r == nil {
			err = fail("AccessDeniedException", "Node %s is no instance of cluster %s", node, cluster)
			return
		}
		as.Region = r.Region
		role := t.role(str(recordState(t.peek(tokenNodeGroup, str(r.State, "nodeGroup"))), "nodeRoleArn"))
		if role == nil {
			err = fail("AccessDeniedException", "The role of instance %s does not exist", r.ID)
			return
		}
		as.Caller, as.Session, as.RoleID = str(role.State, "arn"), r.ID, str(role.State, "uniqueId")
	})
	return as, err
}

// Associated tells whether a service account has a role by Pod Identity.
func (c *Cloud) Associated(cluster, namespace, account string) bool {
	found := false
	c.store.view(func(t *Tx) { found = t.association(cluster, namespace, account) != nil })
	return found
}
