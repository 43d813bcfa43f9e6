package reach

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/streaming/pkg/httpstream"
)

// conn is one connection through a port-forward: a stream for its data, and one on which the node says why there are none.
type conn struct {
	over  httpstream.Connection
	data  httpstream.Stream
	fault chan error // what the node says when it ends; closed without a fault
	once  sync.Once
}

func open(over httpstream.Connection, port int32) (net.Conn, error) {
	headers := http.Header{}
	headers.Set(corev1.PortHeader, strconv.Itoa(int(port)))
	headers.Set(corev1.PortForwardRequestIDHeader, "0")
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	faults, err := over.CreateStream(headers)
	if err != nil {
		return nil, errors.Join(err, over.Close())
	}
	if err := faults.Close(); err != nil { // nothing is ever said to it
		return nil, errors.Join(err, over.Close())
	}
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := over.CreateStream(headers)
	if err != nil {
		return nil, errors.Join(err, over.Close())
	}
	c := &conn{over: over, data: data, fault: make(chan error, 1)}
	go func() {
		defer close(c.fault)
		if text, _ := io.ReadAll(faults); len(text) > 0 { // an end without words is the connection's own
			c.fault <- errors.New(plain(string(text)))
		}
	}()
	return c, nil
}

// plain is the last part of what a node says, which names ids of its own before it.
func plain(said string) string {
	said = strings.TrimSpace(said)
	if i := strings.LastIndex(said, "dial tcp"); i >= 0 {
		return said[i:]
	}
	return said
}

// wait is how long a node may take to say why a stream has ended.
const wait = time.Second

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.data.Read(b)
	if n == 0 && err != nil {
		select {
		case fault, ok := <-c.fault:
			if ok {
				return 0, fault
			}
		case <-time.After(wait):
		}
	}
	return n, err
}

func (c *conn) Write(b []byte) (int, error) { return c.data.Write(b) }

func (c *conn) Close() (err error) {
	c.once.Do(func() { err = errors.Join(c.data.Reset(), c.over.Close()) })
	return err
}

// What a connection is asked for besides, and a stream does not have.
func (c *conn) LocalAddr() net.Addr              { return address{} }
func (c *conn) RemoteAddr() net.Addr             { return address{} }
func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

type address struct{}

func (address) Network() string { return "port-forward" }
func (address) String() string  { return "port-forward" }
