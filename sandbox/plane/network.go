package plane

import (
	"context"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/client-go/rest"

	"paddock/sandbox/ebs"
	"paddock/sandbox/mesh"
	"paddock/sandbox/pods"
	"paddock/sandbox/ports"
)

// openNodes makes what stands for the nodes' own network: the kubelets' port, the way to Services, and who runs pods as processes.
func (c *cluster) openNodes(st state) (*pods.Runner, *mesh.Mesh, error) {
	watcher, err := newWatcher(c.path("admin.kubeconfig"))
	if err != nil {
		return nil, nil, err
	}
	run := pods.New(pods.Config{
		Cluster: c.name, Kube: watcher, Dir: c.path("pods"), Bin: c.cfg.Bin, Server: serverURL(st.Ports.APIServer), CA: c.path("pki", "ca.crt"),
		Region: c.spec.Region, AWS: c.cfg.AWS, Log: c.cfg.Log,
		Images: c.cfg.Images, Proxy: ports.Address(st.Ports.Mesh), Volumes: c.path("volumes"),
		Agent: func(node string) string { return c.cfg.Agent(c.name, node) },
	})
	way := mesh.New(mesh.Config{Kube: watcher, Endpoint: run.Endpoint, Pod: run.Pod, Log: c.cfg.Log})
	if err := way.Listen(ports.Address(st.Ports.Mesh)); err != nil {
		return nil, nil, err
	}
	front, err := c.startKubelet(st.Ports.Kubelet, st.Ports.KWOK, run)
	if err != nil {
		return nil, nil, errors.Join(err, way.Stop())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pods, c.kubelet, c.mesh = run, front, way
	return run, way, nil
}

// join lets in who is told of control planes.
func (c *cluster) join() error {
	admin, err := newWatcher(c.path("admin.kubeconfig"))
	if err != nil {
		return err
	}
	groups := []string{"system:serviceaccounts", "system:serviceaccounts:" + system, "system:authenticated"}
	guest, err := newWatcherAs(c.path("admin.kubeconfig"), rest.ImpersonationConfig{UserName: "system:serviceaccount:" + system + ":" + c.cfg.Guest, Groups: groups})
	if err != nil {
		return err
	}
	leave := c.cfg.Join(c.name, admin, guest)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leave = leave
	return nil
}

// openVolumes starts what makes the volumes of claims.
func (c *cluster) openVolumes(ctx context.Context, k *kube) error {
	watcher, err := newWatcher(c.path("admin.kubeconfig"))
	if err != nil {
		return err
	}
	volumes := ebs.New(ebs.Config{
		Kube: watcher, Log: c.cfg.Log, Allowed: func(ctx context.Context) error { return c.driver(ctx, k) },
		Folder: func(volume string) string { return pods.VolumeDir(c.path("volumes"), volume) },
	})
	c.mu.Lock()
	c.volumes = volumes
	c.mu.Unlock()
	return volumes.Start(ctx)
}

// driver tells whether the EBS CSI driver can make volumes: if its controller's pods are up, and have a role.
func (c *cluster) driver(ctx context.Context, k *kube) error {
	var d appsv1.Deployment
	found, err := k.get(ctx, "Deployment", system, ebsController, &d)
	if err != nil {
		return err
	}
	if !found || d.Status.AvailableReplicas == 0 {
		return ebs.ErrAbsent
	}
	if account := d.Spec.Template.Spec.ServiceAccountName; !c.cfg.Associated(c.name, system, account) {
		return fmt.Errorf("rpc error: code = Internal desc = could not create volume in EC2: service account %s/%s has no role; "+
			"a Pod Identity association gives it one", system, account)
	}
	return nil
}
