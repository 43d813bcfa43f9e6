package pods

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"paddock/sandbox/atomicfile"
	"paddock/sandbox/ports"
)

// program is one that is run in the place of an image.
type program struct {
	name string // the file in Config.Bin; the last part of the image's repository is the same, whatever the registry
	// settings are what the program must be told because it has no machine of its own: appended to its arguments, so that they
	// win over what the container says.
	settings func(p *pod, port int) ([]string, error)
}

var programs = []*program{
	{name: "cluster-autoscaler", settings: autoscalerSettings},
	{name: "cluster-proportional-autoscaler", settings: clientSettings},
}

// ImagePattern matches the images of all programs. It is a regular expression for Go and for jq.
func ImagePattern() string {
	var names []string
	for _, p := range programs {
		names = append(names, regexp.QuoteMeta(p.name))
	}
	return "(^|/)(" + strings.Join(names, "|") + ")([:@].*)?$"
}

// Programs names the files that must be in Config.Bin.
func Programs() []string {
	var names []string
	for _, p := range programs {
		names = append(names, p.name)
	}
	return names
}

// Runs tells whether a pod is run as a process.
func Runs(p *corev1.Pod) bool {
	if p.Annotations[FromImage] != "" {
		return true
	}
	for _, c := range p.Spec.Containers {
		if programOf(c.Image) != nil {
			return true
		}
	}
	return false
}

func programOf(image string) *program {
	name, _, _ := strings.Cut(path.Base(image), "@")
	name, _, _ = strings.Cut(name, ":")
	for _, p := range programs {
		if p.name == name {
			return p
		}
	}
	return nil
}

// autoscalerSettings lead the autoscaler to this cluster and this cloud, and its listener to a port that is free.
func autoscalerSettings(p *pod, port int) ([]string, error) {
	var text strings.Builder
	for i, service := range []string{"autoscaling", "ec2", "eks"} {
		region := p.run.cfg.Region
		fmt.Fprintf(&text, "[ServiceOverride %q]\nService=%s\nRegion=%s\nURL=%s\nSigningRegion=%s\n", fmt.Sprint(i), service, region, p.run.cfg.AWS, region)
	}
	cloud := filepath.Join(p.dir, "cloud.conf")
	if err := atomicfile.Write(cloud, []byte(text.String()), 0o600); err != nil {
		return nil, err
	}
	return []string{"--kubeconfig=" + p.kubeconfig(), "--cloud-config=" + cloud, "--address=" + ports.Address(port)}, nil
}

// clientSettings lead a client of the cluster that serves its health.
func clientSettings(p *pod, port int) ([]string, error) {
	return []string{"--kubeconfig=" + p.kubeconfig(), "--address=" + ports.Address(port)}, nil
}
