package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// soon is how long it may take on a busy machine until a mistake is told. Add-ons without nodes are waited for, a minute.
const soon = time.Minute

// TestMistakes makes the mistakes that users of other tools report, in a program of its own, and looks at what Pulumi says of
// each. Its parts share one cluster and build on each other: what one leaves undone, the next up makes.
func TestMistakes(t *testing.T) {
	t.Parallel()
	m := newByHand(t)
	for _, part := range []struct {
		story string
		tell  func(*testing.T)
	}{
		{"CoreDNS is wanted before any node", m.refuses(2*soon, "coredns first",
			"unexpected state 'DEGRADED', wanted target 'ACTIVE'", "InsufficientNumberOfReplicas", "no nodes available to schedule pods")},
		{"Amazon Linux 2 on a Kubernetes that has none", m.refuses(soon, "old image",
			"InvalidParameterException: AMI Type AL2_x86_64 is only supported for kubernetes versions 1.32 or earlier")},
		{"nodes go into every subnet of the cluster", m.refuses(soon, "every subnet",
			"Ec2SubnetInvalidConfiguration: One or more Amazon EC2 Subnets of [subnet-", "does not automatically assign public IP addresses")},
		{"private nodes have no way out", m.refuses(soon, "no way out",
			"unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'", "NodeCreationFailure: Instances failed to join the kubernetes cluster")},
		{"the cluster's creator gets an access entry", m.refuses(soon, "own entry",
			"ResourceInUseException: The specified access entry resource is already in use on this cluster.")},
		{"without a mistake it goes up", m.right},
		{"the minimum rises above the present size", m.refuses(soon, "higher minimum",
			"InvalidParameterException: Minimum capacity 2 can't be greater than desired size 1")},
		{"a further zone moves the blocks of subnets", m.thirdZone},
		{"the program put right makes whole what these have broken", m.right},
		{"the desired size is ignored on the component only", m.ignoredAbove},
		{"the desired size is not ignored", m.setBack},
		{"ignored in its place, the desired size stays", m.stays},
		{"the autoscaler's rights have conditions that nothing meets", m.autoscaler},
		{"a load balancer's leftover holds the network", m.leftover},
	} {
		if !t.Run(part.story, part.tell) {
			return
		}
	}
}

// byHand is a sandbox whose root holds the program of testdata/mistakes.
type byHand struct{ *sandbox }

func newByHand(t *testing.T) *byHand {
	t.Helper()
	m := &byHand{newSandbox(t, "dev")}
	for _, name := range program {
		must(t, os.Remove(filepath.Join(m.root, name))) // links to the checkout's
	}
	text, err := os.ReadFile(filepath.Join("testdata", "mistakes", "main.go"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(m.root, "main.go"), text, 0o644))
	project := "name: paddock\nruntime: go\nconfig:\n  aws:region: us-west-2\n"
	must(t, os.WriteFile(filepath.Join(m.root, "Pulumi.yaml"), []byte(project), 0o644))
	m.with(t, "")
	m.succeed(t, "preview") // it links the program, which is no part of the time until a mistake is told
	return m
}

// with sets the mistake; empty = none.
func (m *byHand) with(t *testing.T, mistake string) {
	t.Helper()
	config := object{}
	if mistake != "" {
		config["mistake"] = mistake
	}
	m.configure(t, config)
}

// refuses tells of a mistake that up must refuse in these words.
func (m *byHand) refuses(within time.Duration, mistake string, words ...string) func(*testing.T) {
	return func(t *testing.T) {
		m.with(t, mistake)
		start := time.Now()
		r := m.verb(t, "up", "--skip-preview")
		if took := time.Since(start); took > within {
			t.Errorf("told after %s, want it within %s", took, within)
		}
		refused(t, "up", r, words...)
		show(t, r, words[0])
	}
}

// show logs the line with which a mistake was told.
func show(t *testing.T, r result, word string) {
	t.Helper()
	for _, line := range strings.Split(r.all(), "\n") {
		if strings.Contains(line, word) {
			t.Log(strings.TrimSpace(line))
			return
		}
	}
}

// right takes the mistake out: the next up succeeds and leaves nothing to be done.
func (m *byHand) right(t *testing.T) {
	m.with(t, "")
	m.succeed(t, "up", "--skip-preview")
	m.succeed(t, "preview", "--refresh", "--expect-no-changes")
	m.nodes(t, 1)
}

// thirdZone: the preview shows what up does not get to tell any more, that the nodes would be replaced for their subnets.
func (m *byHand) thirdZone(t *testing.T) {
	m.with(t, "third zone")
	replaced := 0
	for _, c := range m.changes(t, "preview") {
		if c.token() == nodeGroup && strings.Contains(c.op, "replace") {
			replaced++
		}
	}
	if replaced == 0 {
		t.Error("the preview does not replace the node group")
	}
	m.refuses(soon, "third zone", "InvalidSubnet.Conflict: The CIDR '10.0.2.0/24' conflicts with another subnet")(t)
}

// grown is a group that the autoscaler has made larger than the program says.
func (m *byHand) grown(t *testing.T) {
	t.Helper()
	m.desire(t, m.output(t, "group"), 2)
	m.nodes(t, 2)
}

// ignoredAbove: an option of a component does not reach what is in it, and Pulumi says nothing of that. The preview shows it.
func (m *byHand) ignoredAbove(t *testing.T) {
	m.grown(t)
	m.with(t, "ignored on the component")
	m.unwanted(t, "preview")
}

// setBack: up takes a node away that the autoscaler has added.
func (m *byHand) setBack(t *testing.T) {
	m.with(t, "size not ignored")
	m.unwanted(t, "preview")
	m.unwanted(t, "up", "--skip-preview")
	m.nodes(t, 1)
}

// unwanted runs a verb that changes the node group's desired size and nothing else.
func (m *byHand) unwanted(t *testing.T, verb string, flags ...string) {
	t.Helper()
	r, list := m.events(t, verb, append(flags, "--refresh", "--diff")...)
	one(t, list, nodeGroup, "workers")
	only(t, list, "update", func(c change) bool { return c.token() == nodeGroup })
	const want = "desiredSize: 2 => 1"
	if !strings.Contains(r.out, want) {
		t.Errorf("%s lacks %q:\n%s", verb, want, r.all())
	}
	show(t, r, want)
}

func (m *byHand) stays(t *testing.T) {
	m.grown(t)
	m.with(t, "")
	m.succeed(t, "up", "--skip-preview", "--refresh", "--expect-no-changes")
	m.nodes(t, 2)
}

// autoscaler: nothing is wrong with the policy until somebody works with it, so the role is tried out. What is denied tells the
// audit, too.
func (m *byHand) autoscaler(t *testing.T) {
	m.with(t, "autoscaler's conditions")
	m.succeed(t, "up", "--skip-preview")
	groups, group := m.looks(t)
	denied(t, groups, "AccessDenied: User: ", "assumed-role/autoscaler/trial is not authorized to perform: autoscaling:DescribeAutoScalingGroups",
		"because no identity-based policy allows the autoscaling:DescribeAutoScalingGroups action")
	denied(t, group, "AccessDeniedException: User: ", "is not authorized to perform: eks:DescribeNodegroup on resource: arn:aws:eks:us-west-2:",
		":nodegroup/byhand/workers-", "because no identity-based policy allows the eks:DescribeNodegroup action")
	told := map[string]bool{}
	for _, c := range m.calls(t, "--denied", "--principal", "role/autoscaler/") {
		told[c.Action] = true
	}
	if !told["autoscaling:DescribeAutoScalingGroups"] || !told["eks:DescribeNodegroup"] {
		t.Errorf("the audit knows of %v, want both denials", told)
	}
	m.with(t, "")
	m.succeed(t, "up", "--skip-preview")
	if groups, group := m.looks(t); groups != nil || group != nil {
		t.Errorf("with the right policy: %v, %v", groups, group)
	}
}

func denied(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("went through, want refused with %q", words)
		return
	}
	t.Log(err)
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%v\nlacks %q", err, word)
		}
	}
}

// looks makes the two calls with which the autoscaler begins, in its role: they tell its groups, and a group's labels and taints.
func (m *byHand) looks(t *testing.T) (groups, group error) {
	t.Helper()
	env := strings.Fields(m.shell(t, "echo $AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY").out)
	if len(env) != 3 {
		t.Fatalf("endpoint and access key: %d words", len(env))
	}
	config := sdk.Config{
		Region: "us-west-2", BaseEndpoint: &env[0], Credentials: credentials.NewStaticCredentialsProvider(env[1], env[2], ""),
	}
	session, err := sts.NewFromConfig(config).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: sdk.String(m.arn(t, "autoscaler")), RoleSessionName: sdk.String("trial"),
	})
	must(t, err)
	c := session.Credentials
	config.Credentials = credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
	_, groups = autoscaling.NewFromConfig(config).DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
	_, group = eks.NewFromConfig(config).DescribeNodegroup(t.Context(), &eks.DescribeNodegroupInput{
		ClusterName: sdk.String("byhand"), NodegroupName: sdk.String(m.output(t, "group")),
	})
	return groups, group
}

func (m *byHand) output(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(m.shell(t, "pulumi stack output "+name+" --stack dev").out)
}

// leftover: what a controller has made in the VPC holds it, and `sandbox leftovers` names it.
func (m *byHand) leftover(t *testing.T) {
	vpc := m.output(t, "vpcId")
	controller := &sandbox{dir: m.dir, root: m.root, stack: "controller"}
	controller.configure(t, object{"balancerIn": vpc})
	controller.succeed(t, "up", "--skip-preview")
	r := m.verb(t, "destroy", "--skip-preview")
	refused(t, "destroy", r, "DependencyViolation: The vpc '"+vpc+"' has dependencies and cannot be deleted.")
	show(t, r, "DependencyViolation")
	if r := m.cmd(t, "leftovers"); r.code != 1 || !strings.Contains(r.out, "k8s-traffic-byhand") {
		t.Errorf("sandbox leftovers: exit %d, want the group named\n%s", r.code, r.all())
	}
	controller.succeed(t, "destroy", "--skip-preview")
	m.succeed(t, "destroy", "--skip-preview")
	m.empty(t)
}
