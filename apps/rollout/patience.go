package rollout

import "time"

// Patience is how long a state may last before it is final. Unset fields mean Usual's.
type Patience struct {
	Whole   time.Duration // the rollout, whatever it is that takes so long
	Cluster time.Duration // the cluster's API gives no answer
	Refused time.Duration // pods are not created, since a policy or a limit forbids it
	Created time.Duration // pods are not created, for a cause that may pass
	Image   time.Duration // the image cannot be pulled: a push may be on its way
	Config  time.Duration // a secret or config map is missing: it may be made beside the service
	Ready   time.Duration // the container runs and has started, and its readiness probe fails
	Fit     time.Duration // no node has room, and the autoscaler will not add one
	Silence time.Duration // no node has room, and the autoscaler says nothing
	Nodes   time.Duration // nodes that the autoscaler has ordered do not come
	Mount   time.Duration // the container is not created: volume or network
}

// Usual suits a cluster on AWS, where a node takes a minute or two to boot and a volume half a minute to move.
var Usual = Patience{
	Whole:   15 * time.Minute,
	Cluster: 2 * time.Minute,
	Refused: 5 * time.Second,
	Created: 30 * time.Second,
	Image:   10 * time.Second,
	Config:  15 * time.Second,
	Ready:   45 * time.Second,
	Fit:     30 * time.Second,
	Silence: 2 * time.Minute,
	Nodes:   10 * time.Minute,
	Mount:   3 * time.Minute,
}

func (p Patience) over(unset Patience) Patience {
	for _, f := range []struct{ own, other *time.Duration }{
		{&p.Whole, &unset.Whole}, {&p.Cluster, &unset.Cluster}, {&p.Refused, &unset.Refused},
		{&p.Created, &unset.Created}, {&p.Image, &unset.Image},
		{&p.Config, &unset.Config}, {&p.Ready, &unset.Ready}, {&p.Fit, &unset.Fit}, {&p.Silence, &unset.Silence},
		{&p.Nodes, &unset.Nodes}, {&p.Mount, &unset.Mount},
	} {
		if *f.own == 0 {
			*f.own = *f.other
		}
	}
	return p
}
