package infra

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"paddock/components/versions"
	"paddock/config"
)

// addonVersion is how EKS names the builds of its add-ons.
var addonVersion = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+-eksbuild\.[0-9]+$`)

// imagePattern wants a tag or a digest: what "latest" is changes under a cluster.
var imagePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._:/-]*(:\w[\w.-]{0,127}|@sha256:[0-9a-f]{64})$`)

// logTypes are all that an EKS control plane writes.
var logTypes = []string{"api", "audit", "authenticator", "controllerManager", "scheduler"}

func (c Config) cluster(f *judge) {
	k := c.Cluster
	if !slices.Contains(versions.Minors(), k.Version) {
		f.Add("cluster.version", k.Version, "want a Kubernetes minor of the version table: %s", strings.Join(versions.Minors(), ", "))
	}
	// EKS takes /12 to /24, and none of the shared 100.64.0.0/10.
	if f.block("cluster.serviceBlock", k.ServiceBlock, 12, 24, private10, private172, private192) &&
		c.Network.Block.IsValid() && k.ServiceBlock.Overlaps(c.Network.Block) {
		f.Add("cluster.serviceBlock", k.ServiceBlock, "want a block that does not overlap network.block, %s", c.Network.Block)
	}
	for i, kind := range k.LogTypes {
		f.OneOf(fmt.Sprintf("cluster.logTypes[%d]", i), kind, logTypes...)
	}
	f.Unique("cluster.logTypes", k.LogTypes)
	f.retention("cluster.logDays", k.LogDays, "")
	c.principals(f, "cluster.administrators", k.Administrators)
	if len(k.PublicAccess) == 0 && len(k.Administrators) == 0 {
		f.Add("cluster.administrators", nil, "want a principal at least: with no public endpoint, nobody but the creator could ever get in")
	}
}

// maxPublicAccess is EKS's own limit.
const maxPublicAccess = 40

// endpoint judges who may reach the public endpoint.
func (c Config) endpoint(f *judge) {
	const path = "cluster.publicAccess"
	blocks, anywhere := c.Cluster.PublicAccess, false
	for i, p := range blocks {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case !p.IsValid() || !p.Addr().Is4():
			f.Add(at, p, "want an IPv4 block such as 203.0.113.0/24")
		case p.Masked() != p:
			f.Add(at, p, "want the block's first address: %s", p.Masked())
		case p.Bits() < 8:
			// Two halves of the internet are the internet too.
			anywhere = true
			if !c.Cluster.PublicAccessAnywhere {
				f.Add(at, p, "want a narrower block, or cluster.publicAccessAnywhere: true to say that it is meant")
			}
		case slices.ContainsFunc([]netip.Prefix{private10, private172, private192, shared100}, p.Overlaps):
			f.Add(at, p, "want public addresses: the private endpoint serves those inside the VPC")
		}
		if slices.Contains(blocks[:i], p) {
			f.Add(at, p, "want each once")
		}
	}
	if c.Cluster.PublicAccessAnywhere && !anywhere {
		f.Add("cluster.publicAccessAnywhere", true, "want 0.0.0.0/0 in cluster.publicAccess, or false")
	}
	if len(blocks) > maxPublicAccess {
		f.Add(path, config.Literal(fmt.Sprintf("%d blocks", len(blocks))), "want at most %d", maxPublicAccess)
	}
}

func (c Config) addons(f *judge) {
	for _, name := range slices.Sorted(maps.Keys(c.Addons)) {
		if !slices.Contains(versions.AddonNames(), name) {
			f.Add("addons."+name, c.Addons[name], "want an add-on of the version table: %s", strings.Join(versions.AddonNames(), ", "))
		}
		if !addonVersion.MatchString(c.Addons[name]) {
			f.Add("addons."+name, c.Addons[name], "want a version as EKS names it, such as v1.12.4-eksbuild.1")
		}
	}
}

func (c Config) autoscaler(f *judge) {
	a := c.Autoscaler
	for key, d := range map[string]Duration{"scanInterval": a.ScanInterval, "unneededTime": a.UnneededTime, "delayAfterAdd": a.DelayAfterAdd} {
		if d <= 0 {
			f.Add("autoscaler."+key, d, "want more than 0s")
		}
	}
	if t := a.UtilizationThreshold; t <= 0 || t >= 1 {
		f.Add("autoscaler.utilizationThreshold", t, "want a share between 0 and 1, such as 0.5")
	}
	original, err := versions.AutoscalerImage(c.Cluster.Version)
	if err != nil {
		original = "registry.k8s.io/autoscaling/cluster-autoscaler:v" + c.Cluster.Version + ".0" // for the sake of the other faults; this one is the version's
	}
	c.image(f, "autoscaler.image", a.Image, original, err == nil)
}
