package pods

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"paddock/sandbox/images"
)

// pullImage finds what is run for the pod's image, however often that takes; false = the pod ends first.
func (p *pod) pullImage(ctx context.Context, wait time.Duration) bool {
	ref, pauses := p.container.Image, p.run.cfg.Pull
	for pause := pauses.First; ; pause = min(2*pause, pauses.Last) {
		p.event(corev1.EventTypeNormal, "Pulling", fmt.Sprintf("Pulling image %q", ref))
		if !sleep(ctx, wait) {
			return false
		}
		image, err := p.find(ref)
		if err == nil {
			p.mu.Lock()
			p.image = image
			p.mu.Unlock()
			p.event(corev1.EventTypeNormal, "Pulled", fmt.Sprintf("Successfully pulled image %q in %s (%[2]s including waiting). Image size: 0 bytes.", ref, wait))
			return true
		}
		p.say(p.waiting("ErrImagePull", err.Error()))
		p.event(corev1.EventTypeWarning, "Failed", fmt.Sprintf("Failed to pull image %q: %v", ref, err))
		p.event(corev1.EventTypeWarning, "Failed", "Error: ErrImagePull")
		if !sleep(ctx, pauses.Told) {
			return false
		}
		off := fmt.Sprintf("Back-off pulling image %q", ref)
		p.say(p.waiting("ImagePullBackOff", off+": ErrImagePull: "+err.Error()))
		p.event(corev1.EventTypeNormal, "BackOff", off)
		p.event(corev1.EventTypeWarning, "Failed", "Error: ImagePullBackOff")
		if !sleep(ctx, pause-pauses.Told) {
			return false
		}
	}
}

// find asks the registry; the error is in the words in which containerd tells a kubelet of a tag that is not there.
func (p *pod) find(ref string) (images.Image, error) {
	image, err := p.run.cfg.Images.Find(ref)
	if errors.Is(err, images.ErrNotFound) {
		err = fmt.Errorf("rpc error: code = NotFound desc = failed to pull and unpack image %q: failed to resolve reference %[1]q: %[1]s: not found", ref)
	}
	return image, err
}

// imageCommand is the container's own command line, or else the image's; arguments alone are added to the image's.
func (p *pod) imageCommand(vars map[string]string) (file string, args []string, err error) {
	c := p.container
	line := append(append([]string{}, c.Command...), c.Args...)
	for i := range line {
		line[i] = p.translatedArgument(expand(line[i], vars))
	}
	if len(c.Command) == 0 {
		line = append(append([]string{}, p.image.Command...), line...)
	}
	file, err = executable(line[0], p.image.Dir, p.path())
	return file, line[1:], err
}

// path is where the container's commands are looked for: beside the image's own first.
func (p *pod) path() []string {
	return []string{filepath.Dir(p.image.Command[0]), "/usr/local/bin", "/usr/bin", "/bin"}
}

// executable finds a program as a container's runtime does.
func executable(name, dir string, path []string) (string, error) {
	if strings.Contains(name, "/") {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		if _, err := os.Stat(name); err != nil {
			return "", fmt.Errorf("exec: %q: %w", name, err)
		}
		return name, nil
	}
	for _, folder := range path {
		file := filepath.Join(folder, name)
		if info, err := os.Stat(file); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", fmt.Errorf("exec: %q: executable file not found in $PATH", name)
}

// surroundings are the variables by which a process of an image finds its way about this machine: what it listens at, and how it
// comes to Services. The caller is known by the proxy's credentials.
func (p *pod) surroundings() []string {
	env := []string{"PATH=" + strings.Join(p.path(), ":"), "HOST=" + p.address, "TMPDIR=" + p.temporary()}
	if p.run.cfg.Proxy == "" {
		return env
	}
	proxy := fmt.Sprintf("http://%s:%s@%s", p.Namespace, p.UID, p.run.cfg.Proxy)
	here := "localhost,127.0.0.1," + p.address + ",127.0.0.0/8"
	return append(env, "HTTP_PROXY="+proxy, "http_proxy="+proxy, "NO_PROXY="+here, "no_proxy="+here)
}

// temporary is the volume that the container has at /tmp, or else a folder of its own: never the machine's.
func (p *pod) temporary() string {
	if at := p.translated("/tmp"); at != "/tmp" {
		return at
	}
	return filepath.Join(p.dir, "tmp")
}
