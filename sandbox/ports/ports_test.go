package ports_test

import (
	"net"
	"testing"

	"paddock/sandbox/ports"
)

func TestChoose(t *testing.T) {
	seen := map[int]bool{}
	for range 20 {
		port, err := ports.Choose()
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] || port < 20000 || port > 32767 {
			t.Errorf("port %d was given before, or lies outside the range", port)
		}
		seen[port] = true
		l, err := net.Listen("tcp", ports.Address(port))
		if err != nil {
			t.Fatalf("chosen port: %v", err)
		}
		if ports.Free(port) == nil {
			t.Errorf("port %d counts as free while somebody listens", port)
		}
		l.Close()
		if err := ports.Free(port); err != nil {
			t.Errorf("port %d: %v", port, err)
		}
	}
}
