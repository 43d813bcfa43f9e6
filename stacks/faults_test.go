package stacks_test

import (
	"fmt"
	"strings"
	"testing"
)

// bad is one stack with one thing wrong: the keys on top of a good stack, and
// what the operator reads, whole.
type bad struct {
	key, value string
	want       string // lines, each without the leading "paddock:"
}

func check(t *testing.T, table map[string]bad) {
	t.Helper()
	for name, tc := range table {
		t.Run(name, func(t *testing.T) {
			lines := strings.Split(tc.want, "\n")
			for i, line := range lines {
				if !strings.HasPrefix(line, "aws:") && !strings.HasPrefix(line, "other:") && !strings.HasPrefix(line, "kubernetes:") {
					lines[i] = "paddock:" + line
				}
			}
			_, err := load(t, map[string]string{tc.key: tc.value})
			if got, want := fmt.Sprint(err), strings.Join(lines, "\n"); got != want {
				t.Errorf("%s: %s\ngot:\n%s\nwant:\n%s", tc.key, tc.value, got, want)
			}
		})
	}
}

const (
	dns40      = "want a name of 1 to 40 lower-case letters, digits and inner hyphens"
	dns63      = "want 1 to 63 lower-case letters, digits and inner hyphens"
	quantity   = "want a Kubernetes quantity such as 500m, 2 or 4Gi"
	private    = "want a private IPv4 block from /16 to /20"
	principal  = "want the ARN of an IAM role or user, or role/<name> or user/<name> of this account"
	days       = "want a number of days that CloudWatch knows (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)"
	inQuotes   = "want a string; put it in quotes"
	aPrefix    = "want an IPv4 block such as 10.0.0.0/16"
	teamKeys   = "unknown key: want one of namespaces, podSecurity, networkPolicy, quota, limits, viewers, deployers, podRoles, delivery"
	homeless   = "nodeGroups: want one group without taints and with min of 1 or more: CoreDNS and the autoscaler run there"
	onlyOwn    = "want a namespace that is not the cluster's own (default, kube-*, amazon-*, paddock-*)"
	zoneCount  = "want 2 to 4 zones (EKS wants two)"
	zonesShape = "want a count from 2 to 4, or a list of zone names such as us-west-2a"
)

func TestBadIdentity(t *testing.T) {
	check(t, map[string]bad{
		"environment missing":  {"environment", "absent", `environment: "": want one of dev, staging, prod`},
		"environment unknown":  {"environment", "qa", `environment: qa: want one of dev, staging, prod`},
		"region missing":       {"region", "absent", `region: want the AWS region, such as us-west-2`},
		"region is a zone":     {"region", "us-west-2a", `region: us-west-2a: want an AWS region, such as us-west-2`},
		"name upper case":      {"name", "Ranch", `name: Ranch: want 3 to 30 lower-case letters, digits and hyphens, first a letter, last no hyphen`},
		"name too long":        {"name", strings.Repeat("a", 31), `name: ` + strings.Repeat("a", 31) + `: want 3 to 30 lower-case letters, digits and hyphens, first a letter, last no hyphen`},
		"account a number":     {"accountIds", `[123456789012]`, `accountIds[0]: 123456789012: ` + inQuotes},
		"account short":        {"accountIds", `["12345"]`, `accountIds[0]: 12345: want an AWS account id: 12 digits`},
		"account twice":        {"accountIds", `["123456789012","123456789012"]`, `accountIds[1]: 123456789012: want each once`},
		"accounts no list":     {"accountIds", `"123456789012"`, `accountIds: "123456789012": want a list`},
		"tag reserved by AWS":  {"tags", `{"AWS:x": "y"}`, `tags.AWS:x: y: want a key that does not begin with aws: (reserved by AWS)`},
		"tag of Kubernetes":    {"tags", `{"kubernetes.io/cluster/x": "owned"}`, `tags.kubernetes.io/cluster/x: owned: want a key outside kubernetes.io/, k8s.io/ and eks: (EKS and the autoscaler find resources by them)`},
		"tag of our own":       {"tags", `{"Project": "x"}`, `tags.Project: x: want a key that Paddock does not set itself (Environment, ManagedBy, Platform, Project)`},
		"tag empty key":        {"tags", `{"": "x"}`, `tags.: want a key of 1 to 128 characters, got 0`},
		"tag long value":       {"tags", `{"k": "` + strings.Repeat("v", 257) + `"}`, `tags.k: want a value of at most 256 characters, got 257`},
		"tag illegal":          {"tags", `{"k": "a;b"}`, `tags.k: a;b: want letters, digits, spaces and _ . : / = + - @ in key and value`},
		"tags too many":        {"tags", manyTags(36), `tags: 36 tags: want at most 35: AWS allows 50, and Paddock and EKS add theirs`},
		"unknown key":          {"teem", "x", `teem: unknown key: want one of environment, name, region, accountIds, tags, network, cluster, nodeGroups, addons, autoscaler, headroom, ingress, delivery, cost, teams`},
		"provider region":      {"aws:region", "us-west-2", `aws:region: us-west-2: want paddock:region instead: the AWS provider is configured by the program`},
		"provider setting":     {"kubernetes:context", "x", `kubernetes:context: x: want no such key: default providers are off and the program configures its own`},
		"other namespace":      {"other:x", "y", `other:x: y: unknown key: want one of the namespace paddock`},
		"not JSON":             {"teams", `{"a"`, `teams: "{\"a\"": want an object or a list: unexpected EOF`},
		"two values":           {"teams", `{} {}`, `teams: "{} {}": want an object or a list: text after the value`},
		"a list for an object": {"network", `[]`, `network: []: want an object with the keys block, zones, nat, interfaceEndpoints, flowLogDays`},
	})
}

func manyTags(n int) string {
	var tags []string
	for i := range n {
		tags = append(tags, fmt.Sprintf(`"k%d": "v"`, i))
	}
	return "{" + strings.Join(tags, ",") + "}"
}

func TestBadNetwork(t *testing.T) {
	check(t, map[string]bad{
		"block too small":        {"network", `{"block": "10.0.0.0/24"}`, `network.block: 10.0.0.0/24: ` + private},
		"block too large":        {"network", `{"block": "10.0.0.0/8"}`, `network.block: 10.0.0.0/8: ` + private},
		"block public":           {"network", `{"block": "8.8.0.0/16"}`, `network.block: 8.8.0.0/16: ` + private},
		"block IPv6":             {"network", `{"block": "fd00::/20"}`, `network.block: fd00::/20: ` + private},
		"block with host bits":   {"network", `{"block": "10.0.0.1/16"}`, `network.block: 10.0.0.1/16: want the block's first address: 10.0.0.0/16`},
		"block no CIDR":          {"network", `{"block": "10.0.0.0"}`, `network.block: "10.0.0.0": ` + aPrefix},
		"block a number":         {"network", `{"block": 10}`, `network.block: 10: ` + aPrefix},
		"one zone":               {"network", `{"zones": 1}`, `network.zones: 1: ` + zoneCount},
		"five zones":             {"network", `{"zones": 5}`, `network.zones: 5: ` + zoneCount},
		"one zone listed":        {"network", `{"zones": ["us-west-2a"]}`, `network.zones: ["us-west-2a"]: ` + zoneCount},
		"zones listed empty":     {"network", `{"zones": []}`, `network.zones: 0: ` + zoneCount},
		"zones a string":         {"network", `{"zones": "2"}`, `network.zones: "2": ` + zonesShape},
		"zones a fraction":       {"network", `{"zones": 2.5}`, `network.zones: 2.5: ` + zonesShape},
		"nat none, no image":     {"network", `{"nat": "none"}`, `autoscaler.image: want a copy of registry.k8s.io/autoscaling/cluster-autoscaler:v1.34.2 in a private ECR repository: with network.nat none, registry.k8s.io is out of reach`},
		"zone of another region": {"network", `{"zones": ["us-west-2a", "us-east-1b"]}`, `network.zones[1]: us-east-1b: want a zone of us-west-2, such as us-west-2a`},
		"zone twice":             {"network", `{"zones": ["us-west-2a", "us-west-2a"]}`, `network.zones[1]: us-west-2a: want each once`},
		"zone id":                {"network", `{"zones": ["us-west-2a", "usw2-az2"]}`, `network.zones[1]: usw2-az2: want a zone's name such as us-west-2a, not its id: what an id is called differs by account`},
		"local zone":             {"network", `{"zones": ["us-west-2a", "us-west-2-lax-1a"]}`, `network.zones[1]: us-west-2-lax-1a: want a zone of us-west-2, such as us-west-2a`},
		"nat unknown":            {"network", `{"nat": "double"}`, `network.nat: double: want one of single, per-zone, none`},
		"endpoints a string":     {"network", `{"interfaceEndpoints": "yes"}`, `network.interfaceEndpoints: "yes": want true or false`},
		"flow log days":          {"network", `{"flowLogDays": 8}`, `network.flowLogDays: 8: ` + days + `, or 0 for no flow logs`},
		"flow log days a string": {"network", `{"flowLogDays": "7"}`, `network.flowLogDays: "7": want a whole number`},
		"unknown key":            {"network", `{"cidr": "10.0.0.0/16"}`, `network.cidr: unknown key: want one of block, zones, nat, interfaceEndpoints, flowLogDays`},
	})
}

// In some regions an account does not see the first letters: a count would name zones that are not there.
func TestCountedZonesThatMayBeMissing(t *testing.T) {
	for region, tc := range map[string]struct{ zones, want string }{
		"ap-northeast-1": {"2", "ap-northeast-1b"},
		"ca-central-1":   {"3", "ca-central-1c"},
		"us-west-1":      {"2", "us-west-1a"},
	} {
		_, err := load(t, map[string]string{"region": region, "network": `{"zones": ` + tc.zones + `}`})
		want := "paddock:network.zones: " + tc.zones + ": want the list of names: not every account has " + tc.want
		if fmt.Sprint(err) != want {
			t.Errorf("%s: got %v\nwant %s", region, err, want)
		}
	}
}

func TestBadCluster(t *testing.T) {
	check(t, map[string]bad{
		"version unknown":      {"cluster", `{"version": "1.20", "administrators": ["role/A"]}`, `cluster.version: 1.20: want a Kubernetes minor of the version table: 1.33, 1.34, 1.35`},
		"version a number":     {"cluster", `{"version": 1.34, "administrators": ["role/A"]}`, `cluster.version: 1.34: ` + inQuotes},
		"services overlap":     {"cluster", `{"serviceBlock": "10.10.128.0/20", "administrators": ["role/A"]}`, `cluster.serviceBlock: 10.10.128.0/20: want a block that does not overlap network.block, 10.10.0.0/16`},
		"services default hit": {"network", `{"block": "172.20.0.0/16"}`, `cluster.serviceBlock: 172.20.0.0/16: want a block that does not overlap network.block, 172.20.0.0/16`},
		"services public":      {"cluster", `{"serviceBlock": "100.64.0.0/16", "administrators": ["role/A"]}`, `cluster.serviceBlock: 100.64.0.0/16: want a private IPv4 block from /12 to /24`},
		"services too small":   {"cluster", `{"serviceBlock": "172.20.0.0/25", "administrators": ["role/A"]}`, `cluster.serviceBlock: 172.20.0.0/25: want a private IPv4 block from /12 to /24`},
		"nobody":               {"cluster", `{}`, `cluster.administrators: want a principal at least: with no public endpoint, nobody but the creator could ever get in`},
		"open unsaid":          {"cluster", `{"publicAccess": ["0.0.0.0/0"]}`, `cluster.publicAccess[0]: 0.0.0.0/0: want a narrower block, or cluster.publicAccessAnywhere: true to say that it is meant`},
		"open in halves":       {"cluster", `{"publicAccess": ["0.0.0.0/1"]}`, `cluster.publicAccess[0]: 0.0.0.0/1: want a narrower block, or cluster.publicAccessAnywhere: true to say that it is meant`},
		"open said, not done":  {"cluster", `{"publicAccessAnywhere": true, "publicAccess": ["203.0.113.0/24"]}`, `cluster.publicAccessAnywhere: true: want 0.0.0.0/0 in cluster.publicAccess, or false`},
		"private knocks":       {"cluster", `{"publicAccess": ["10.1.0.0/16"]}`, `cluster.publicAccess[0]: 10.1.0.0/16: want public addresses: the private endpoint serves those inside the VPC`},
		"IPv6 knocks":          {"cluster", `{"publicAccess": ["2001:db8::/32"]}`, `cluster.publicAccess[0]: 2001:db8::/32: want an IPv4 block such as 203.0.113.0/24`},
		"access twice":         {"cluster", `{"publicAccess": ["203.0.113.0/24", "203.0.113.0/24"]}`, `cluster.publicAccess[1]: 203.0.113.0/24: want each once`},
		"access host bits":     {"cluster", `{"publicAccess": ["203.0.113.9/24"]}`, `cluster.publicAccess[0]: 203.0.113.9/24: want the block's first address: 203.0.113.0/24`},
		"log type":             {"cluster", `{"logTypes": ["audits"], "administrators": ["role/A"]}`, `cluster.logTypes[0]: audits: want one of api, audit, authenticator, controllerManager, scheduler`},
		"log type twice":       {"cluster", `{"logTypes": ["api", "api"], "administrators": ["role/A"]}`, `cluster.logTypes[1]: api: want each once`},
		"log days":             {"cluster", `{"logDays": 0, "administrators": ["role/A"]}`, `cluster.logDays: 0: ` + days},
		"protect a string":     {"cluster", `{"protect": "true", "administrators": ["role/A"]}`, `cluster.protect: "true": want true or false`},
		"null":                 {"cluster", `{"protect": null, "administrators": ["role/A"]}`, `cluster.protect: null: want true or false`},
		"add-on unknown":       {"addons", `{"istio": "v1.0.0-eksbuild.1"}`, `addons.istio: v1.0.0-eksbuild.1: want an add-on of the version table: aws-ebs-csi-driver, coredns, eks-pod-identity-agent, kube-proxy, metrics-server, vpc-cni`},
		"add-on version":       {"addons", `{"coredns": "1.12"}`, `addons.coredns: 1.12: want a version as EKS names it, such as v1.12.4-eksbuild.1`},
		"image without tag":    {"autoscaler", `{"image": "cluster-autoscaler"}`, `autoscaler.image: cluster-autoscaler: want an image with its tag or digest, such as <registry>/cluster-autoscaler:v1.34.2`},
		"scan interval":        {"autoscaler", `{"scanInterval": "0s"}`, `autoscaler.scanInterval: 0s: want more than 0s`},
		"duration no unit":     {"autoscaler", `{"unneededTime": "10"}`, `autoscaler.unneededTime: "10": want a duration such as 90s or 10m`},
		"threshold":            {"autoscaler", `{"utilizationThreshold": 50}`, `autoscaler.utilizationThreshold: 50: want a share between 0 and 1, such as 0.5`},
		"threshold a string":   {"autoscaler", `{"utilizationThreshold": "0.5"}`, `autoscaler.utilizationThreshold: "0.5": want a number`},
	})
}

func TestBadPrincipals(t *testing.T) {
	for name, tc := range map[string]struct{ principal, want string }{
		"no ARN":          {"alice", principal},
		"an S3 ARN":       {"arn:aws:s3:::bucket", principal},
		"account 11":      {"arn:aws:iam::12345678901:role/A", principal},
		"a group":         {"arn:aws:iam::123456789012:group/A", principal},
		"empty":           {"", principal},
		"name illegal":    {"role/a*", principal},
		"root":            {"arn:aws:iam::123456789012:root", "want a role or user: EKS gives no access to an account's root"},
		"a session":       {"arn:aws:sts::123456789012:assumed-role/Ops/alice", "want the role itself, not a session of it: arn:aws:iam::123456789012:role/Ops"},
		"other partition": {"arn:aws-cn:iam::123456789012:role/A", "want a principal of the region's partition, aws"},
	} {
		t.Run(name, func(t *testing.T) {
			value := tc.principal
			if value == "" {
				value = `""`
			}
			check(t, map[string]bad{
				"administrator": {"cluster", fmt.Sprintf(`{"administrators": [%q]}`, tc.principal), "cluster.administrators[0]: " + value + ": " + tc.want},
				"viewer":        {"teams", fmt.Sprintf(`{"red": {"viewers": [%q]}}`, tc.principal), "teams.red.viewers[0]: " + value + ": " + tc.want},
				"deployer":      {"teams", fmt.Sprintf(`{"red": {"deployers": [%q]}}`, tc.principal), "teams.red.deployers[0]: " + value + ": " + tc.want},
			})
		})
	}
	check(t, map[string]bad{
		"twice": {"teams", `{"red": {"viewers": ["role/A", "role/A"]}}`, `teams.red.viewers[1]: role/A: want each once`},
	})
}
