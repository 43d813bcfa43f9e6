package plane

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"paddock/sandbox/machine"
)

// install is what the objects of an add-on depend on.
type install struct {
	machine.Addon
	Cluster, Region string
	DNS             string // address of the cluster's DNS Service
	MetricsPort     int    // where metrics-server listens
	CA              []byte // of its certificate
}

// addons are those of machine.Addons: each gives the objects to apply, in order.
var addons = map[string]func(install) ([]any, error){
	"vpc-cni":                vpcCNI,
	"kube-proxy":             kubeProxy,
	"coredns":                coreDNS,
	"eks-pod-identity-agent": podIdentityAgent,
	"aws-ebs-csi-driver":     ebsCSIDriver,
	metricsService:           metricsServer,
}

// EnsureAddon implements machine.Machine. It applies as the field manager `eks`, so fields that others set survive, and
// returns when the add-on's workloads run. An error that says DEGRADED leaves the objects in place, as EKS does.
func (p *Plane) EnsureAddon(ctx context.Context, name string, a machine.Addon) error {
	c, k, err := p.running(name)
	if err != nil {
		return err
	}
	objects, err := c.addonObjects(a)
	if err != nil {
		return fmt.Errorf("cluster %s: add-on %s: %w", name, a.Name, err)
	}
	ctx, done := p.bound(ctx)
	defer done()
	if err := c.ensureAddon(ctx, k, a.Name, objects); err != nil {
		return fmt.Errorf("cluster %s: add-on %s: %w", name, a.Name, err)
	}
	return nil
}

func (c *cluster) ensureAddon(ctx context.Context, k *kube, name string, objects []any) error {
	before, err := existing(ctx, k, objects)
	if err != nil {
		return err
	}
	for _, obj := range objects {
		// Its process goes before the APIService: one that nothing answers breaks discovery for every client.
		if _, ok := obj.(*apiService); ok {
			if err := c.startMetrics(ctx, k); err != nil {
				return err
			}
		}
		if err := k.apply(ctx, obj); err != nil {
			return err
		}
	}
	if name == metricsService {
		if err := awaitMetrics(ctx, k, c.cfg.AddonWait); err != nil {
			return err
		}
	}
	return awaitWorkloads(ctx, k, objects, before, c.cfg.AddonWait)
}

// DeleteAddon implements machine.Machine; an unknown cluster or add-on is no error.
func (p *Plane) DeleteAddon(ctx context.Context, name, addon string) error {
	c, k, err := p.running(name)
	if err != nil {
		if p.known(name) {
			return err
		}
		return nil // add-ons live and die with their cluster
	}
	if _, ok := addons[addon]; !ok {
		return nil
	}
	objects, err := c.addonObjects(machine.Addon{Name: addon})
	if err != nil {
		return fmt.Errorf("cluster %s: add-on %s: %w", name, addon, err)
	}
	var errs []error
	for _, obj := range slices.Backward(objects) {
		u, err := generic(obj)
		if err == nil {
			err = k.remove(ctx, u.GetKind(), u.GetNamespace(), u.GetName())
		}
		errs = append(errs, err)
	}
	if addon == metricsService {
		errs = append(errs, c.stopMetrics(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("cluster %s: add-on %s: %w", name, addon, err)
	}
	return nil
}

// addonObjects renders an add-on for this cluster.
func (c *cluster) addonObjects(a machine.Addon) ([]any, error) {
	render, ok := addons[a.Name]
	if !ok {
		return nil, fmt.Errorf("not modelled; known are %s", strings.Join(slices.Sorted(maps.Keys(addons)), ", "))
	}
	c.mu.Lock()
	spec, st, ca := c.spec, c.state, c.ca
	c.mu.Unlock()
	dns, err := dnsAddress(spec.ServiceBlock)
	if err != nil {
		return nil, err
	}
	return render(install{
		Addon: a, Cluster: spec.Name, Region: spec.Region, DNS: dns, MetricsPort: st.Ports.Metrics, CA: ca,
	})
}

// dnsAddress is the tenth address of the service block, where EKS puts DNS and where its nodes look for it.
func dnsAddress(block string) (string, error) {
	p, err := netip.ParsePrefix(block)
	if err != nil {
		return "", fmt.Errorf("service block: %w", err)
	}
	addr := p.Masked().Addr()
	for range 10 {
		addr = addr.Next()
	}
	return addr.String(), nil
}

// configure decodes an add-on's configuration into its settings. EKS refuses what its schema does not know, and so do
// we; that the sandbox knows only a part of each schema is why the error says so.
func configure(in install, settings any) error {
	if strings.TrimSpace(in.Configuration) == "" {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(in.Configuration)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(settings); err != nil {
		return fmt.Errorf("configuration values: not supported, or not modelled: %w", err)
	}
	return nil
}

// image is an add-on's image in the registry that EKS uses in most regions.
func (in install) image(repository string) string {
	return "602401143452.dkr.ecr." + in.Region + ".amazonaws.com/" + repository + ":" + in.Version
}
