package stacks_test

import (
	"fmt"
	"strings"
	"testing"

	"paddock/components/versions"
)

func TestBadNodeGroups(t *testing.T) {
	types := "want an instance type of the version table: " + strings.Join(versions.InstanceTypes(), ", ")
	check(t, map[string]bad{
		"min over max":         {"nodeGroups", `{"default": {"min": 7}}`, `nodeGroups.default.max: 6: want min <= desired <= max, got 7, 7, 6`},
		"desired under min":    {"nodeGroups", `{"default": {"desired": 1}}`, `nodeGroups.default.min: 2: want min <= desired <= max, got 2, 1, 6`},
		"desired over max":     {"nodeGroups", `{"default": {"desired": 7}}`, `nodeGroups.default.max: 6: want min <= desired <= max, got 2, 7, 6`},
		"min negative":         {"nodeGroups", `{"more": {"min": -1}}`, `nodeGroups.more.min: -1: want 0 or more`},
		"max zero":             {"nodeGroups", `{"more": {"min": 0, "max": 0}}`, `nodeGroups.more.max: 0: want 1 or more`},
		"min a string":         {"nodeGroups", `{"default": {"min": "2"}}`, `nodeGroups.default.min: "2": want a whole number`},
		"min a fraction":       {"nodeGroups", `{"default": {"min": 2.5}}`, `nodeGroups.default.min: 2.5: want a whole number`},
		"none":                 {"nodeGroups", `{"default": null}`, homeless},
		"only from zero":       {"nodeGroups", `{"default": {"min": 0}}`, homeless},
		"only tainted":         {"nodeGroups", `{"default": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}`, homeless},
		"type unknown":         {"nodeGroups", `{"default": {"instanceTypes": ["m5.huge"]}}`, `nodeGroups.default.instanceTypes[0]: m5.huge: ` + types},
		"no type":              {"nodeGroups", `{"default": {"instanceTypes": []}}`, `nodeGroups.default.instanceTypes: []: want 1 to 20 instance types`},
		"type twice":           {"nodeGroups", `{"default": {"instanceTypes": ["m5.large", "m5.large"]}}`, `nodeGroups.default.instanceTypes[1]: m5.large: want each once`},
		"two architectures":    {"nodeGroups", `{"default": {"instanceTypes": ["m5.large", "m7g.large"]}}`, `nodeGroups.default.instanceTypes[1]: m7g.large: want the architecture of the types before it, amd64`},
		"AL2":                  {"nodeGroups", `{"default": {"amiType": "AL2_x86_64"}}`, `nodeGroups.default.amiType: AL2_x86_64: want AL2023_x86_64_STANDARD: EKS has no Amazon Linux 2 from Kubernetes 1.33 on`},
		"AMI of the other":     {"nodeGroups", `{"default": {"amiType": "AL2023_ARM_64_STANDARD"}}`, `nodeGroups.default.amiType: AL2023_ARM_64_STANDARD: want AL2023_x86_64_STANDARD, which fits amd64`},
		"capacity":             {"nodeGroups", `{"default": {"capacity": "SPOT"}}`, `nodeGroups.default.capacity: SPOT: want one of on-demand, spot`},
		"disk":                 {"nodeGroups", `{"default": {"diskGiB": 8}}`, `nodeGroups.default.diskGiB: 8: want 20 to 16384 GiB`},
		"max unavailable":      {"nodeGroups", `{"default": {"maxUnavailable": 0}}`, `nodeGroups.default.maxUnavailable: 0: want 1 to 100 nodes`},
		"name":                 {"nodeGroups", `{"Big_One": {}}`, `nodeGroups.Big_One: want a name of 1 to 36 lower-case letters, digits and inner hyphens`},
		"label key":            {"nodeGroups", `{"default": {"labels": {"-a": "b"}}}`, `nodeGroups.default.labels.-a: -a: want a Kubernetes label key: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`},
		"label value":          {"nodeGroups", `{"default": {"labels": {"a": "b c"}}}`, `nodeGroups.default.labels.a: "b c": want a Kubernetes label value: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`},
		"label reserved":       {"nodeGroups", `{"default": {"labels": {"node-role.kubernetes.io/x": ""}}}`, `nodeGroups.default.labels.node-role.kubernetes.io/x: "": want a key outside kubernetes.io, k8s.io and eks.amazonaws.com: EKS refuses those`},
		"taint effect":         {"nodeGroups", `{"more": {"taints": [{"key": "a", "effect": "NO_SCHEDULE"}]}}`, `nodeGroups.more.taints[0].effect: NO_SCHEDULE: want one of NoSchedule, PreferNoSchedule, NoExecute`},
		"taint twice":          {"nodeGroups", `{"more": {"taints": [{"key": "a", "effect": "NoExecute"}, {"key": "a", "effect": "NoExecute", "value": "x"}]}}`, `nodeGroups.more.taints[1]: a: want each key once: the tag that tells the autoscaler of it holds one effect`},
		"taint key twice":      {"nodeGroups", `{"more": {"taints": [{"key": "a", "effect": "NoExecute"}, {"key": "a", "effect": "NoSchedule"}]}}`, `nodeGroups.more.taints[1]: a: want each key once: the tag that tells the autoscaler of it holds one effect`},
		"taint unknown key":    {"nodeGroups", `{"more": {"taints": [{"key": "a", "effect": "NoExecute", "operator": "Exists"}]}}`, `nodeGroups.more.taints[0].operator: unknown key: want one of key, value, effect`},
		"zone not of the VPC":  {"nodeGroups", `{"default": {"zones": ["us-west-2c"]}}`, `nodeGroups.default.zones[0]: us-west-2c: want a zone of network.zones: us-west-2a, us-west-2b`},
		"unknown key":          {"nodeGroups", `{"default": {"size": 3}}`, `nodeGroups.default.size: unknown key: want one of instanceTypes, capacity, min, desired, max, resize, diskGiB, maxUnavailable, labels, taints, zones, amiType`},
		"group not an object":  {"nodeGroups", `{"default": 3}`, `nodeGroups.default: 3: want an object with the keys instanceTypes, capacity, min, desired, max, resize, diskGiB, maxUnavailable, labels, taints, zones, amiType`},
		"groups not an object": {"nodeGroups", `[]`, `nodeGroups: []: want an object`},
	})
}

func TestBadHeadroom(t *testing.T) {
	grow := func(nodes int) string {
		return fmt.Sprintf("want fewer than the groups without taints can grow by (max - min): %d", nodes)
	}
	const share = "want a share of the nodes from 0 to 0.5, such as 0.1"
	check(t, map[string]bad{
		"nodes negative":    {"headroom", `{"nodes": -1}`, `headroom.nodes: -1: want 0 or more`},
		"nodes a string":    {"headroom", `{"nodes": "1"}`, `headroom.nodes: "1": want a whole number`},
		"all that can be":   {"headroom", `{"nodes": 4}`, `headroom.nodes: 4: ` + grow(4)},
		"share negative":    {"headroom", `{"share": -0.1}`, `headroom.share: -0.1: ` + share},
		"share in percent":  {"headroom", `{"share": 10}`, `headroom.share: 10: ` + share},
		"share over a half": {"headroom", `{"share": 0.51}`, `headroom.share: 0.51: ` + share},
		"both":              {"headroom", `{"nodes": 1, "share": 0.1}`, `headroom.share: 0.1: want nodes or share: say nodes: 0 beside it, got 1`},
		"image without tag": {"headroom", `{"nodes": 1, "image": "pause"}`, `headroom.image: pause: want an image with its tag or digest, such as <registry>/pause:3.10`},
		"scaler's image":    {"headroom", `{"share": 0.1, "scalerImage": "cpa:"}`, `headroom.scalerImage: cpa:: want an image with its tag or digest, such as <registry>/cluster-proportional-autoscaler:v1.9.0`},
		"unknown key":       {"headroom", `{"size": 1}`, `headroom.size: unknown key: want one of nodes, share, image, scalerImage`},
	})
	for name, tc := range map[string]struct{ groups, headroom, want string }{
		"tainted groups do not count": {`{"batch": {"max": 9, "taints": [{"key": "a", "effect": "NoSchedule"}]}}`, `{"nodes": 5}`, "headroom.nodes: 5: " + grow(4)},
		"groups count together":       {`{"more": {}}`, `{"nodes": 6}`, "headroom.nodes: 6: " + grow(6)},
		"nowhere to grow":             {`{"default": {"max": 2}}`, `{"nodes": 1}`, "headroom.nodes: 1: " + grow(0)},
		"a share of nowhere":          {`{"default": {"max": 3}}`, `{"share": 0.1}`, "headroom.share: 0.1: want groups without taints that can grow by 2 nodes or more (max - min), got 1: a share is a node at least"},
	} {
		if _, err := load(t, map[string]string{"nodeGroups": tc.groups, "headroom": tc.headroom}); fmt.Sprint(err) != "paddock:"+tc.want {
			t.Errorf("%s: got %v\nwant %s", name, err, tc.want)
		}
	}
}

// Without a way out, both images are copies; those that are not used need not be there.
func TestHeadroomWithoutAWayOut(t *testing.T) {
	keys := map[string]string{"network": `{"nat": "none"}`, "autoscaler": `{"image": "registry.example/cluster-autoscaler:v1.34.2"}`}
	const reach = " in a private ECR repository: with network.nat none, registry.k8s.io is out of reach"
	pause := "paddock:headroom.image: want a copy of registry.k8s.io/pause:3.10" + reach
	scaler := "paddock:headroom.scalerImage: want a copy of registry.k8s.io/cpa/cluster-proportional-autoscaler:v1.9.0" + reach
	for headroom, want := range map[string]string{
		`{}`: "<nil>", `{"nodes": 1}`: pause, `{"share": 0.1}`: pause + "\n" + scaler,
		`{"share": 0.1, "image": "registry.example/pause:3.10", "scalerImage": "registry.example/cpa:v1.9.0"}`: "<nil>",
	} {
		keys["headroom"] = headroom
		if _, err := load(t, keys); fmt.Sprint(err) != want {
			t.Errorf("%s: got %v\nwant %s", headroom, err, want)
		}
	}
}

func TestBadTeams(t *testing.T) {
	long := strings.Repeat("a", 41)
	check(t, map[string]bad{
		"name upper case":         {"teams", `{"Red": {"namespaces": ["red"]}}`, `teams.Red: ` + dns40},
		"name too long":           {"teams", `{"` + long + `": {}}`, `teams.` + long + `: ` + dns40},
		"namespace illegal":       {"teams", `{"red": {"namespaces": ["a_b"]}}`, `teams.red.namespaces[0]: a_b: ` + dns63},
		"namespace reserved":      {"teams", `{"red": {"namespaces": ["kube-system"]}}`, `teams.red.namespaces[0]: kube-system: ` + onlyOwn},
		"namespace default":       {"teams", `{"default": {}}`, `teams.default.namespaces[0]: default: ` + onlyOwn},
		"namespace of AWS":        {"teams", `{"red": {"namespaces": ["amazon-cloudwatch"]}}`, `teams.red.namespaces[0]: amazon-cloudwatch: ` + onlyOwn},
		"namespace of headroom":   {"teams", `{"red": {"namespaces": ["paddock-headroom"]}}`, `teams.red.namespaces[0]: paddock-headroom: ` + onlyOwn},
		"namespace twice":         {"teams", `{"red": {"namespaces": ["a", "a"]}}`, `teams.red.namespaces[1]: a: want each once`},
		"namespace of two":        {"teams", `{"blue": {"namespaces": ["a"]}, "red": {"namespaces": ["a"]}}`, `teams.red.namespaces[0]: a: want a namespace of this team only: team blue has it`},
		"names join to one":       {"teams", `{"a": {"namespaces": ["b-c"]}, "a-b": {"namespaces": ["c"]}}`, `teams.a-b.namespaces[0]: c: want team and namespace to join to a name of their own: a-b-c is also that of team a`},
		"namespaces no list":      {"teams", `{"red": {"namespaces": "a"}}`, `teams.red.namespaces: "a": want a list`},
		"pod security":            {"teams", `{"red": {"podSecurity": "strict"}}`, `teams.red.podSecurity: strict: want one of restricted, baseline, privileged`},
		"network policy a string": {"teams", `{"red": {"networkPolicy": "no"}}`, `teams.red.networkPolicy: "no": want true or false`},
		"quota no quantity":       {"teams", `{"red": {"quota": {"limits.cpu": "lots"}}}`, `teams.red.quota.limits.cpu: lots: ` + quantity},
		"quota a number":          {"teams", `{"red": {"quota": {"pods": 4}}}`, `teams.red.quota.pods: 4: ` + inQuotes},
		"quota negative":          {"teams", `{"red": {"quota": {"pods": "-1"}}}`, `teams.red.quota.pods: -1: ` + quantity},
		"quota unknown":           {"teams", `{"red": {"quota": {"limit.cpu": "1"}}}`, `teams.red.quota.limit.cpu: 1: want a resource that a quota counts: cpu, memory, ephemeral-storage, requests.cpu, requests.memory, requests.ephemeral-storage, limits.cpu, limits.memory, limits.ephemeral-storage, requests.storage, persistentvolumeclaims, pods, services, services.loadbalancers, services.nodeports, secrets, configmaps, replicationcontrollers, count/<resource>`},
		"quota under one pod":     {"teams", `{"red": {"quota": {"limits.memory": "200Mi"}}}`, `teams.red.quota.limits.memory: 200Mi: want room for one container of the limits' own default, 256Mi`},
		"limit no quantity":       {"teams", `{"red": {"limits": {"maxCpu": "two"}}}`, `teams.red.limits.maxCpu: two: ` + quantity},
		"default over max":        {"teams", `{"red": {"limits": {"defaultCpu": "3"}}}`, `teams.red.limits.defaultCpu: 3: want at most maxCpu, 2`},
		"request over default":    {"teams", `{"red": {"limits": {"requestMemory": "1Gi"}}}`, `teams.red.limits.requestMemory: 1Gi: want at most defaultMemory, 256Mi`},
		"request over max":        {"teams", `{"red": {"limits": {"defaultCpu": "", "requestCpu": "3"}}}`, `teams.red.limits.requestCpu: 3: want at most maxCpu, 2`},
		"half a pod":              {"teams", `{"red": {"quota": {"pods": "2500m"}}}`, `teams.red.quota.pods: 2500m: want a whole number: it counts objects`},
		"half a job":              {"teams", `{"red": {"quota": {"count/jobs.batch": "0.5"}}}`, `teams.red.quota.count/jobs.batch: 0.5: want a whole number: it counts objects`},
		"half a claim":            {"teams", `{"red": {"quota": {"gp3.storageclass.storage.k8s.io/persistentvolumeclaims": "1.5"}}}`, `teams.red.quota.gp3.storageclass.storage.k8s.io/persistentvolumeclaims: 1.5: want a whole number: it counts objects`},
		"limits quota unfed":      {"teams", `{"red": {"limits": {"defaultCpu": "", "maxCpu": ""}}}`, `teams.red.quota.limits.cpu: 8: want limits.defaultCpu or limits.maxCpu beside it: pods that state no limit would all be refused`},
		"requests quota unfed":    {"teams", `{"red": {"quota": {"limits.memory": null, "memory": "1Gi"}, "limits": {"defaultMemory": "", "requestMemory": "", "maxMemory": ""}}}`, "teams.red.quota.memory: 1Gi: want limits.requestMemory, limits.defaultMemory or limits.maxMemory beside it: pods that state no request would all be refused\nteams.red.quota.requests.memory: 8Gi: want limits.requestMemory, limits.defaultMemory or limits.maxMemory beside it: pods that state no request would all be refused"},
		"limits unknown key":      {"teams", `{"red": {"limits": {"cpu": "1"}}}`, `teams.red.limits.cpu: unknown key: want one of defaultCpu, defaultMemory, requestCpu, requestMemory, maxCpu, maxMemory`},
		"unknown key":             {"teams", `{"red": {"namespace": "red"}}`, `teams.red.namespace: ` + teamKeys + `; did you mean namespaces?`},
	})
}

// A legal stack of every kind stays legal.
func TestGood(t *testing.T) {
	for name, keys := range map[string]map[string]string{
		"every size":       {"network": `{"block": "192.168.0.0/20", "zones": 4}`},
		"shared addresses": {"network": `{"block": "100.64.0.0/16"}`},
		"listed zones":     {"network": `{"zones": ["us-west-2d", "us-west-2b"], "flowLogDays": 0}`},
		"open and said":    {"cluster": `{"publicAccess": ["0.0.0.0/0"], "publicAccessAnywhere": true}`},
		"arm":              {"nodeGroups": `{"default": {"instanceTypes": ["m7g.large", "m6g.large"], "amiType": "AL2023_ARM_64_STANDARD"}}`},
		"from zero":        {"nodeGroups": `{"batch": {"min": 0, "capacity": "spot", "taints": [{"key": "batch", "value": "", "effect": "NoSchedule"}]}}`},
		"prefers":          {"nodeGroups": `{"more": {"taints": [{"key": "a", "effect": "PreferNoSchedule"}]}}`},
		"government":       {"region": "us-gov-west-1", "cluster": `{"administrators": ["arn:aws-us-gov:iam::123456789012:role/a/b/C"]}`},
		"counts":           {"teams": `{"red": {"quota": {"count/jobs.batch": "5", "gp3.storageclass.storage.k8s.io/requests.storage": "10Gi"}}}`},
		"no limits":        {"teams": `{"red": {"limits": {"maxCpu": "", "maxMemory": ""}}}`},
		"only max":         {"teams": `{"red": {"limits": {"defaultCpu": "", "requestCpu": ""}}}`},
		"no fence of size": {"teams": `{"red": {"quota": {"limits.cpu": null, "requests.cpu": null}, "limits": {"defaultCpu": "", "requestCpu": "", "maxCpu": ""}}}`},
		"round counts":     {"teams": `{"red": {"quota": {"pods": "1k", "services": "3000m"}}}`},
		"Tokyo by name":    {"region": "ap-northeast-1", "network": `{"zones": ["ap-northeast-1a", "ap-northeast-1c"]}`},
		"Montreal, two":    {"region": "ca-central-1"},
		"no way out":       {"network": `{"nat": "none"}`, "autoscaler": `{"image": "123456789012.dkr.ecr.us-west-2.amazonaws.com/cluster-autoscaler:v1.34.2"}`},
		"a digest":         {"autoscaler": `{"image": "registry.example/cas@sha256:` + strings.Repeat("0a", 32) + `"}`},
		"add-on":           {"addons": `{"coredns": "v1.12.4-eksbuild.9"}`},
		"headroom":         {"headroom": `{"nodes": 3}`},
		"half of it":       {"headroom": `{"share": 0.5}`},
		"both hats":        {"teams": `{"red": {"viewers": ["user/alice"], "deployers": ["user/alice"]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := load(t, keys); err != nil {
				t.Error(fmt.Errorf("%v: %w", keys, err))
			}
		})
	}
}
