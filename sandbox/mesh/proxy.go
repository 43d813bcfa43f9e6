package mesh

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// keep is how long a connection to a pod waits for another request: less than any server keeps it, so that none is sent into a
// connection that is just being closed.
const keep = time.Second

// addressKey is where a request carries the address that was picked for it.
type addressKey struct{}

// newProxy hands requests on as they are. It does not try again: kube-proxy does not, either.
func newProxy() *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", r.In.Context().Value(addressKey{}).(string)
			for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
				if v := r.In.Header[h]; v != nil { // they are the caller's affair
					r.Out.Header[h] = v
				}
			}
		},
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 64, IdleConnTimeout: keep, DisableCompression: true, // and no proxy, whatever the environment says
		},
		FlushInterval: -1, ErrorLog: log.New(io.Discard, "", 0), BufferPool: &buffers{},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			http.Error(w, "mesh: "+r.URL.Host+": "+err.Error(), http.StatusBadGateway)
		},
	}
}

// buffers lends what bodies are copied with.
type buffers struct{ sync.Pool }

func (b *buffers) Get() []byte {
	if buf, ok := b.Pool.Get().(*[]byte); ok {
		return *buf
	}
	return make([]byte, 32<<10)
}

func (b *buffers) Put(buf []byte) { b.Pool.Put(&buf) }

// ServeHTTP is the proxy that pods are told of by HTTP_PROXY. Its credentials are the caller's namespace and uid.
func (m *Mesh) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	caller := m.caller(r)
	switch {
	case r.Method == http.MethodConnect || r.URL.Scheme == "https":
		http.Error(w, "mesh: "+r.Host+": only plain HTTP leads to Services here; see sandbox/README.md", http.StatusForbidden)
		return
	case r.URL.Host == "":
		http.Error(w, "mesh: this is an HTTP proxy for pods that run as processes; see sandbox/README.md", http.StatusBadRequest)
		return
	case caller == nil:
		w.Header().Set("Proxy-Authenticate", "Basic")
		http.Error(w, "mesh: who calls? A pod has its credentials in HTTP_PROXY", http.StatusProxyAuthRequired)
		return
	}
	name, in, inside := where(r.URL.Hostname(), caller.Namespace)
	if !inside {
		http.Error(w, "mesh: "+r.URL.Hostname()+" lies outside of the cluster: nothing leads there; see sandbox/README.md",
			http.StatusForbidden)
		return
	}
	port := 80
	if text := r.URL.Port(); text != "" {
		port, _ = strconv.Atoi(text) // Go has checked that it is a number
	}
	address, err := m.pickFor(peer{pod: caller}, in, name, intstr.FromInt(port))
	m.send(w, r, address, err)
}

// send hands a request on, or tells why not.
func (m *Mesh) send(w http.ResponseWriter, r *http.Request, address string, err error) {
	switch {
	case err == nil:
	case errors.Is(err, ErrNoService), errors.Is(err, ErrNoPort):
		http.Error(w, "mesh: "+err.Error(), http.StatusBadGateway)
		return
	case errors.Is(err, ErrDenied):
		http.Error(w, "mesh: "+err.Error(), http.StatusGatewayTimeout)
		return
	default:
		http.Error(w, "mesh: "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	m.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), addressKey{}, address)))
}

// caller is the pod whose process asks, by the credentials that it was given; nil = it is none.
func (m *Mesh) caller(r *http.Request) *corev1.Pod {
	namespace, uid, ok := credentials(r)
	if !ok {
		return nil
	}
	pod := m.cfg.Pod(types.UID(uid))
	if pod == nil || pod.Namespace != namespace {
		return nil
	}
	return pod
}

// credentials are those that a client takes from the URL of its proxy.
func credentials(r *http.Request) (user, password string, ok bool) {
	text, ok := strings.CutPrefix(r.Header.Get("Proxy-Authorization"), "Basic ")
	if !ok {
		return "", "", false
	}
	plain, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "", "", false
	}
	return strings.Cut(string(plain), ":")
}

// where reads the name of a Service as the cluster's DNS does: alone it is of the caller's namespace. inside is false for names
// that can be none.
func where(host, caller string) (name, namespace string, inside bool) {
	if _, err := netip.ParseAddr(host); err == nil {
		return "", "", false
	}
	parts := strings.Split(strings.ToLower(strings.TrimSuffix(host, ".")), ".")
	switch tail := strings.Join(parts[min(2, len(parts)):], "."); {
	case len(parts) == 1:
		return parts[0], caller, true
	case tail == "", tail == "svc", tail == "svc.cluster.local":
		return parts[0], parts[1], true
	}
	return "", "", false
}
