package plane

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"time"
)

// Ports are chosen below the range (32768 and up on Linux, 49152 elsewhere) from which the kernel takes the near end of
// outgoing connections: a remembered port from that range would now and then be in use at the next start.
const (
	lowPort  = 20000
	highPort = 32767
)

// handed holds the ports given out by this process: the program that is to listen may not do so yet.
var handed struct {
	sync.Mutex
	ports map[int]bool
}

func choosePort() (int, error) {
	handed.Lock()
	defer handed.Unlock()
	if handed.ports == nil {
		handed.ports = map[int]bool{}
	}
	for range 200 {
		port := lowPort + rand.IntN(highPort-lowPort+1)
		if handed.ports[port] || free(port) != nil {
			continue
		}
		handed.ports[port] = true
		return port, nil
	}
	return 0, fmt.Errorf("no free port found between %d and %d of 127.0.0.1", lowPort, highPort)
}

// free returns nil when a program could listen on the port now.
func free(port int) error {
	l, err := net.Listen("tcp", address(port))
	if err != nil {
		return err
	}
	return l.Close()
}

// awaitFree gives an apiserver that is on its way out the time to go.
func awaitFree(port int, within time.Duration) error {
	for end := time.Now().Add(within); ; time.Sleep(100 * time.Millisecond) {
		err := free(port)
		if err == nil {
			return nil
		}
		if time.Now().After(end) {
			return errors.Join(fmt.Errorf("port %d is in use by another program: end it (`ss -ltnp 'sport = :%d'` names it) "+
				"and start again; kubeconfigs name this port, so it is not changed", port, port), err)
		}
	}
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func serverURL(port int) string { return "https://" + address(port) }
