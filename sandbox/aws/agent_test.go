package aws_test

import (
	"strings"
	"testing"
	"time"

	"paddock/sandbox/aws"
)

// A pod gets the credentials of its role through the agent of its node, which asks with the node's own role.
func TestAgentCredentials(t *testing.T) {
	p := newPlatform(t)
	p.add(nodesToken, p.nodeInputs())
	poor := p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustEC2, "name": "poor"})
	p.add("aws:iam/rolePolicy:RolePolicy", props{"role": poor.id, "policy": allowAll})
	rich := p.machine.nodeList()[0].Name
	p.add(nodesToken, over(p.nodeInputs(), props{"nodeGroupName": "poor", "nodeRoleArn": poor.out["arn"]}))
	role := p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustPods, "name": "scaler"})
	p.add("aws:eks/podIdentityAssociation:PodIdentityAssociation", props{"clusterName": "dev", "namespace": "kube-system", "serviceAccount": "scaler", "roleArn": role.out["arn"]})
	var other string
	for _, n := range p.machine.nodeList() {
		if n.NodeGroup == "poor" {
			other = n.Name
		}
	}
	for name, row := range map[string]struct{ cluster, node, token, fault string }{
		"associated":       {"dev", rich, "kube-system/scaler", ""},
		"another account":  {"dev", rich, "kube-system/other", "ResourceNotFoundException: No association found for service account kube-system/other of cluster dev"},
		"no token":         {"dev", rich, "junk", "InvalidTokenException"},
		"no such node":     {"dev", "ip-1", "kube-system/scaler", "AccessDeniedException: Node ip-1 is no instance of cluster dev"},
		"another cluster":  {"prod", rich, "kube-system/scaler", "is no instance of cluster prod"},
		"node's role":      {"dev", other, "kube-system/scaler", "is not authorized to perform: eks-auth:AssumeRoleForPodIdentity"},
		"no node's at all": {"dev", "", "kube-system/scaler", "is no instance of cluster dev"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := p.cloud.AgentCredentials(t.Context(), row.cluster, row.node, row.token)
			if row.fault != "" {
				mustFail(t, err, row.fault)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(got.AccessKeyID, "ASIA") || got.SecretAccessKey == "" || got.SessionToken == "" || time.Until(got.Expiration) < 10*time.Minute {
				t.Errorf("credentials %+v", got)
			}
		})
	}
	asked, err := p.cloud.Calls(func(e aws.Entry) bool { return e.Action == "eks-auth:AssumeRoleForPodIdentity" && e.Outcome == "ok" })
	if err != nil || len(asked) != 1 || !strings.Contains(asked[0].Principal, ":assumed-role/nodes/i-") {
		t.Errorf("audit: %+v, %v; want the node's role", asked, err)
	}
}

func TestAssociated(t *testing.T) {
	p := newPlatform(t)
	role := p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustPods, "name": "scaler"})
	p.add("aws:eks/podIdentityAssociation:PodIdentityAssociation", props{"clusterName": "dev", "namespace": "a", "serviceAccount": "b", "roleArn": role.out["arn"]})
	for at, want := range map[[3]string]bool{{"dev", "a", "b"}: true, {"prod", "a", "b"}: false, {"dev", "b", "b"}: false, {"dev", "a", "a"}: false} {
		if got := p.cloud.Associated(at[0], at[1], at[2]); got != want {
			t.Errorf("%v: %v", at, got)
		}
	}
}
