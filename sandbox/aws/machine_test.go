package aws_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"paddock/sandbox/machine"
)

// fakeMachine remembers what it was asked for. fail makes the call of that name go wrong.
type fakeMachine struct {
	mu       sync.Mutex
	clusters map[string]machine.Cluster
	nodes    map[string]machine.Node
	addons   map[string]machine.Addon
	fail     map[string]error
	gate     chan struct{} // when set, EnsureCluster waits for it
}

func newMachine() *fakeMachine {
	return &fakeMachine{
		clusters: map[string]machine.Cluster{}, nodes: map[string]machine.Node{}, addons: map[string]machine.Addon{}, fail: map[string]error{},
	}
}

func (m *fakeMachine) do(call string, f func()) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fail[call]; err != nil {
		return err
	}
	f()
	return nil
}

func (m *fakeMachine) EnsureCluster(_ context.Context, c machine.Cluster) (machine.Endpoint, error) {
	if m.gate != nil {
		<-m.gate
	}
	err := m.do("EnsureCluster", func() { m.clusters[c.Name] = c })
	port := c.Port
	if port == 0 {
		port = 6443
	}
	return machine.Endpoint{URL: fmt.Sprintf("https://127.0.0.1:%d", port), Port: port, CA: []byte("authority")}, err
}

func (m *fakeMachine) DeleteCluster(_ context.Context, name string) error {
	return m.do("DeleteCluster", func() { delete(m.clusters, name) })
}

func (m *fakeMachine) EnsureNode(_ context.Context, _ string, n machine.Node) error {
	return m.do("EnsureNode", func() { m.nodes[n.Name] = n })
}

func (m *fakeMachine) DeleteNode(_ context.Context, _, node string) error {
	return m.do("DeleteNode", func() { delete(m.nodes, node) })
}

func (m *fakeMachine) EnsureAddon(_ context.Context, cluster string, a machine.Addon) error {
	return m.do("EnsureAddon", func() { m.addons[cluster+":"+a.Name] = a })
}

func (m *fakeMachine) DeleteAddon(_ context.Context, cluster, addon string) error {
	return m.do("DeleteAddon", func() { delete(m.addons, cluster+":"+addon) })
}

func (m *fakeMachine) nodeList() []machine.Node {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []machine.Node
	for _, name := range slices.Sorted(maps.Keys(m.nodes)) {
		out = append(out, m.nodes[name])
	}
	return out
}
