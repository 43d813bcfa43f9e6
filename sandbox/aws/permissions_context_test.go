package aws_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"paddock/sandbox/aws"
)

// ownRole is a role for whoever is in the account, which may do nothing but what it is given.
func (r *rig) ownRole(name string, tags props) (role, policy thing) {
	r.t.Helper()
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + r.cloud.Account() + `"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
	role = r.create("aws:iam/role:Role", props{"name": name, "assumeRolePolicy": trust, "tags": tags})
	return role, r.create("aws:iam/rolePolicy:RolePolicy", props{"role": role.id, "policy": policyOf(everything)})
}

// What a condition may ask of who calls, and from where.
func TestWhoCalls(t *testing.T) {
	rows := map[string]string{
		"the role's own tag":   `{"StringEquals":{"aws:PrincipalTag/team":"red"}}`,
		"who, by id":           `{"StringLike":{"aws:userid":"AROA*:test"}}`,
		"from where":           `{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}`,
		"not through others":   `{"Bool":{"aws:ViaAWSService":"false"}}`,
		"the role":             `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/tagged"}}`,
		"the role's account":   `{"StringLike":{"aws:PrincipalAccount":"?*"}}`,
		"encrypted on the way": `{"Bool":{"aws:SecureTransport":"true"}}`,
	}
	r := newRig(t)
	role, given := r.ownRole("tagged", props{"team": "red"})
	admin := r.client
	r.actsAs("tagged", policyOf(everything))
	caller := r.client
	for name, condition := range rows {
		t.Run(name, func(t *testing.T) {
			r.t, r.client = t, admin
			given = r.update(given, props{"role": role.id, "policy": policyOf(`{"Effect":"Deny","Action":"ec2:AllocateAddress","Resource":"*","Condition":` + condition + `}`)})
			r.client = caller
			_, err := r.tryCreate("aws:ec2/eip:Eip", nil)
			mustFail(t, err, "explicit deny")
		})
	}
}

// A session of Pulumi's ends with its credentials, and with the role that they are of.
func TestProviderSessionEnds(t *testing.T) {
	r := newRig(t)
	made, policy := r.ownRole("caller", nil)
	held, err := r.cloud.Assume(context.Background(), r.cloud.Self(), made.out["arn"].(string), "test")
	if err != nil {
		t.Fatal(err)
	}
	as, err := r.cloud.Caller(held)
	if err != nil {
		t.Fatal(err)
	}
	expired := as
	expired.Expires = time.Now().Add(-time.Second)
	r.client = r.sessionOf(expired, props{"region": "us-west-2"})
	_, err = r.tryCreate("aws:ec2/eip:Eip", nil)
	mustFail(t, err, "ExpiredToken")

	r.client = r.sessionOf(as, props{"region": "us-west-2"})
	r.create("aws:ec2/eip:Eip", nil)
	for _, gone := range []thing{policy, made} {
		if err := r.cloud.Drift(aws.Drift{ID: gone.id, Delete: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.cloud.AddRole(aws.RoleSpec{Name: "caller", Policy: policyOf(everything)}); err != nil { // another of that name
		t.Fatal(err)
	}
	_, err = r.tryCreate("aws:ec2/eip:Eip", nil)
	mustFail(t, err, "InvalidClientTokenId")
}

// A role for a service may ask in whose name the service comes.
func TestServicesTellTheirSource(t *testing.T) {
	p := newPlatform(t)
	trusting := func(service, condition string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":` + condition + `}]}`
	}
	for condition, allowed := range map[string]bool{
		`{"ArnLike":{"aws:SourceArn":"arn:aws:eks:*:*:cluster/dev"},"StringEquals":{"aws:RequestTag/kubernetes-namespace":"red"}}`: true,
		`{"StringLike":{"aws:RequestTag/eks-cluster-arn":"*:cluster/dev","aws:RequestTag/kubernetes-service-account":"s?"}}`:       true,
		`{"StringEquals":{"aws:RequestTag/kubernetes-namespace":"blue"}}`:                                                          false,
	} {
		role := p.create("aws:iam/role:Role", props{"assumeRolePolicy": trusting("pods.eks.amazonaws.com", condition)})
		made, err := p.tryCreate("aws:eks/podIdentityAssociation:PodIdentityAssociation", props{"clusterName": "dev", "namespace": "red", "serviceAccount": "sa", "roleArn": role.out["arn"]})
		if allowed && err != nil || !allowed && err == nil {
			t.Errorf("%s: %v", condition, err)
		}
		if err == nil {
			p.delete(made)
		}
	}
	for name, allowed := range map[string]bool{"other": true, "another": false} {
		role := p.create("aws:iam/role:Role", props{"assumeRolePolicy": trusting("eks.amazonaws.com", `{"ArnLike":{"aws:SourceArn":"arn:aws:eks:*:*:cluster/other"}}`)})
		p.attach(role, "AmazonEKSClusterPolicy")
		_, err := p.tryCreate("aws:eks/cluster:Cluster", having(having(p.clusterInputs(), "name", name), "roleArn", role.out["arn"]))
		if allowed && err != nil || !allowed && err == nil {
			t.Errorf("cluster %s: %v", name, err)
		}
	}
}

// EKS has the first caller make its roles, and the second need no permission for it.
func TestServiceLinkedRoles(t *testing.T) {
	p := newPlatform(t)
	admin := p.client
	p.actsAs("caller", denying(`"iam:CreateServiceLinkedRole"`, "arn:aws:iam::*:role/aws-service-role/eks-nodegroup.amazonaws.com/AWSServiceRoleForAmazonEKSNodegroup",
		`{"StringEquals":{"iam:AWSServiceName":"eks-nodegroup.amazonaws.com"}}`))
	caller := p.client
	_, err := p.tryCreate("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	mustFail(t, err, "InvalidRequestException: Failed to create service linked role: AWSServiceRoleForAmazonEKSNodegroup due to missing permissions for 'iam:CreateServiceLinkedRole'")
	denied, err := p.cloud.Calls(aws.Entry.Denied)
	if err != nil || len(denied) != 1 || denied[0].Action != "iam:CreateServiceLinkedRole" {
		t.Errorf("denied: %v %v", denied, err)
	}
	p.client = admin
	p.delete(p.create("aws:eks/nodeGroup:NodeGroup", p.nodeInputs()))
	p.client = caller
	p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	p.client = admin
	p.destroy()
	for _, l := range p.cloud.Leftovers() {
		if !strings.Contains(l.Kind, "logGroup") {
			t.Errorf("left over: %v", l)
		}
	}
}
