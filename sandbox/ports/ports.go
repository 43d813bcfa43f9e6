// Package ports chooses TCP ports of 127.0.0.1 that can be remembered from one start to the next.
package ports

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports are chosen below the range from which the kernel usually takes the near end of outgoing connections (32768 and up
// on Linux, 49152 elsewhere): a remembered port from that range would now and then be in use at the next start.
const (
	low  = 20000
	high = 32767
)

// handed holds the ports given out by this process: the program that is to listen may not do so yet.
var handed struct {
	sync.Mutex
	ports map[int]bool
}

// Choose returns a free port, and never the same twice in the life of this process.
func Choose() (int, error) {
	handed.Lock()
	defer handed.Unlock()
	if handed.ports == nil {
		handed.ports = map[int]bool{}
	}
	for range 200 {
		port := low + rand.IntN(high-low+1)
		if handed.ports[port] || Free(port) != nil {
			continue
		}
		handed.ports[port] = true
		return port, nil
	}
	return 0, fmt.Errorf("no free port found between %d and %d of 127.0.0.1", low, high)
}

// Free returns nil when a program could listen on the port now.
func Free(port int) error {
	l, err := net.Listen("tcp", Address(port))
	if err != nil {
		return err
	}
	return l.Close()
}

// Address is the port on 127.0.0.1, as net.Dial and net.Listen take it.
func Address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
