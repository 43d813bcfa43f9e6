// Package mesh is how processes that stand for pods reach Services, for lack of a network of pods: in the place of the cluster's
// DNS and of kube-proxy, an HTTP proxy that knows each Service's ready pods.
package mesh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// Config says which cluster a Mesh serves.
type Config struct {
	Kube     dynamic.Interface                                // with no time limit: it watches
	Endpoint func(pod types.UID) (address string, known bool) // the address that a pod's process listens at; not known = KWOK plays it
	Pod      func(pod types.UID) *corev1.Pod                  // who calls, and who is called; nil = KWOK plays it
	Log      *slog.Logger                                     // nil = silent
}

// Mesh leads to the Services of one cluster. Its methods may be called from several goroutines.
type Mesh struct {
	cfg    Config
	proxy  *httputil.ReverseProxy
	server *http.Server

	life context.Context
	end  context.CancelFunc
	busy sync.WaitGroup

	mu       sync.RWMutex
	address  string // of the proxy; empty = not open yet
	services map[types.NamespacedName]*service
	rules    rules
}

// New makes a mesh that knows no Service until Start.
func New(cfg Config) *Mesh {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	m := &Mesh{cfg: cfg, services: map[types.NamespacedName]*service{}, rules: rules{
		policies: map[string]map[string]*networkingv1.NetworkPolicy{}, namespaces: map[string]map[string]string{},
	}}
	m.life, m.end = context.WithCancel(context.Background())
	m.proxy = newProxy()
	m.server = &http.Server{Handler: m, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	return m
}

// Listen serves the proxy until Stop.
func (m *Mesh) Listen(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("mesh: %w", err)
	}
	m.mu.Lock()
	m.address = l.Addr().String()
	m.mu.Unlock()
	m.busy.Go(func() {
		if err := m.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			m.cfg.Log.Error("the way to Services is closed", "cause", err)
		}
	})
	return nil
}

// Address is where the proxy listens; empty = it is not open yet.
func (m *Mesh) Address() string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.address
}

// Start watches Services and their endpoints, and returns once it knows all that are there.
func (m *Mesh) Start(ctx context.Context) error {
	if err := m.watch(ctx); err != nil {
		return fmt.Errorf("mesh: %w", err)
	}
	return nil
}

// Stop ends the watches and the proxy, with all connections.
func (m *Mesh) Stop() error {
	if m == nil {
		return nil
	}
	m.end()
	err := m.server.Close()
	m.busy.Wait()
	return err
}
