package aws

import (
	"context"
	"errors"
	"maps"
	"time"

	"paddock/sandbox/iam"
	"paddock/sandbox/machine"
)

var _ = operates("eks-auth", map[string]*operation{
	"AssumeRoleForPodIdentity": {run: assumeForPod, on: func(t *Tx, in *Call) []Target {
		if r := t.peek(tokenCluster, str(in.Params, "clusterName")); r != nil {
			return []Target{t.target(r)}
		}
		return []Target{{ARN: arnPattern(in.Env, tokenCluster, str(in.Params, "clusterName"))}}
	}},
})

// podAudience is what tokens for Pod Identity are made for.
const podAudience = "pods.eks.amazonaws.com"

// assumeForPod gives a pod the credentials of the role that is associated with its service account. The node's agent asks.
func assumeForPod(ctx context.Context, c *Cloud, in *Call) (Props, error) {
	cluster := str(in.Params, "clusterName")
	account, err := c.machine.ReviewToken(ctx, cluster, str(in.Params, "token"), podAudience)
	if errors.Is(err, machine.ErrToken) {
		return nil, fail("InvalidTokenException", "The service account token is not valid: %v", err)
	}
	if err != nil {
		return nil, err
	}
	var found, role *Record
	tags := podTags(cluster, account)
	c.store.view(func(t *Tx) {
		if found, err = t.associationOf(cluster, account); err != nil {
			return
		}
		tags["eks-cluster-arn"] = str(recordState(t.peek(tokenCluster, cluster)), "arn")
		in.Params["RoleArn"], in.Params["RoleSessionName"] = str(found.State, "roleArn"), podSession(account)
		keys := sessionKeys(in, tags)
		keys["aws:SourceAccount"], keys["aws:SourceArn"] = []string{in.Account}, []string{tags["eks-cluster-arn"]}
		for _, action := range []string{"sts:AssumeRole", "sts:TagSession"} {
			if role, err = c.assumable(t, in, action, iam.Principal{Service: podAudience}, keys); err != nil {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	out, err := c.session(in, role, tags, false)
	if err != nil {
		return nil, err
	}
	return podCredentials(out, found, account), nil
}

// associationOf is what EKS associates with a service account.
func (t *Tx) associationOf(cluster string, a machine.ServiceAccount) (*Record, error) {
	found := t.association(cluster, a.Namespace, a.Name)
	if found == nil {
		return nil, fail("ResourceNotFoundException", "No association found for service account %s/%s of cluster %s", a.Namespace, a.Name, cluster)
	}
	return found, nil
}

// association is the Pod Identity association of a service account; nil = none.
func (t *Tx) association(cluster, namespace, account string) *Record {
	return t.find(tokenPodIdentity, func(r *Record) bool {
		return str(r.State, "clusterName") == cluster && str(r.State, "namespace") == namespace && str(r.State, "serviceAccount") == account
	})
}

// podTags are the session tags that policies may ask for; of a pod only where there is one.
func podTags(cluster string, a machine.ServiceAccount) map[string]string {
	tags := map[string]string{
		"eks-cluster-name": cluster, "kubernetes-namespace": a.Namespace, "kubernetes-service-account": a.Name,
		"kubernetes-pod-name": a.Pod, "kubernetes-pod-uid": a.PodUID,
	}
	maps.DeleteFunc(tags, func(_, v string) bool { return v == "" })
	return tags
}

// podCredentials is a session of STS in the spelling of EKS.
func podCredentials(out Props, association *Record, a machine.ServiceAccount) Props {
	held := mapAt(out, "Credentials")
	expires, _ := held["Expiration"].(time.Time)
	return Props{
		"subject": Props{"namespace": a.Namespace, "serviceAccount": a.Name}, "audience": podAudience,
		"podIdentityAssociation": Props{"associationArn": str(association.State, "associationArn"), "associationId": association.ID},
		"assumedRoleUser":        Props{"arn": str(out, "AssumedRoleUser.Arn"), "assumeRoleId": str(out, "AssumedRoleUser.AssumedRoleId")},
		"credentials": Props{
			"accessKeyId": held["AccessKeyId"], "secretAccessKey": held["SecretAccessKey"], "sessionToken": held["SessionToken"], "expiration": expires.Unix(),
		},
	}
}

// podSession names a pod's session as EKS does: cluster, pod and a mark, as far as there is room.
func podSession(a machine.ServiceAccount) string {
	name := "eks-" + a.Namespace + "-" + a.Pod
	return name[:min(len(name), 27)] + "-" + uuid()
}
