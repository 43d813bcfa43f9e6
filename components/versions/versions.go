// Package versions is the one table of what runs with which Kubernetes minor: managed add-ons, images, and what a node of an
// instance type has to offer. It is pure data and arithmetic; an unknown pair is an error, never a guess.
package versions

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Names of the managed add-ons that the platform installs.
const (
	VpcCni           = "vpc-cni"
	KubeProxy        = "kube-proxy"
	CoreDNS          = "coredns"
	PodIdentityAgent = "eks-pod-identity-agent"
	EbsCsiDriver     = "aws-ebs-csi-driver"
	MetricsServer    = "metrics-server"
)

const autoscalerRepository = "registry.k8s.io/autoscaling/cluster-autoscaler"

// Images that go with every minor of the table.
const (
	// PauseImage sleeps until it is told to end.
	PauseImage = "registry.k8s.io/pause:3.10"
	// ProportionalAutoscalerImage sizes a Deployment by the number of nodes. It uses apps/v1 and core/v1 only.
	ProportionalAutoscalerImage = "registry.k8s.io/cpa/cluster-proportional-autoscaler:v1.9.0"
	// LoadBalancerControllerImage makes load balancers of Ingresses, by APIs that all minors here have. It is the last release before
	// 3.0, which is about the Gateway API: not used here, and it would want kinds of object and rights of its own.
	LoadBalancerControllerImage = "public.ecr.aws/eks/aws-load-balancer-controller:v2.17.1"
)

// release is what belongs to one Kubernetes minor.
type release struct {
	autoscaler string            // a patch release of the autoscaler of this same minor
	addons     map[string]string // by add-on name
}

// table, by Kubernetes minor. Refresh it when EKS ships a minor, and every quarter, with
//
//	aws eks describe-addon-versions --kubernetes-version 1.34 --addon-name coredns \
//	  --query 'addons[].addonVersions[].addonVersion'
//
// and the autoscaler from its releases page; its minor must equal the cluster's. Never let an add-on's version fall from one
// minor to the next: a cluster upgrade would become an add-on downgrade.
var table = map[string]release{
	"1.33": {
		autoscaler: "v1.33.3",
		addons: map[string]string{
			VpcCni:           "v1.20.4-eksbuild.1",
			KubeProxy:        "v1.33.3-eksbuild.4",
			CoreDNS:          "v1.12.2-eksbuild.4",
			PodIdentityAgent: "v1.3.9-eksbuild.3",
			EbsCsiDriver:     "v1.47.0-eksbuild.1",
			MetricsServer:    "v0.8.0-eksbuild.2",
		},
	},
	"1.34": {
		autoscaler: "v1.34.2",
		addons: map[string]string{
			VpcCni:           "v1.21.1-eksbuild.1",
			KubeProxy:        "v1.34.1-eksbuild.2",
			CoreDNS:          "v1.12.4-eksbuild.1",
			PodIdentityAgent: "v1.3.10-eksbuild.2",
			EbsCsiDriver:     "v1.54.0-eksbuild.1",
			MetricsServer:    "v0.8.0-eksbuild.6",
		},
	},
	"1.35": {
		autoscaler: "v1.35.0",
		addons: map[string]string{
			VpcCni:           "v1.21.1-eksbuild.3",
			KubeProxy:        "v1.35.0-eksbuild.2",
			CoreDNS:          "v1.13.2-eksbuild.1",
			PodIdentityAgent: "v1.3.10-eksbuild.2",
			EbsCsiDriver:     "v1.56.0-eksbuild.1",
			MetricsServer:    "v0.8.0-eksbuild.6",
		},
	},
}

// Minors lists the supported Kubernetes minors, oldest first.
func Minors() []string {
	// Text order is number order while every minor has two digits; a test holds it.
	return slices.Sorted(maps.Keys(table))
}

// AddonNames lists the add-ons of the table, sorted.
func AddonNames() []string { return slices.Sorted(maps.Keys(table[Minors()[0]].addons)) }

// Addon returns the version of a managed add-on for a Kubernetes minor.
func Addon(minor, addon string) (string, error) {
	addons, err := Addons(minor)
	if err != nil {
		return "", err
	}
	version, ok := addons[addon]
	if !ok {
		return "", fmt.Errorf("versions: add-on %q: not in the table for Kubernetes %s, which has %s",
			addon, minor, strings.Join(AddonNames(), ", "))
	}
	return version, nil
}

// Addons returns a copy of all add-on versions for a Kubernetes minor, by add-on name.
func Addons(minor string) (map[string]string, error) {
	r, err := find(minor)
	if err != nil {
		return nil, err
	}
	return maps.Clone(r.addons), nil
}

// AutoscalerImage returns the Cluster Autoscaler's image for a Kubernetes minor.
func AutoscalerImage(minor string) (string, error) {
	r, err := find(minor)
	if err != nil {
		return "", err
	}
	return autoscalerRepository + ":" + r.autoscaler, nil
}

func find(minor string) (release, error) {
	r, ok := table[minor]
	if !ok {
		return r, fmt.Errorf("versions: Kubernetes %q: not a supported minor, want one of %s", minor, strings.Join(Minors(), ", "))
	}
	return r, nil
}
