package pods

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// refusal is why the pod cannot be run here at all; nil = it can.
func (p *pod) refusal() error {
	if len(p.Spec.Containers) > 1 || len(p.Spec.InitContainers) > 0 {
		return errors.New("a pod that is run as a process has one container and no init containers; see sandbox/README.md")
	}
	if r := p.Spec.RestartPolicy; r != "" && r != corev1.RestartPolicyAlways {
		return fmt.Errorf("restartPolicy %s is not modelled for a pod that is run as a process; see sandbox/README.md", r)
	}
	for _, v := range p.Spec.Volumes {
		if err := mountable(v); err != nil {
			return fmt.Errorf("volume %s: %w", v.Name, err)
		}
	}
	if err := variables(p.container); err != nil {
		return err
	}
	if err := places(p.container); err != nil {
		return err
	}
	return probes(p.container)
}

// mountable refuses volumes that mount could not fill.
func mountable(v corev1.Volume) error {
	if v.EmptyDir != nil || v.PersistentVolumeClaim != nil {
		return nil
	}
	if v.Projected == nil {
		return errors.New("its kind is not modelled")
	}
	for _, s := range v.Projected.Sources {
		if s.ServiceAccountToken == nil && s.DownwardAPI == nil && (s.ConfigMap == nil || s.ConfigMap.Name != rootCA) {
			return errors.New("this projection is not modelled")
		}
	}
	return nil
}

// probes refuses those that are not modelled.
func probes(c *corev1.Container) error {
	if l := c.Lifecycle; l != nil && (l.PostStart != nil || l.PreStop != nil && l.PreStop.Sleep == nil) {
		return fmt.Errorf("container %s: of lifecycle hooks only preStop's sleep is modelled", c.Name)
	}
	for _, p := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		if p == nil {
			continue
		}
		if p.HTTPGet == nil || p.HTTPGet.Scheme == corev1.URISchemeHTTPS || p.HTTPGet.Host != "" {
			return fmt.Errorf("container %s: only probes by httpGet, without TLS, of the pod itself, are modelled", c.Name)
		}
		if portOf(c, p.HTTPGet.Port) == 0 {
			return fmt.Errorf("container %s: probe: port %s is none of the container's", c.Name, p.HTTPGet.Port.String())
		}
	}
	return nil
}

// variables refuses those that environment could not fill.
func variables(c *corev1.Container) error {
	if len(c.EnvFrom) > 0 {
		return fmt.Errorf("container %s: envFrom is not modelled", c.Name)
	}
	for _, e := range c.Env {
		from := e.ValueFrom
		if from == nil || from.SecretKeyRef != nil || from.ConfigMapKeyRef != nil || from.FieldRef != nil && fields[from.FieldRef.FieldPath] != nil {
			continue
		}
		return fmt.Errorf("container %s: env %s: this valueFrom is not modelled", c.Name, e.Name)
	}
	return nil
}

// places refuses what a container says of its file system and cannot have.
func places(c *corev1.Container) error {
	if c.WorkingDir != "" {
		return fmt.Errorf("container %s: workingDir is not modelled: it is where the image's command was registered for", c.Name)
	}
	for _, m := range c.VolumeMounts {
		if m.SubPath != "" || m.SubPathExpr != "" {
			return fmt.Errorf("container %s: mount %s: subPath is not modelled", c.Name, m.MountPath)
		}
	}
	return nil
}
