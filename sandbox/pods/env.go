package pods

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// retryConfig is how long a container that cannot be configured waits to be tried again. Real kubelets take longer, and nobody
// learns from that.
const retryConfig = 2 * time.Second

// configured reads the container's variables, however often that takes; false = the pod ends first.
func (p *pod) configured(ctx context.Context) (env []string, vars map[string]string, ok bool) {
	told := ""
	for {
		env, vars, err := p.environment(ctx)
		if err == nil || ctx.Err() != nil {
			return env, vars, err == nil
		}
		if told != err.Error() {
			told = err.Error()
			p.say(p.waiting("CreateContainerConfigError", told))
		}
		p.event(corev1.EventTypeWarning, "Failed", "Error: "+told)
		if !sleep(ctx, retryConfig) {
			return nil, nil, false
		}
	}
}

// environment is the container's own, with paths and addresses as they are here; vars are the same as the container has them.
// No instance metadata: a pod does not reach it on the platform's nodes, and the machine's own is not meant.
func (p *pod) environment(ctx context.Context) (env []string, vars map[string]string, err error) {
	env = []string{"PATH=/usr/bin:/bin", "HOME=" + p.dir, "HOSTNAME=" + p.Name, "AWS_EC2_METADATA_DISABLED=true"}
	if p.program == nil {
		env = append(env, p.surroundings()...)
	}
	vars = map[string]string{}
	for _, e := range p.container.Env {
		value, given := expand(e.Value, vars), true
		if e.ValueFrom != nil {
			if value, given, err = p.from(ctx, e.ValueFrom); err != nil {
				return nil, nil, err
			}
		}
		if given {
			vars[e.Name] = value
			env = append(env, e.Name+"="+p.translated(value))
		}
	}
	if p.program == nil {
		env = append(env, "HOST="+p.address) // whatever the container says: no other is its own
	}
	return env, vars, nil
}

// fields are what a container may ask of its own pod.
var fields = map[string]func(p *pod) string{
	"metadata.name":           func(p *pod) string { return p.Name },
	"metadata.namespace":      func(p *pod) string { return p.Namespace },
	"metadata.uid":            func(p *pod) string { return string(p.UID) },
	"spec.nodeName":           func(p *pod) string { return p.Spec.NodeName },
	"spec.serviceAccountName": func(p *pod) string { return p.Spec.ServiceAccountName },
	"status.podIP":            func(p *pod) string { return p.ip() },
}

var (
	secrets    = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
)

// from is a value that lies elsewhere; given is false for one that may be missing and is.
func (p *pod) from(ctx context.Context, s *corev1.EnvVarSource) (value string, given bool, err error) {
	if s.FieldRef != nil {
		return fields[s.FieldRef.FieldPath](p), true, nil
	}
	if r := s.ConfigMapKeyRef; r != nil {
		return p.key(ctx, configMaps, "ConfigMap", r.Name, r.Key, r.Optional)
	}
	r := s.SecretKeyRef
	value, given, err = p.key(ctx, secrets, "Secret", r.Name, r.Key, r.Optional)
	if err != nil || !given {
		return "", false, err
	}
	plain, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return "", false, fmt.Errorf("secret %q: key %s: %w", r.Name, r.Key, err)
	}
	return string(plain), true, nil
}

// key reads one of a Secret's or a ConfigMap's; errors are in a kubelet's words.
func (p *pod) key(ctx context.Context, of schema.GroupVersionResource, kind, name, key string, optional *bool) (string, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	may := optional != nil && *optional
	u, err := p.run.cfg.Kube.Resource(of).Namespace(p.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		if may {
			return "", false, nil
		}
		return "", false, fmt.Errorf("%s %q not found", strings.ToLower(kind), name)
	}
	if err != nil {
		return "", false, err
	}
	data, _, _ := unstructured.NestedStringMap(u.Object, "data")
	value, found := data[key]
	if !found && !may {
		return "", false, fmt.Errorf("couldn't find key %s in %s %s/%s", key, kind, p.Namespace, name)
	}
	return value, found, nil
}
