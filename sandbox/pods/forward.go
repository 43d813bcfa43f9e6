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
