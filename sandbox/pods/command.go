package pods

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// command is the container's own command line, with the program's file in the place of the image's.
func (p *pod) command(port int, vars map[string]string) (file string, args []string, err error) {
	c := p.container
	line := append(append([]string{}, c.Command...), c.Args...)
	if len(c.Command) == 0 {
		line = append([]string{p.program.name}, line...) // the image's entrypoint
	}
	for i := range line {
		line[i] = expand(line[i], vars)
	}
	if path.Base(line[0]) != p.program.name {
		return "", nil, fmt.Errorf("exec: %q: executable file not found in $PATH", line[0])
	}
	settings, err := p.program.settings(p, port)
	if err != nil {
		return "", nil, err
	}
	for i, arg := range line {
		flag, value, given := strings.Cut(arg, "=")
		if given && strings.HasPrefix(flag, "-") {
			line[i] = flag + "=" + p.translated(value)
		} else {
			line[i] = p.translated(arg)
		}
	}
	return filepath.Join(p.run.cfg.Bin, p.program.name), append(line[1:], settings...), nil
}

// expand puts variables into a text, as $(NAME). A name that is not known stays as it is, and $$ is a dollar.
func expand(text string, vars map[string]string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "$")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		text = rest
		name, after, closed := strings.Cut(strings.TrimPrefix(rest, "("), ")")
		switch value, known := vars[name]; {
		case strings.HasPrefix(rest, "$"):
			out.WriteString("$")
			text = rest[1:]
		case strings.HasPrefix(rest, "(") && closed && known:
			out.WriteString(value)
			text = after
		default:
			out.WriteString("$")
		}
	}
}

// agentAddress is where the SDKs find the Pod Identity agent on a node.
const agentAddress = "http://169.254.170.23"

// environment is the container's own, with paths and addresses as they are here; vars are the same as the container has them.
// No instance metadata: a pod does not reach it on the platform's nodes, and the machine's own is not meant.
func (p *pod) environment() (env []string, vars map[string]string, err error) {
	if len(p.container.EnvFrom) > 0 {
		return nil, nil, fmt.Errorf("container %s: envFrom is not modelled", p.container.Name)
	}
	env = []string{"PATH=/usr/bin:/bin", "HOME=" + p.dir, "HOSTNAME=" + p.Name, "AWS_EC2_METADATA_DISABLED=true"}
	vars = map[string]string{}
	for _, e := range p.container.Env {
		value := expand(e.Value, vars)
		if e.ValueFrom != nil {
			if value, err = p.field(e); err != nil {
				return nil, nil, err
			}
		}
		vars[e.Name] = value
		env = append(env, e.Name+"="+p.translated(value))
	}
	return env, vars, nil
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
	to, deepest := value, ""
	for _, m := range p.container.VolumeMounts {
		rest, inside := strings.CutPrefix(value, m.MountPath)
		if inside && (rest == "" || strings.HasPrefix(rest, "/")) && len(m.MountPath) > len(deepest) {
			to, deepest = filepath.Join(p.volume(m.Name), rest), m.MountPath
		}
	}
	return to
}
