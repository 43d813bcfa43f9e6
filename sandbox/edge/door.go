package edge

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"time"

	"paddock/sandbox/mesh"
)

// Suffix may end the host of a request: names below it are this machine's wherever they are looked up.
const Suffix = ".localhost"

// How long a client may take to ask, and a pod to answer: an application load balancer's own idle timeout.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 60 * time.Second
)

// door stands for all load balancers: they are told apart by the host that is asked for.
type door struct {
	edge      *Edge
	https     int // port that plain requests are sent on to
	transport *http.Transport
	log       *slog.Logger
}

// Serve answers on both listeners until one is closed.
func (e *Edge) Serve(plain, secure net.Listener, ca *Authority) error {
	d := &door{edge: e, https: port(secure), log: e.cfg.Log, transport: &http.Transport{
		ResponseHeaderTimeout: idleTimeout, MaxIdleConnsPerHost: 32, IdleConnTimeout: idleTimeout, DisableCompression: true,
	}}
	defer d.transport.CloseIdleConnections()
	failed := make(chan error, 2)
	open, shut := d.server(false, ca), d.server(true, ca)
	go func() { failed <- open.Serve(plain) }()
	go func() { failed <- shut.ServeTLS(secure, "", "") }()
	err := ended(<-failed)
	return errors.Join(err, ended(open.Close()), ended(shut.Close()), ended(<-failed))
}

func (d *door) server(secured bool, ca *Authority) *http.Server {
	return &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.answer(w, r, secured) }),
		ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: ca.certificate},
	}
}

// ended is no error where the listener was closed on purpose.
func ended(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func port(l net.Listener) int {
	if at, ok := l.Addr().(*net.TCPAddr); ok {
		return at.Port
	}
	return 0
}

// hostOf is the host that is meant, as the world would ask for it: without port, and without what makes it this machine's.
func hostOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.TrimSuffix(strings.ToLower(strings.TrimSuffix(host, ".")), Suffix)
}

func (d *door) answer(w http.ResponseWriter, r *http.Request, secured bool) {
	host := hostOf(r.Host)
	to := route(d.edge.rules(), host, r.URL.Path)
	switch {
	case to == nil:
		say(w, http.StatusNotFound, "no load balancer has a rule for "+host+r.URL.Path)
		return
	case !secured && to.redirect:
		// The name stays as it was asked for: only so does it lead back here.
		name := strings.TrimSuffix(r.Host, ":"+portIn(r.Host))
		target := url.URL{Scheme: "https", Host: net.JoinHostPort(name, strconv.Itoa(d.https))}
		target.Path, target.RawPath, target.RawQuery = r.URL.Path, r.URL.RawPath, r.URL.RawQuery
		w.Header().Set("Location", target.String())
		say(w, http.StatusMovedPermanently, "")
		return
	case !secured && !to.http, secured && !to.https: // on AWS nothing would take the connection
		const text = "ingress %s/%s does not listen here: %slisten-ports says how"
		say(w, http.StatusNotFound, fmt.Sprintf(text, to.namespace, to.ingress, annotations))
		return
	case to.service == "":
		const text = "ingress %s/%s: only Services are modelled as backends"
		say(w, http.StatusServiceUnavailable, fmt.Sprintf(text, to.namespace, to.ingress))
		return
	}
	at, err := d.edge.cfg.Pick(to.from, to.cluster, to.namespace, to.service, to.port)
	switch {
	case errors.Is(err, mesh.ErrDenied): // at once; a load balancer waits for the connection
		say(w, http.StatusGatewayTimeout, err.Error())
		return
	case err != nil:
		say(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	d.forward(at, host, secured).ServeHTTP(w, r)
}

// forward hands a request to a pod, with the headers that an application load balancer sets.
func (d *door) forward(address, host string, secured bool) http.Handler {
	scheme, port := "http", "80"
	if secured {
		scheme, port = "https", "443"
	}
	return &httputil.ReverseProxy{
		Transport: d.transport, ErrorLog: log.New(io.Discard, "", 0), FlushInterval: -1,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = "http", address, host
			from, _, err := net.SplitHostPort(p.In.RemoteAddr)
			if err != nil {
				from = p.In.RemoteAddr
			}
			before := p.In.Header["X-Forwarded-For"]
			p.Out.Header.Set("X-Forwarded-For", strings.Join(append(before[:len(before):len(before)], from), ", "))
			p.Out.Header.Set("X-Forwarded-Proto", scheme)
			p.Out.Header.Set("X-Forwarded-Port", port)
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			var slow net.Error
			if errors.As(err, &slow) && slow.Timeout() {
				say(w, http.StatusGatewayTimeout, err.Error())
				return
			}
			say(w, http.StatusBadGateway, err.Error())
		},
	}
}

func portIn(host string) string {
	_, port, err := net.SplitHostPort(host)
	if err != nil {
		return ""
	}
	return port
}

// say answers as a load balancer does, and adds why, which on AWS nobody tells.
func say(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Server", "awselb/2.0")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "%d %s\n", status, http.StatusText(status))
	if why != "" {
		fmt.Fprintln(w, why)
	}
}
