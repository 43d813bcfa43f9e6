// Package link is how the sandbox's programs talk to its daemon: small JSON requests over a unix socket in the sandbox's
// folder, which only its owner can open.
package link

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// DirVariable names the environment variable that holds the sandbox's folder; .sandbox/env sets it.
const DirVariable = "PADDOCK_SANDBOX"

// ErrStopped means that no daemon listens.
var ErrStopped = errors.New("the local cloud is not running; start it with `make up`")

// Client talks to the daemon of one sandbox folder.
type Client struct {
	http http.Client
}

// FromEnvironment finds the sandbox by DirVariable.
func FromEnvironment() (*Client, error) {
	dir := os.Getenv(DirVariable)
	if dir == "" {
		return nil, fmt.Errorf("%s is not set; run `. .sandbox/env` first", DirVariable)
	}
	return New(dir), nil
}

// maxSocket is the room for a unix socket's path with its closing zero, on macOS; Linux has four more.
const maxSocket = 104

// Socket is where the daemon of a sandbox folder listens.
func Socket(dir string) string { return filepath.Join(dir, "sandbox.sock") }

// CheckDir refuses a folder whose path is too long for its socket.
func CheckDir(dir string) error {
	if n := len(Socket(dir)); n >= maxSocket {
		return fmt.Errorf("%s: %d characters, and a unix socket's path has at most %d; move the checkout", Socket(dir), n, maxSocket-1)
	}
	return nil
}

// New returns a client for the sandbox in dir; nothing is dialled yet.
func New(dir string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", Socket(dir))
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
			return nil, ErrStopped
		}
		return conn, err
	}
	return &Client{http: http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// Credentials are an access key of the account; SessionToken is empty for the account's own.
type Credentials struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
}

// Caller is who asks for a provider, and where: Region is that of the environment, empty = none is set.
type Caller struct {
	Credentials
	Region string
}

// Region reads the region that AWS's tools take from the environment; empty = none is set.
func Region() string {
	if r := os.Getenv("AWS_REGION"); r != "" {
		return r
	}
	return os.Getenv("AWS_DEFAULT_REGION")
}

// Environment reads the credentials that AWS's tools take from there.
func Environment() Credentials {
	return Credentials{os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")}
}

// Call sends one request, with in as JSON where it is not nil, and decodes the answer into out where that is not nil.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	resp, err := c.do(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (c *Client) do(ctx context.Context, method, path string, in any) (*http.Response, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	resp, err := c.send(ctx, method, path, body)
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		// The daemon went before it read the request: it is gone by now, or another has taken its place.
		resp, err = c.send(ctx, method, path, body)
	}
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		return nil, errors.Join(errors.New(strings.TrimSpace(string(text))), err)
	}
	return resp, nil
}

func (c *Client) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://sandbox"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	return resp, err
}

// Session is one provider that the daemon serves for one plugin process.
type Session struct {
	Port int
	Done <-chan struct{} // closed when the daemon is gone
	body io.Closer
}

// Close gives the provider back.
func (s *Session) Close() { s.body.Close() }

// Provider asks for a provider session that acts as the caller; it lasts until Close, or until this
// process ends.
func (c *Client) Provider(as Caller) (*Session, error) {
	resp, err := c.do(context.Background(), http.MethodPost, "/provider", as)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewReader(resp.Body)
	first, err := lines.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("provider session: %w", err)
	}
	port, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return nil, fmt.Errorf("provider session: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(io.Discard, lines)
	}()
	return &Session{Port: port, Done: done, body: resp.Body}, nil
}
