package pods

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// refusal is why the pod cannot be run here at all; nil = it can.
func (p *pod) refusal() error {
	if p.program == nil || len(p.Spec.Containers) > 1 || len(p.Spec.InitContainers) > 0 {
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
	if _, _, err := p.environment(); err != nil {
		return err
	}
	return probes(p.container)
}

// mountable refuses volumes that mount could not fill.
func mountable(v corev1.Volume) error {
	if v.EmptyDir != nil {
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
	if c.StartupProbe != nil || c.Lifecycle != nil {
		return fmt.Errorf("container %s: startup probes and lifecycle hooks are not modelled", c.Name)
	}
	for _, p := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe} {
		if p != nil && (p.HTTPGet == nil || p.HTTPGet.Scheme == corev1.URISchemeHTTPS) {
			return fmt.Errorf("container %s: only probes by httpGet, without TLS, are modelled", c.Name)
		}
	}
	return nil
}
