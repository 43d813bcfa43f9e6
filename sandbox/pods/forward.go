package pods

import (
	"context"
	"fmt"
	"net"
	"strconv"
)

// Forwards tells whether connections can be led to a pod's process: to all but the programs that stand for a container, which
// KWOK answers for.
func (r *Runner) Forwards(namespace, name string) bool {
	p := r.named(namespace, name)
	return p != nil && p.program == nil
}

// Dial connects to a port of a pod's process.
func (r *Runner) Dial(ctx context.Context, namespace, name string, port int32) (net.Conn, error) {
	p := r.named(namespace, name)
	if p == nil {
		return nil, fmt.Errorf("pod %s/%s: %w", namespace, name, ErrOther)
	}
	p.mu.Lock()
	address := p.address
	p.mu.Unlock()
	if address == "" {
		return nil, fmt.Errorf("pod %s/%s has no address", namespace, name)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp4", net.JoinHostPort(address, strconv.Itoa(int(port))))
	if err != nil {
		return nil, fmt.Errorf("failed to connect to port %d of pod %s/%s: %w", port, namespace, name, err)
	}
	return conn, nil
}

// named finds a pod; of two of one name, as a StatefulSet's may be for a moment, the one that lives.
func (r *Runner) named(namespace, name string) (found *pod) {
	for _, p := range r.all() {
		if p.Namespace == namespace && p.Name == name && (found == nil || p.life.Err() == nil) {
			found = p
		}
	}
	return found
}
