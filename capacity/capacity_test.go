package capacity_test

import (
	"strings"
	"testing"

	"paddock/capacity"
	"paddock/servicefile"
)

const mebi = 1 << 20

// dev is the preset of that name: an m5.large has 1750m, 6783Mi and 25 pods left beside the add-ons' DaemonSets. The platform's own
// pods ask for 720m and 1620Mi in all, and are 8.
func dev(groups ...capacity.Group) capacity.Cluster {
	if len(groups) == 0 {
		groups = []capacity.Group{{Name: "default", InstanceTypes: []string{"m5.large"}, Min: 2, Max: 6}}
	}
	return capacity.Cluster{Groups: groups, System: capacity.System(false), Namespaces: map[string]capacity.Namespace{}}
}

func service(name string, milliCPU, memoryMi int64, most int) capacity.Workload {
	return capacity.Workload{Name: name, Namespace: name, Request: capacity.Size{MilliCPU: milliCPU, Memory: memoryMi * mebi}, Max: most}
}

func TestNodes(t *testing.T) {
	large := capacity.Group{Name: "default", InstanceTypes: []string{"m5.large"}, Max: 2}
	xlarge := capacity.Group{Name: "more", InstanceTypes: []string{"m5.xlarge"}, Max: 1} // 3740m, 14042Mi and 54 pods
	batch := capacity.Group{Name: "batch", InstanceTypes: []string{"m5.large"}, Max: 9, Tainted: true}
	kept := dev()
	kept.Headroom.Nodes = 2
	share := dev()
	share.Headroom.Share = 0.2 // of six nodes: two
	for name, tc := range map[string]struct {
		cluster  capacity.Cluster
		services []capacity.Workload
		want     string // faults, then warnings, less "capacity: "
	}{
		"nothing":                     {dev(), nil, ""},
		"three to a node":             {dev(), []capacity.Workload{service("backend", 500, 256, 18)}, ""},
		"more than the nodes":         {dev(), []capacity.Workload{service("backend", 500, 256, 40)}, "backend: max 40 pods of 500m: needs 14 nodes, group default stops at 6"},
		"one more than the nodes":     {dev(), []capacity.Workload{service("backend", 500, 256, 19)}, "backend: max 19 pods of 500m: needs 7 nodes, group default stops at 6"},
		"no room for the platform's":  {dev(), []capacity.Workload{service("backend", 250, 16, 42)}, "backend: max 42 pods of 250m: needs 7 nodes, group default stops at 6"},
		"as many as the room":         {dev(), []capacity.Workload{service("backend", 250, 16, 39)}, ""},
		"memory":                      {dev(), []capacity.Workload{service("cache", 100, 4096, 10)}, "cache: max 10 pods of 4Gi of memory: needs 10 nodes, group default stops at 6"},
		"pods of a node":              {dev(), []capacity.Workload{service("tiny", 10, 16, 160)}, "tiny: max 160 pods, of which a node takes 25: needs 7 nodes, group default stops at 6"},
		"the platform's pods count":   {dev(), []capacity.Workload{service("tiny", 10, 16, 143)}, "tiny: max 143 pods, of which a node takes 25: needs 7 nodes, group default stops at 6"},
		"larger than a node":          {dev(), []capacity.Workload{service("big", 2000, 16, 1)}, "big: a pod of 2 CPU does not fit on an empty node: group default (m5.large) has 1750m for it"},
		"memory larger than a node":   {dev(), []capacity.Workload{service("big", 10, 8192, 1)}, "big: a pod of 8Gi of memory does not fit on an empty node: group default (m5.large) has 6783Mi of memory for it"},
		"two groups":                  {dev(large, xlarge), []capacity.Workload{service("backend", 500, 64, 12)}, ""},
		"two groups are full":         {dev(large, xlarge), []capacity.Workload{service("backend", 500, 64, 14)}, "backend: max 14 pods of 500m: groups default, more stop at 3 in all, which hold 13 of them at most"},
		"only the larger takes it":    {dev(large, xlarge), []capacity.Workload{service("big", 3000, 64, 1)}, ""},
		"tainted groups do not count": {dev(large, batch), []capacity.Workload{service("backend", 500, 64, 7)}, "backend: max 7 pods of 500m: needs 3 nodes, group default stops at 2"},
		"none but tainted ones":       {dev(batch), []capacity.Workload{service("backend", 500, 64, 7)}, "backend: max 7 pods: there is no node group without taints"},
		"each, but not both": {dev(), []capacity.Workload{service("backend", 500, 256, 10), service("frontend", 500, 256, 10)},
			"all 2 services at their maxima need about 7 nodes, group default stops at 6"},
		"both": {dev(), []capacity.Workload{service("backend", 500, 256, 10), service("frontend", 500, 256, 8)}, ""},
		"a large one leaves gaps for a small one": {dev(), []capacity.Workload{service("backend", 900, 256, 6), service("frontend", 600, 256, 6)}, ""},
		"one at fault is told before all":         {dev(), []capacity.Workload{service("backend", 500, 256, 10), service("frontend", 500, 256, 40)}, "frontend: max 40 pods of 500m: needs 14 nodes, group default stops at 6"},
		"headroom goes": {kept, []capacity.Workload{service("backend", 500, 256, 15)},
			"backend: at its maximum needs about 5 nodes, and headroom 2, group default stops at 6: then there is no headroom left"},
		"headroom stays": {kept, []capacity.Workload{service("backend", 500, 256, 12)}, ""},
		"a share goes": {share, []capacity.Workload{service("backend", 500, 256, 15)},
			"backend: at its maximum needs about 5 nodes, and headroom 2, group default stops at 6: then there is no headroom left"},
	} {
		t.Run(name, func(t *testing.T) { check(t, tc.cluster, tc.services, tc.want) })
	}
}

func check(t *testing.T, c capacity.Cluster, services []capacity.Workload, want string) {
	t.Helper()
	found, err := capacity.Check(c, services)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(append(capacity.Faults(found), capacity.Warnings(found)...), "\n")
	if got = strings.ReplaceAll(got, "capacity: ", ""); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// As in the preset of a team: 4 CPU and 8Gi are asked for, 8 and 16Gi are the limits, 40 pods.
func TestQuotas(t *testing.T) {
	c := dev(capacity.Group{Name: "default", InstanceTypes: []string{"m5.large"}, Max: 30})
	c.Namespaces["backend"] = capacity.Namespace{MaxCPU: "2", MaxMemory: "4Gi", Quota: map[string]string{
		"requests.cpu": "4", "requests.memory": "8Gi", "limits.cpu": "8", "limits.memory": "16Gi", "pods": "40", "services.loadbalancers": "0",
	}}
	const short = "backend: max "
	for name, tc := range map[string]struct {
		cpu, memory, maxCPU, maxMemory int64 // m and Mi
		most, surge                    int
		want                           string
	}{
		"fits":             {100, 128, 200, 256, 40, 0, ""},
		"asked for":        {500, 128, 500, 128, 40, 0, short + "40: quota limits.cpu 8 of namespace backend holds 16 pods\n" + short + "40: quota requests.cpu 4 of namespace backend holds 8 pods"},
		"no limit":         {500, 128, 0, 0, 9, 0, short + "9: quota requests.cpu 4 of namespace backend holds 8 pods"},
		"memory":           {10, 1024, 10, 1024, 10, 0, short + "10: quota requests.memory 8Gi of namespace backend holds 8 pods"},
		"memory's limits":  {10, 512, 10, 2048, 10, 0, short + "10: quota limits.memory 16Gi of namespace backend holds 8 pods"},
		"pods":             {10, 16, 10, 16, 41, 0, short + "41: quota pods 40 of namespace backend holds 40 pods"},
		"a release":        {500, 128, 500, 128, 8, 2, short + "8: quota requests.cpu 4 of namespace backend holds 8 pods, and a release needs 2 more while it is under way: one at the maximum would stand still"},
		"room for it":      {500, 128, 500, 128, 6, 2, ""},
		"too much at once": {100, 128, 3000, 5120, 1, 0, "backend: limit 3: limits.maxCpu 2 of namespace backend refuses its pods\nbackend: limit 5Gi: limits.maxMemory 4Gi of namespace backend refuses its pods"},
	} {
		t.Run(name, func(t *testing.T) {
			w := service("backend", tc.cpu, tc.memory, tc.most)
			w.Limit, w.Surge = capacity.Size{MilliCPU: tc.maxCPU, Memory: tc.maxMemory * mebi}, tc.surge
			check(t, c, []capacity.Workload{w}, tc.want)
		})
	}
	t.Run("two services of a namespace", func(t *testing.T) {
		one, two := service("api", 500, 128, 5), service("jobs", 500, 128, 4)
		one.Namespace, two.Namespace = "backend", "backend"
		check(t, c, []capacity.Workload{two, one}, "namespace backend: its 2 services at their maxima ask for 4500m of requests.cpu, quota 4")
	})
	t.Run("volumes", func(t *testing.T) {
		api, jobs := service("api", 10, 16, 1), service("jobs", 10, 16, 1)
		api.Namespace, jobs.Namespace, api.Volume, jobs.Volume = "backend", "backend", 60*1024*mebi, 40*1024*mebi
		c.Namespaces["backend"] = capacity.Namespace{Quota: map[string]string{"requests.storage": "100Gi", "persistentvolumeclaims": "2"}}
		check(t, c, []capacity.Workload{api, jobs}, "")
		jobs.Volume++
		check(t, c, []capacity.Workload{api, jobs}, "namespace backend: the volumes of its services are 107374182401 of requests.storage, quota 100Gi")
		jobs.Volume--
		c.Namespaces["backend"].Quota["persistentvolumeclaims"] = "1"
		check(t, c, []capacity.Workload{api, jobs}, "namespace backend: the volumes of its services are 2 of persistentvolumeclaims, quota 1")
	})
	t.Run("a namespace without a quota", func(t *testing.T) { check(t, c, []capacity.Workload{service("other", 500, 128, 20)}, "") })
}

// Six m5.large hold 9780m and 39078Mi beside the platform's own pods.
func TestPlatform(t *testing.T) {
	team := func(name string, namespaces int, quota map[string]string) capacity.Team {
		return capacity.Team{Name: name, Namespaces: namespaces, Quota: quota}
	}
	standard := map[string]string{"requests.cpu": "4", "requests.memory": "8Gi", "pods": "40"}
	for name, tc := range map[string]struct {
		teams []capacity.Team
		want  string
	}{
		"two":            {[]capacity.Team{team("a", 1, standard), team("b", 1, standard)}, ""},
		"three":          {[]capacity.Team{team("a", 1, standard), team("b", 2, standard)}, "quotas: requests.cpu of all teams together is 12, the nodes hold 9780m at their most: not all can be used up at once"},
		"one too large":  {[]capacity.Team{team("a", 1, map[string]string{"cpu": "10"}), team("b", 1, standard)}, "team a: quota cpu 10 of a namespace can never be used up: the nodes hold 9780m at their most"},
		"memory":         {[]capacity.Team{team("a", 5, map[string]string{"requests.memory": "8Gi"})}, "quotas: requests.memory of all teams together is 40Gi, the nodes hold 39078Mi at their most: not all can be used up at once"},
		"no quota":       {[]capacity.Team{team("a", 1, nil)}, ""},
		"tainted counts": {[]capacity.Team{team("a", 4, standard)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := dev()
			if name == "tainted counts" {
				c.Groups = append(c.Groups, capacity.Group{Name: "batch", InstanceTypes: []string{"m5.large"}, Max: 6, Tainted: true})
			}
			found, err := capacity.CheckPlatform(c, tc.teams)
			if got := strings.ReplaceAll(strings.Join(capacity.Warnings(found), "\n"), "capacity: ", ""); err != nil || got != tc.want || len(capacity.Faults(found)) > 0 {
				t.Errorf("%v: got:\n%s\nwant:\n%s", err, got, tc.want)
			}
		})
	}
}

func TestMachine(t *testing.T) {
	c := dev(capacity.Group{InstanceTypes: []string{"c5.xlarge", "m5.large"}}, capacity.Group{InstanceTypes: []string{"r5.large"}, Tainted: true})
	if m, err := c.Machine(); err != nil || m != (capacity.Size{MilliCPU: 4000, Memory: 16384 * mebi}) {
		t.Errorf("%v, %v", m, err)
	}
}

func TestOf(t *testing.T) {
	file := func(text string) servicefile.File {
		f, err := servicefile.Load("service.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	const start = "name: api\nteam: backend\nimage: registry.example/api:1\nport: 8080\nhealth: {ready: /healthz}\n" +
		"cpu: {request: 250m, limit: \"1\"}\nmemory: {request: 64Mi, limit: 128Mi}\n"
	want := capacity.Workload{Name: "api", Namespace: "backend", Max: 9, Surge: 3,
		Request: capacity.Size{MilliCPU: 250, Memory: 64 * mebi}, Limit: capacity.Size{MilliCPU: 1000, Memory: 128 * mebi}}
	if got := capacity.Of(file(start + "replicas: {min: 2, max: 9}\n")); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	want.Max, want.Surge, want.Volume = 1, 0, 1024*mebi
	if got := capacity.Of(file(start + "volume: {path: /data, size: 1Gi}\n")); got != want {
		t.Errorf("with a volume: got  %+v\nwant %+v", got, want)
	}
}

func TestUnknownInstanceType(t *testing.T) {
	c := dev(capacity.Group{Name: "default", InstanceTypes: []string{"m5.tiny"}, Max: 1})
	_, err1 := capacity.Check(c, nil)
	_, err2 := capacity.CheckPlatform(c, nil)
	_, err3 := c.Machine()
	for _, err := range []error{err1, err2, err3} {
		if err == nil || !strings.Contains(err.Error(), `"m5.tiny"`) {
			t.Errorf("%v", err)
		}
	}
}
