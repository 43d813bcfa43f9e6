package pods

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	authv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"

	"paddock/sandbox/atomicfile"
	"paddock/sandbox/login"
)

func (p *pod) volume(name string) string { return filepath.Join(p.dir, "volumes", name) }

func (p *pod) kubeconfig() string { return filepath.Join(p.dir, "kubeconfig") }

const (
	tokenMount = "/var/run/secrets/kubernetes.io/serviceaccount" // where client libraries look for the pod's own token
	rootCA     = "kube-root-ca.crt"                              // the ConfigMap of the apiserver's authority, in every namespace
)

// A volume that cannot be mounted is tried again after these pauses, as by a kubelet.
const (
	firstMount = 500 * time.Millisecond
	lastMount  = 2 * time.Minute
)

// mounted mounts the pod's volumes, however often that takes; false = the pod ends first.
func (p *pod) mounted(ctx context.Context) (renew time.Duration, ok bool) {
	for pause := firstMount; ; pause = min(2*pause, lastMount) {
		renew, err := p.mount(ctx)
		if err == nil || ctx.Err() != nil {
			return renew, err == nil
		}
		p.event(corev1.EventTypeWarning, "FailedMount", "MountVolume.SetUp failed for "+err.Error())
		if !sleep(ctx, pause) {
			return 0, false
		}
	}
}

// mount writes what the pod's volumes hold, and answers when the first of its tokens is to be renewed.
func (p *pod) mount(ctx context.Context) (renew time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, soon) // the client has no limit, and whoever waits here does not see the process end
	defer cancel()
	renew = 24 * time.Hour
	for _, v := range p.Spec.Volumes {
		dir := p.volume(v.Name)
		if v.PersistentVolumeClaim != nil {
			if err := p.claim(ctx, dir, v.PersistentVolumeClaim.ClaimName); err != nil {
				return 0, fmt.Errorf("volume %q: %w", v.Name, err)
			}
			continue
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return 0, fmt.Errorf("volume %q: %w", v.Name, err)
		}
		if v.Projected == nil {
			continue
		}
		for _, source := range v.Projected.Sources {
			life, err := p.project(ctx, dir, source)
			if err != nil {
				return 0, fmt.Errorf("volume %q: %w", v.Name, err)
			}
			if life > 0 {
				renew = min(renew, life*8/10) // as a kubelet does
			}
		}
	}
	return renew, p.writeKubeconfig()
}

// project writes one source; life is how long its token is good, 0 = it holds none.
func (p *pod) project(ctx context.Context, dir string, source corev1.VolumeProjection) (life time.Duration, err error) {
	if s := source.ServiceAccountToken; s != nil {
		seconds := int64(3600)
		if s.ExpirationSeconds != nil {
			seconds = *s.ExpirationSeconds
		}
		token, err := p.token(ctx, s.Audience, seconds)
		if err != nil {
			return 0, err
		}
		return time.Duration(seconds) * time.Second, atomicfile.Write(filepath.Join(dir, s.Path), []byte(token), 0o600)
	}
	if source.ConfigMap != nil {
		ca, err := os.ReadFile(p.run.cfg.CA)
		if err != nil {
			return 0, err
		}
		return 0, atomicfile.Write(filepath.Join(dir, "ca.crt"), ca, 0o644)
	}
	return 0, atomicfile.Write(filepath.Join(dir, "namespace"), []byte(p.Namespace), 0o644) // all that the downward API is asked for
}

// token asks for a token of the pod's service account, bound to the pod.
func (p *pod) token(ctx context.Context, audience string, seconds int64) (string, error) {
	spec := authv1.TokenRequestSpec{
		ExpirationSeconds: &seconds,
		BoundObjectRef:    &authv1.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: p.Name, UID: p.UID},
	}
	if audience != "" {
		spec.Audiences = []string{audience}
	}
	return login.Token(ctx, p.run.cfg.Kube, p.Namespace, p.Spec.ServiceAccountName, spec)
}

// writeKubeconfig says in a file what a pod's client finds by itself: address, authority and token. A pod whose token is not
// mounted is nobody.
func (p *pod) writeKubeconfig() error {
	ca, err := os.ReadFile(p.run.cfg.CA)
	if err != nil {
		return fmt.Errorf("kubeconfig: %w", err)
	}
	config := login.Kubeconfig{Server: p.run.cfg.Server, CA: ca, Namespace: p.Namespace}
	for _, m := range p.container.VolumeMounts {
		if m.MountPath == tokenMount {
			config.User.TokenFile = filepath.Join(p.volume(m.Name), "token")
		}
	}
	return config.Write(p.kubeconfig())
}
