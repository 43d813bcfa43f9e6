package pods

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"

	corev1 "k8s.io/api/core/v1"
)

// loopback is the range that processes get addresses of their own from: the whole of 127.0.0.0/8 is this machine's on Linux.
var loopback = netip.MustParsePrefix("127.20.0.0/14")

// guarded is the port by which an address is held: a datagram socket, which nobody sends to, keeps the address from the pods of
// every other sandbox on this machine, and goes with the daemon.
const guarded = 65535

// held are the addresses that this process has given out.
var held struct {
	sync.Mutex
	next   uint32
	guards map[string]net.PacketConn
}

// takeAddress finds an address that no other pod on this machine has. One that was given back is taken again late: somebody may
// still have it in mind.
func takeAddress() (string, error) {
	held.Lock()
	defer held.Unlock()
	size := uint32(1) << (32 - loopback.Bits())
	if held.guards == nil {
		held.guards, held.next = map[string]net.PacketConn{}, rand.Uint32N(size)
	}
	first := loopback.Addr().As4()
	var last error
	for range 1000 {
		held.next = (held.next + 1) % size
		n := uint32(first[0])<<24 | uint32(first[1])<<16 | uint32(first[2])<<8 | uint32(first[3])
		n += held.next
		if low := n & 0xff; low == 0 || low == 0xff { // they look like those of networks
			continue
		}
		address := netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}).String()
		if held.guards[address] != nil {
			continue
		}
		guard, err := net.ListenPacket("udp4", net.JoinHostPort(address, fmt.Sprint(guarded)))
		if err != nil {
			last = err
			continue
		}
		held.guards[address] = guard
		return address, nil
	}
	return "", fmt.Errorf("no loopback address is free in %s: %w", loopback, last)
}

func giveBack(address string) {
	held.Lock()
	defer held.Unlock()
	if guard := held.guards[address]; guard != nil {
		guard.Close()
		delete(held.guards, address)
	}
}

// lodged finds the pod its address, however often that takes; false = the pod ends first. Programs that stand for a container have
// none: they are told a port.
func (p *pod) lodged(ctx context.Context) bool {
	if p.program != nil {
		return true
	}
	for pause := firstMount; ; pause = min(2*pause, lastMount) {
		address, err := takeAddress()
		if err == nil {
			p.mu.Lock()
			p.address = address
			p.mu.Unlock()
			return true
		}
		p.event(corev1.EventTypeWarning, "FailedCreatePodSandBox", "Failed to create pod sandbox: "+err.Error())
		if !sleep(ctx, pause) {
			return false
		}
	}
}

// leave gives the address back.
func (p *pod) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	giveBack(p.address)
	p.address = ""
}
