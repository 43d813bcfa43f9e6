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

// command is the container's own command line, with the program's file in the place of the image's.
func (p *pod) command(port int) (file string, args []string, err error) {
	c := p.container
	line := append(append([]string{}, c.Command...), c.Args...)
	if len(c.Command) == 0 {
		line = append([]string{p.program.name}, line...) // the image's entrypoint
	}
	if path.Base(line[0]) != p.program.name {
		return "", nil, fmt.Errorf("exec: %q: executable file not found in $PATH", line[0])
	}
	settings, err := p.program.settings(p, port)
	if err != nil {
		return "", nil, err
	}
	for i := range line {
		line[i] = p.translated(expand(line[i], c.Env))
	}
	return filepath.Join(p.run.cfg.Bin, p.program.name), append(line[1:], settings...), nil
}

// expand puts the container's variables into an argument, as $(NAME).
func expand(text string, env []corev1.EnvVar) string {
	for _, e := range env {
		text = strings.ReplaceAll(text, "$("+e.Name+")", e.Value)
	}
	return text
}

// agentAddress is where the SDKs find the Pod Identity agent on a node.
const agentAddress = "http://169.254.170.23"

// environment is the container's own, with paths and addresses as they are here. No instance metadata: a pod does not reach it
// on the platform's nodes, and the machine's own is not meant.
func (p *pod) environment() ([]string, error) {
	env := []string{"PATH=/usr/bin:/bin", "HOME=" + p.dir, "HOSTNAME=" + p.Name, "AWS_EC2_METADATA_DISABLED=true"}
	for _, e := range p.container.Env {
		value := e.Value
		if e.ValueFrom != nil {
			var err error
			if value, err = p.field(e); err != nil {
				return nil, err
			}
		}
		env = append(env, e.Name+"="+p.translated(value))
	}
	if len(p.container.EnvFrom) > 0 {
		return nil, fmt.Errorf("container %s: envFrom is not modelled", p.container.Name)
	}
	return env, nil
}

func (p *pod) field(e corev1.EnvVar) (string, error) {
	if f := e.ValueFrom.FieldRef; f != nil {
		switch f.FieldPath {
		case "metadata.name":
			return p.Name, nil
		case "metadata.namespace":
			return p.Namespace, nil
		case "metadata.uid":
			return string(p.UID), nil
		case "spec.nodeName":
			return p.Spec.NodeName, nil
		case "spec.serviceAccountName":
			return p.Spec.ServiceAccountName, nil
		}
	}
	return "", fmt.Errorf("container %s: env %s: this valueFrom is not modelled", p.container.Name, e.Name)
}

// translated replaces what lies in the container's file system, or on its node's network, by what stands for it here.
func (p *pod) translated(value string) string {
	if rest, ok := strings.CutPrefix(value, agentAddress); ok {
		return p.run.cfg.Agent(p.Spec.NodeName) + rest
	}
	for _, m := range p.container.VolumeMounts {
		if rest, ok := strings.CutPrefix(value, m.MountPath+"/"); ok {
			return filepath.Join(p.volume(m.Name), rest)
		}
	}
	return value
}
