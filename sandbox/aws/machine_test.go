package aws_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
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
	calls    map[string]int
	gate     chan struct{} // when set, EnsureCluster waits for it

	refuse     func(machine.Cluster) error // when set, what EnsureCluster answers
	refuseNode func(machine.Node) error    // likewise
	slowNode   func(context.Context)       // when set, what EnsureNode waits for
	deleting   func()                      // when set, what DeleteCluster does first
}

func newMachine() *fakeMachine {
	return &fakeMachine{
		clusters: map[string]machine.Cluster{}, nodes: map[string]machine.Node{}, addons: map[string]machine.Addon{}, fail: map[string]error{},
		calls: map[string]int{},
	}
}

func (m *fakeMachine) do(call string, f func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls[call]++
	if err := m.fail[call]; err != nil {
		return err
	}
	return f()
}

func (m *fakeMachine) setFail(call string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail[call] = err
}

func (m *fakeMachine) EnsureCluster(_ context.Context, c machine.Cluster) (machine.Endpoint, error) {
	if m.gate != nil {
		<-m.gate
	}
	err := m.do("EnsureCluster", func() error {
		if m.refuse != nil {
			if err := m.refuse(c); err != nil {
				return err
			}
		}
		m.clusters[c.Name] = c
		return nil
	})
	port := c.Port
	if port == 0 {
		port = 6443
	}
	return machine.Endpoint{URL: fmt.Sprintf("https://127.0.0.1:%d", port), Port: port, CA: []byte("authority")}, err
}

func (m *fakeMachine) DeleteCluster(_ context.Context, name string) error {
	if m.deleting != nil {
		m.deleting()
	}
	return m.do("DeleteCluster", func() error { delete(m.clusters, name); return nil })
}

func (m *fakeMachine) EnsureNode(ctx context.Context, _ string, n machine.Node) error {
	if m.slowNode != nil {
		m.slowNode(ctx)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return m.do("EnsureNode", func() error {
		if m.refuseNode != nil {
			if err := m.refuseNode(n); err != nil {
				return err
			}
		}
		m.nodes[n.Name] = n
		return nil
	})
}

func (m *fakeMachine) DeleteNode(_ context.Context, _, node string) error {
	return m.do("DeleteNode", func() error { delete(m.nodes, node); return nil })
}

func (m *fakeMachine) EnsureAddon(_ context.Context, cluster string, a machine.Addon) error {
	return m.do("EnsureAddon", func() error { m.addons[cluster+":"+a.Name] = a; return nil })
}

func (m *fakeMachine) DeleteAddon(_ context.Context, cluster, addon string) error {
	return m.do("DeleteAddon", func() error { delete(m.addons, cluster+":"+addon); return nil })
}

// ReviewToken takes tokens of the form namespace/name.
func (m *fakeMachine) ReviewToken(_ context.Context, _, token, _ string) (machine.ServiceAccount, error) {
	namespace, name, ok := strings.Cut(token, "/")
	if !ok {
		return machine.ServiceAccount{}, machine.ErrToken
	}
	return machine.ServiceAccount{Namespace: namespace, Name: name, Pod: name + "-1", PodUID: "1"}, nil
}

func (m *fakeMachine) called(what string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[what]
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
