package versions_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"paddock/components/versions"
)

func TestMinorsAscendByOne(t *testing.T) {
	want := []string{"1.33", "1.34", "1.35"}
	if got := versions.Minors(); !slices.Equal(got, want) {
		t.Errorf("Minors() = %v, want %v", got, want)
	}
}

func TestEveryMinorHasEveryAddon(t *testing.T) {
	form := regexp.MustCompile(`^v\d+\.\d+\.\d+-eksbuild\.\d+$`)
	for _, minor := range versions.Minors() {
		addons, err := versions.Addons(minor)
		if err != nil {
			t.Fatal(err)
		}
		if len(addons) != len(versions.AddonNames()) {
			t.Errorf("%s has %d add-ons, want %d", minor, len(addons), len(versions.AddonNames()))
		}
		for name, version := range addons {
			if !form.MatchString(version) {
				t.Errorf("%s %s: %q is not an EKS add-on version", minor, name, version)
			}
		}
		// kube-proxy must never be newer than the control plane, and is published per minor.
		if proxy := addons[versions.KubeProxy]; !strings.HasPrefix(proxy, "v"+minor+".") {
			t.Errorf("%s: kube-proxy %s is of another minor", minor, proxy)
		}
	}
}

func TestUpgradeNeverDowngradesAnAddon(t *testing.T) {
	minors := versions.Minors()
	for i := 1; i < len(minors); i++ {
		for _, name := range versions.AddonNames() {
			before, err := versions.Addon(minors[i-1], name)
			if err != nil {
				t.Fatal(err)
			}
			after, err := versions.Addon(minors[i], name)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Compare(numbers(t, after), numbers(t, before)) < 0 {
				t.Errorf("%s falls from %s on %s to %s on %s", name, before, minors[i-1], after, minors[i])
			}
		}
	}
}

func TestAutoscalerMinorIsTheClusters(t *testing.T) {
	for _, minor := range versions.Minors() {
		image, err := versions.AutoscalerImage(minor)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(image, "registry.k8s.io/autoscaling/cluster-autoscaler:v"+minor+".") {
			t.Errorf("image for %s = %s", minor, image)
		}
	}
}

// A tag that moves would change under a running cluster.
func TestImagesArePinned(t *testing.T) {
	form := regexp.MustCompile(`^registry\.k8s\.io/[a-z/-]+:v?\d+(\.\d+)+$`)
	for _, image := range []string{versions.PauseImage, versions.ProportionalAutoscalerImage} {
		if !form.MatchString(image) {
			t.Errorf("%s: not a release on registry.k8s.io", image)
		}
	}
}

func TestUnknownIsAnError(t *testing.T) {
	for name, test := range map[string]struct {
		call func() error
		want string
	}{
		"minor too old":   {func() error { _, err := versions.Addons("1.32"); return err }, `Kubernetes "1.32": not a supported minor, want one of 1.33`},
		"patch version":   {func() error { _, err := versions.AutoscalerImage("1.34.1"); return err }, "not a supported minor"},
		"add-on":          {func() error { _, err := versions.Addon("1.34", "istio"); return err }, `add-on "istio": not in the table for Kubernetes 1.34`},
		"addon and minor": {func() error { _, err := versions.Addon("2.0", "coredns"); return err }, "not a supported minor"},
		"instance type":   {func() error { _, err := versions.Instance("m5.huge"); return err }, `instance type "m5.huge": not in the table`},
	} {
		t.Run(name, func(t *testing.T) {
			if err := test.call(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestAddonsIsACopy(t *testing.T) {
	addons, err := versions.Addons("1.34")
	if err != nil {
		t.Fatal(err)
	}
	addons[versions.CoreDNS] = "changed"
	if version, _ := versions.Addon("1.34", versions.CoreDNS); version == "changed" {
		t.Error("a caller can change the table")
	}
}

func numbers(t *testing.T, version string) []int {
	t.Helper()
	var out []int
	for _, digits := range regexp.MustCompile(`\d+`).FindAllString(version, -1) {
		n, err := strconv.Atoi(digits)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}
