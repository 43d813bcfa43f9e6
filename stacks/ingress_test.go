package stacks_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/testkit"
	"paddock/stacks"
)

const (
	controllerOfDev = "kubernetes:apps/v1:Deployment paddock-dev-ingress-deployment"
	classOfDev      = "kubernetes:networking.k8s.io/v1:IngressClass paddock-dev-ingress-class"
	groupOfDev      = "aws:eks/nodeGroup:NodeGroup paddock-dev-cluster-default"
	webOfDev        = "kubernetes:core/v1:Namespace frontend-frontend"
)

// Without a domain there is no trace of it.
func TestIngressIsOnlyThereWithADomain(t *testing.T) {
	created, deleted, changed := difference(with(t, map[string]string{"paddock:ingress": `{}`}), with(t, nil))
	if len(deleted)+len(changed) > 0 {
		t.Errorf("deleted %v, changed %v", deleted, changed)
	}
	for _, key := range created {
		if !strings.Contains(key, " paddock-dev-ingress") {
			t.Errorf("%s is not ingress's", key)
		}
	}
	if len(created) < 15 {
		t.Errorf("created only %v", created)
	}
}

// On the way down: Ingresses with their namespaces, then the controller, then the nodes. The namespaces are asked for by themselves, what
// is in them is not, and all else goes with the cluster.
func TestLoadBalancersGoBeforeTheirController(t *testing.T) {
	got := with(t, nil)
	cluster := got.OfType("eks:index:Cluster")[0].URN
	for _, ns := range got.OfType("kubernetes:core/v1:Namespace") {
		for _, earlier := range []string{controllerOfDev, classOfDev, groupOfDev} {
			if !got.Follows(t, ns.Key(), earlier) {
				t.Errorf("%s does not outlast %s", earlier, ns.Name)
			}
		}
		if ns.DeletedWith != "" || ns.Timeouts[2] != "10m" {
			t.Errorf("%s: deleted with %q within %q, want by itself within 10m", ns.Name, ns.DeletedWith, ns.Timeouts[2])
		}
	}
	for _, earlier := range []string{
		"aws:eks/podIdentityAssociation:PodIdentityAssociation paddock-dev-ingress-identity", "aws:iam/rolePolicy:RolePolicy paddock-dev-ingress-policy",
		"kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding paddock-dev-ingress-cluster", groupOfDev,
	} {
		if !got.Follows(t, controllerOfDev, earlier) {
			t.Errorf("the controller outlasts %s", earlier)
		}
	}
	namespace := got.Get(t, webOfDev).URN
	for key, r := range got {
		_, name, _ := strings.Cut(key, " ")
		switch {
		case !strings.HasPrefix(key, "kubernetes:") || key == webOfDev || strings.HasPrefix(name, "backend-"):
		case strings.HasPrefix(name, "frontend-"):
			if r.DeletedWith != namespace {
				t.Errorf("%s: deleted with %q, want its namespace", key, r.DeletedWith)
			}
		case r.DeletedWith != cluster:
			t.Errorf("%s: deleted with %q, want the cluster", key, r.DeletedWith)
		}
	}
}

func TestBadIngress(t *testing.T) {
	const (
		own      = "want a domain of your own, such as dev.example.com: lower-case letters, digits and inner hyphens, with a dot"
		beside   = "want ingress.domain beside it: without one nothing is exposed"
		inACM    = "want the ARN of a certificate in ACM: arn:aws:acm:<region>:<account>:certificate/<id>"
		regional = "want a certificate of the platform's region, us-west-2: load balancers take no other"
		arn      = "arn:aws:acm:us-west-2:123456789012:certificate/0a1b"
	)
	check(t, map[string]bad{
		"a scheme":              {"ingress", `{"domain": "https://dev.example.com"}`, `ingress.domain: https://dev.example.com: ` + own},
		"one label":             {"ingress", `{"domain": "localhost"}`, `ingress.domain: localhost: ` + own},
		"a wildcard":            {"ingress", `{"domain": "*.example.com"}`, `ingress.domain: *.example.com: ` + own},
		"upper case":            {"ingress", `{"domain": "Dev.Example.com"}`, `ingress.domain: Dev.Example.com: ` + own},
		"too long":              {"ingress", `{"domain": "` + strings.Repeat("a", 60) + `.example.com"}`, `ingress.domain: ` + strings.Repeat("a", 60) + `.example.com: want at most 64 characters: a certificate takes no more`},
		"zone alone":            {"ingress", `{"zone": "Z0123"}`, `ingress.zone: Z0123: ` + beside},
		"certificate alone":     {"ingress", `{"certificate": "` + arn + `"}`, `ingress.certificate: ` + arn + `: ` + beside},
		"image alone":           {"ingress", `{"image": "r/i:v1"}`, `ingress.image: r/i:v1: ` + beside},
		"no certificate":        {"ingress", `{"domain": "a.b", "certificate": "arn:aws:iam::123456789012:server-certificate/x"}`, `ingress.certificate: arn:aws:iam::123456789012:server-certificate/x: ` + inACM},
		"of another region":     {"ingress", `{"domain": "a.b", "certificate": "arn:aws:acm:us-east-1:123456789012:certificate/x"}`, `ingress.certificate: arn:aws:acm:us-east-1:123456789012:certificate/x: ` + regional},
		"of another partition":  {"ingress", `{"domain": "a.b", "certificate": "arn:aws-cn:acm:us-west-2:123456789012:certificate/x"}`, `ingress.certificate: arn:aws-cn:acm:us-west-2:123456789012:certificate/x: ` + regional},
		"zone by name":          {"ingress", `{"domain": "a.b", "zone": "example.com"}`, `ingress.zone: example.com: want the id of a hosted zone of Route 53, such as Z0123456789ABCDEFGHIJ`},
		"zone and certificate":  {"ingress", `{"domain": "a.b", "zone": "Z01", "certificate": "` + arn + `"}`, `ingress.zone: Z01: want zone or certificate: a zone is for proving the domain of a certificate that is requested`},
		"image without tag":     {"ingress", `{"domain": "a.b", "image": "controller"}`, `ingress.image: controller: want an image with its tag or digest, such as <registry>/aws-load-balancer-controller:v2.17.1`},
		"domain no string":      {"ingress", `{"domain": 5}`, `ingress.domain: 5: want a string; put it in quotes`},
		"unknown key":           {"ingress", `{"host": "a.b"}`, `ingress.host: unknown key: want one of domain, certificate, zone, image`},
		"several faults at one": {"ingress", `{"domain": "x", "zone": "y"}`, "ingress.domain: x: " + own + "\ningress.zone: y: want the id of a hosted zone of Route 53, such as Z0123456789ABCDEFGHIJ"},
	})
}

// Behind no NAT gateway, the controller's image too comes from a registry of one's own.
func TestIngressWithoutAWayOut(t *testing.T) {
	_, err := load(t, map[string]string{
		"network": `{"nat": "none"}`, "autoscaler": `{"image": "r/cas:v1"}`, "ingress": `{"domain": "dev.example.com"}`,
	})
	want := "paddock:ingress.image: want a copy of public.ecr.aws/eks/aws-load-balancer-controller:v2.17.1 in a private ECR repository: with network.nat none, public.ecr.aws is out of reach"
	if fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// A preview must not hang on a certificate that nobody has proved yet.
func TestIngressWaitsForNothingWithoutAZone(t *testing.T) {
	t.Setenv(pulumi.EnvConfig, engine(t, "Pulumi.dev.yaml"))
	got := testkit.Run(t, stacks.Run, testkit.WithCall(caller))
	for _, token := range []string{"aws:route53/record:Record", "aws:acm/certificateValidation:CertificateValidation"} {
		if n := len(got.OfType(token)); n != 0 {
			t.Errorf("%d of %s", n, token)
		}
	}
}
