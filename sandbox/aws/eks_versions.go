package aws

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// releases are the Kubernetes minors that EKS offers, with the kubelet of the AMI of today.
var releases = map[string]struct{ kubelet, ami, platform string }{
	"1.31": {"v1.31.13-eks-ecaa3a6", "1.31.13-20251120", "eks.50"},
	"1.32": {"v1.32.9-eks-ecaa3a6", "1.32.9-20251120", "eks.33"},
	"1.33": {"v1.33.5-eks-ecaa3a6", "1.33.5-20251120", "eks.27"},
	"1.34": {"v1.34.2-eks-ecaa3a6", "1.34.2-20251120", "eks.9"},
	"1.35": {"v1.35.0-eks-ac2d5a0", "1.35.0-20260129", "eks.3"},
}

const newest = "1.35" // of a cluster that is not told a version

func minorOf(version string) int {
	_, minor, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(minor)
	if err != nil {
		return -1
	}
	return n
}

// offered refuses a minor that EKS does not run.
func offered(version string) error {
	if _, ok := releases[version]; !ok {
		return fail("InvalidParameterException", "unsupported Kubernetes version")
	}
	return nil
}

// upgradable refuses all but one minor up.
func upgradable(from, to string) error {
	if from == to {
		return nil
	}
	if err := offered(to); err != nil {
		return err
	}
	if minorOf(to) != minorOf(from)+1 {
		return fail("InvalidParameterException", "Unsupported Kubernetes minor version update from %s to %s", from, to)
	}
	return nil
}

// addons are the managed add-ons that the stand-in's machine can install, with the version that EKS takes when told none.
var addons = map[string]string{
	"vpc-cni": "v1.20.4-eksbuild.2", "kube-proxy": "", "coredns": "v1.12.4-eksbuild.1", "eks-pod-identity-agent": "v1.3.10-eksbuild.1",
	"metrics-server": "v0.8.0-eksbuild.5", "aws-ebs-csi-driver": "v1.53.0-eksbuild.1",
}

func addonDefault(addon, minor string) string {
	if addon == "kube-proxy" {
		kubelet, _, _ := strings.Cut(releases[minor].kubelet, "-")
		return kubelet + "-eksbuild.2"
	}
	return addons[addon]
}

// amiArchitecture tells which instances an AMI type is for.
var amiArchitecture = map[string]string{
	"AL2_x86_64": "amd64", "AL2_ARM_64": "arm64", "AL2023_x86_64_STANDARD": "amd64", "AL2023_ARM_64_STANDARD": "arm64",
	"BOTTLEROCKET_x86_64": "amd64", "BOTTLEROCKET_ARM_64": "arm64",
}

// amiFits refuses an AMI type that does not exist, is too old for the cluster, or is for another architecture.
func amiFits(ami, version string, types []string) error {
	arch, ok := amiArchitecture[ami]
	if !ok {
		return fail("InvalidParameterException", "[%s] is not a valid value for amiType that the stand-in models; see sandbox/README.md", ami)
	}
	if strings.HasPrefix(ami, "AL2_") && minorOf(version) > 32 {
		return fail("InvalidParameterException", "AMI Type %s is only supported for kubernetes versions 1.32 or earlier", ami)
	}
	var wrong []string
	for _, name := range types {
		t, ok := instanceType(name)
		if !ok {
			return fail("InvalidParameterException", "The following supplied instance types do not exist: [%s]", name)
		}
		if t.Arch != arch {
			wrong = append(wrong, name)
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return fail("InvalidParameterException", "%s is not a valid instance type for requested amiType %s", fmt.Sprint(wrong), ami)
	}
	return nil
}
