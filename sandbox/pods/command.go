package pods

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// command is the container's own command line, with the program's file in the place of the image's.
func (p *pod) command(port int, vars map[string]string) (file string, args []string, err error) {
	if p.program == nil {
		return p.imageCommand(vars)
	}
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
	for i := range line {
		line[i] = p.translatedArgument(line[i])
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

// translatedArgument is translated for an argument, which may be a flag with its value.
func (p *pod) translatedArgument(arg string) string {
	flag, value, given := strings.Cut(arg, "=")
	if given && strings.HasPrefix(flag, "-") {
		return flag + "=" + p.translated(value)
	}
	return p.translated(arg)
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
