package infra

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"paddock/components/cluster"
	"paddock/components/versions"
	"paddock/config"
)

// EKS's own limits.
const (
	maxTaints = 50
	maxTypes  = 20
)

var effects = []string{"NoSchedule", "PreferNoSchedule", "NoExecute"}

func (c Config) nodeGroups(f *judge) {
	home := false
	for _, name := range slices.Sorted(maps.Keys(c.NodeGroups)) {
		g, path := c.NodeGroups[name], "nodeGroups."+name
		if len(validation.IsDNS1123Label(name)) > 0 || len(name) > cluster.MaxGroupName {
			f.Add(path, nil, "want a name of 1 to %d lower-case letters, digits and inner hyphens", cluster.MaxGroupName)
		}
		f.OneOf(path+".capacity", g.Capacity, "on-demand", "spot")
		g.size(f, path)
		g.instances(f, path)
		g.marks(f, path)
		for i, zone := range g.Zones {
			if !slices.Contains(c.Network.Zones.In(c.Region), zone) {
				f.Add(fmt.Sprintf("%s.zones[%d]", path, i), zone, "want a zone of network.zones: %s", strings.Join(c.Network.Zones.In(c.Region), ", "))
			}
		}
		f.Unique(path+".zones", g.Zones)
		home = home || g.Min > 0 && len(g.Taints) == 0
	}
	if !home {
		f.Add("nodeGroups", nil, "want one group without taints and with min of 1 or more: CoreDNS and the autoscaler run there")
	}
}

func (g NodeGroup) size(f *judge, path string) {
	if g.Min < 0 {
		f.Add(path+".min", g.Min, "want 0 or more")
	}
	if g.Max < 1 {
		f.Add(path+".max", g.Max, "want 1 or more")
	}
	n := g.InitialSize()
	if g.Min > n {
		f.Add(path+".min", g.Min, "want min <= desired <= max, got %d, %d, %d", g.Min, n, g.Max)
	}
	if n > g.Max {
		f.Add(path+".max", g.Max, "want min <= desired <= max, got %d, %d, %d", g.Min, n, g.Max)
	}
	if g.DiskGiB < 20 || g.DiskGiB > 16384 {
		f.Add(path+".diskGiB", g.DiskGiB, "want 20 to 16384 GiB")
	}
	if g.MaxUnavailable < 1 || g.MaxUnavailable > 100 {
		f.Add(path+".maxUnavailable", g.MaxUnavailable, "want 1 to 100 nodes")
	}
}

func (g NodeGroup) instances(f *judge, path string) {
	if n := len(g.InstanceTypes); n < 1 || n > maxTypes {
		f.Add(path+".instanceTypes", g.InstanceTypes, "want 1 to %d instance types", maxTypes)
	}
	arch := ""
	for i, name := range g.InstanceTypes {
		at := fmt.Sprintf("%s.instanceTypes[%d]", path, i)
		kind, err := versions.Instance(name)
		switch {
		case err != nil:
			f.Add(at, name, "want an instance type of the version table: %s", strings.Join(versions.InstanceTypes(), ", "))
		case arch == "":
			arch = kind.Arch
		case arch != kind.Arch:
			f.Add(at, name, "want the architecture of the types before it, %s", arch)
		}
	}
	f.Unique(path+".instanceTypes", g.InstanceTypes)
	if fit := cluster.AMIType(arch); arch != "" && g.AMIType != "" && g.AMIType != fit {
		if strings.HasPrefix(g.AMIType, "AL2_") {
			f.Add(path+".amiType", g.AMIType, "want %s: EKS has no Amazon Linux 2 from Kubernetes 1.33 on", fit)
		} else {
			f.Add(path+".amiType", g.AMIType, "want %s, which fits %s", fit, arch)
		}
	}
}

// marks judges labels and taints.
func (g NodeGroup) marks(f *judge, path string) {
	for _, key := range slices.Sorted(maps.Keys(g.Labels)) {
		at, value := path+".labels."+key, g.Labels[key]
		f.label(at, key, value)
		if reservedLabel(key) {
			f.Add(at, value, "want a key outside kubernetes.io, k8s.io and eks.amazonaws.com: EKS refuses those")
		}
	}
	seen := map[string]bool{}
	for i, t := range g.Taints {
		at := fmt.Sprintf("%s.taints[%d]", path, i)
		f.label(at, t.Key, t.Value)
		if len(t.Key) > 63 {
			f.Add(at, t.Key, "want a key of at most 63 characters, as EKS does")
		}
		f.OneOf(at+".effect", t.Effect, effects...)
		if seen[t.Key] {
			f.Add(at, t.Key, "want each key once: the tag that tells the autoscaler of it holds one effect")
		}
		seen[t.Key] = true
	}
	if len(g.Taints) > maxTaints {
		f.Add(path+".taints", config.Literal(fmt.Sprintf("%d taints", len(g.Taints))), "want at most %d", maxTaints)
	}
}

func (f *judge) label(path, key, value string) {
	for _, rule := range validation.IsQualifiedName(key) {
		f.Add(path, key, "want a Kubernetes label key: %s", rule)
	}
	for _, rule := range validation.IsValidLabelValue(value) {
		f.Add(path, value, "want a Kubernetes label value: %s", rule)
	}
}

func reservedLabel(key string) bool {
	domain, _, qualified := strings.Cut(key, "/")
	return qualified && slices.ContainsFunc([]string{"kubernetes.io", "k8s.io", "eks.amazonaws.com"}, func(reserved string) bool {
		return domain == reserved || strings.HasSuffix(domain, "."+reserved)
	})
}
