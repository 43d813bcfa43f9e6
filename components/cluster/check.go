package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"paddock/components/versions"
)

// MaxGroupName is how many characters of EKS's 63 a node group's name may take, once the provider has added its 26 and we a hyphen.
const MaxGroupName = 36

// check reports every fault of the arguments that would else surface half-way through a deployment.
func (args *Args) check() error {
	faults := []error{}
	add := func(format string, a ...any) {
		faults = append(faults, fmt.Errorf("cluster %s: "+format, append([]any{args.Name}, a...)...))
	}
	if _, err := versions.Addons(args.Version); err != nil {
		add("version: %w", err)
	}
	for _, name := range sortedKeys(args.AddonVersions) {
		if !slices.Contains(versions.AddonNames(), name) {
			add("add-on versions: %q: want one of %s", name, strings.Join(versions.AddonNames(), ", "))
		}
	}
	seen := map[string]bool{}
	for _, g := range args.NodeGroups {
		if seen[g.Name] {
			add("node group %q: listed twice", g.Name)
		}
		seen[g.Name] = true
		for _, err := range g.check(args) {
			add("node group %q: %w", g.Name, err)
		}
	}
	if !slices.ContainsFunc(args.NodeGroups, func(g NodeGroup) bool { return g.Min > 0 && len(g.Taints) == 0 }) {
		add("node groups: want one without taints and with min of at least 1: CoreDNS and the autoscaler need a place to run")
	}
	return errors.Join(faults...)
}

func (g NodeGroup) check(args *Args) []error {
	var faults []error
	add := func(format string, a ...any) { faults = append(faults, fmt.Errorf(format, a...)) }
	if g.Name == "" || len(g.Name) > MaxGroupName {
		add("name: %d characters: want 1 to %d", len(g.Name), MaxGroupName)
	}
	if g.Min < 0 || g.Min > g.Desired || g.Desired > g.Max || g.Max == 0 {
		add("size: want 0 <= min <= desired <= max and max > 0, got %d, %d, %d", g.Min, g.Desired, g.Max)
	}
	faults = append(faults, g.checkMachines()...)
	seen := map[string]bool{}
	for _, taint := range g.Taints {
		if seen[taint.Key] {
			add("taint %q: listed twice: the tag that tells the autoscaler of it holds one effect", taint.Key)
		}
		seen[taint.Key] = true
		if _, ok := effects[taint.Effect]; !ok {
			add("taint %q: effect %q: want one of %s", taint.Key, taint.Effect, strings.Join(sortedKeys(effects), ", "))
		}
	}
	for _, zone := range g.Zones {
		if _, ok := args.SubnetByZone[zone]; !ok {
			add("zone %q: want one of %s", zone, strings.Join(sortedKeys(args.SubnetByZone), ", "))
		}
	}
	return faults
}

// checkMachines wants known instance types of one architecture, and an image for it.
func (g NodeGroup) checkMachines() []error {
	var faults []error
	add := func(format string, a ...any) { faults = append(faults, fmt.Errorf(format, a...)) }
	arch := ""
	for _, name := range g.instanceTypes() {
		t, err := versions.Instance(name)
		switch {
		case err != nil:
			add("instance types: %w", err)
		case arch == "":
			arch = t.Arch
		case arch != t.Arch:
			add("instance types: %s is %s, those before it are %s: want one architecture", name, t.Arch, arch)
		}
	}
	if arch != "" && g.AMIType != "" && g.AMIType != AMIType(arch) {
		add("AMI type: %q: want an AL2023 type for %s: %s", g.AMIType, arch, AMIType(arch))
	}
	return faults
}
