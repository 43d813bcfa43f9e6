package plane

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"time"

	admission "k8s.io/api/admission/v1"
	regv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/sandbox/pods"
	"paddock/sandbox/ports"
)

// kubelet stands before KWOK at the port that the nodes name: it answers for the pods that are run as processes, and hands the
// rest on. EKS's webhook for Pod Identity is served beside it.
type kubelet struct {
	server *http.Server
}

// admitPath is where the apiserver asks about new pods.
const admitPath = "/admit/pods"

// startKubelet serves until it is closed.
func (c *cluster) startKubelet(port, kwokPort int, run *pods.Runner) (*kubelet, error) {
	cert, err := tls.LoadX509KeyPair(c.path("pki", "local.crt"), c.path("pki", "local.key"))
	if err != nil {
		return nil, fmt.Errorf("kubelet: %w", err)
	}
	behind, err := c.kwokProxy(kwokPort)
	if err != nil {
		return nil, fmt.Errorf("kubelet: %w", err)
	}
	listener, err := net.Listen("tcp", ports.Address(port))
	if err != nil {
		return nil, fmt.Errorf("kubelet: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", behind)
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", func(w http.ResponseWriter, r *http.Request) {
		serveLog(w, r, run, behind)
	})
	for _, path := range []string{"/portForward/{namespace}/{pod}", "/portForward/{namespace}/{pod}/{uid}"} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { serveForward(w, r, run, behind) })
	}
	mux.Handle(usagePath, measured(behind, run))
	mux.HandleFunc("POST "+admitPath, c.admit)
	k := &kubelet{server: &http.Server{
		Handler: mux, TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
	}}
	go func() { _ = k.server.ServeTLS(listener, "", "") }() // its end is Close
	return k, nil
}

func (k *kubelet) close() error {
	if k == nil {
		return nil
	}
	return k.server.Close()
}

func (c *cluster) kwokProxy(port int) (*httputil.ReverseProxy, error) {
	ca, err := os.ReadFile(c.path("pki", "ca.crt"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	to, err := url.Parse(serverURL(port))
	if err != nil {
		return nil, err
	}
	return &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(to) },
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}},
		FlushInterval: -1, ErrorLog: log.New(io.Discard, "", 0),
	}, nil
}

// serveLog writes a container's log as a kubelet does.
func serveLog(w http.ResponseWriter, r *http.Request, run *pods.Runner, otherwise http.Handler) {
	o, err := logOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	text, err := run.Log(r.Context(), r.PathValue("namespace"), r.PathValue("pod"), o)
	if errors.Is(err, pods.ErrOther) {
		otherwise.ServeHTTP(w, r)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	defer text.Close()
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(http.StatusOK)
	copyFlushed(w, text)
}

// logOptions reads what is asked for. Lines have no times here, so that nothing can be told by them.
func logOptions(r *http.Request) (pods.LogOptions, error) {
	q := r.URL.Query()
	o := pods.LogOptions{Container: r.PathValue("container"), Previous: q.Get("previous") == "true", Follow: q.Get("follow") == "true", Tail: -1}
	if q.Get("timestamps") == "true" || q.Get("sinceSeconds") != "" || q.Get("sinceTime") != "" {
		return o, errors.New("logs by time are not modelled; see sandbox/README.md")
	}
	for name, n := range map[string]*int64{"tailLines": &o.Tail, "limitBytes": &o.Limit} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil || number < 0 {
			return o, fmt.Errorf("%s: %q: want a number, 0 or more", name, text)
		}
		*n = number
	}
	return o, nil
}

// copyFlushed passes on what there is as soon as it is there.
func copyFlushed(w http.ResponseWriter, r io.Reader) {
	flush := http.NewResponseController(w)
	buf := make([]byte, 16<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return
			}
			_ = flush.Flush() // a writer that cannot will do it at the end
		}
		if err != nil {
			return
		}
	}
}

// admit answers the apiserver about a pod that is to be created.
func (c *cluster) admit(w http.ResponseWriter, r *http.Request) {
	var review admission.AdmissionReview
	if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	associated := func(namespace, account string) bool { return c.cfg.Associated(c.name, namespace, account) }
	w.Header().Set("Content-Type", "application/json")
	asked := pods.Asked{Associated: associated, Registered: c.cfg.Images.Registered, Pull: c.cfg.PullDelay()}
	_ = json.NewEncoder(w).Encode(pods.Admit(&review, asked)) // the apiserver goes on without an answer
}

// identityWebhook is how EKS's control plane comes to see new pods. If it does not answer, pods come without credentials.
func (c *cluster) identityWebhook(port int, ca []byte) *regv1.MutatingWebhookConfiguration {
	address := serverURL(port) + admitPath
	ignore, none, seconds := regv1.Ignore, regv1.SideEffectClassNone, int32(5)
	return &regv1.MutatingWebhookConfiguration{
		TypeMeta: typed("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"), ObjectMeta: metav1.ObjectMeta{Name: "pod-identity-webhook"},
		Webhooks: []regv1.MutatingWebhook{{
			Name: "iam-for-pods.amazonaws.com", FailurePolicy: &ignore, SideEffects: &none, TimeoutSeconds: &seconds,
			AdmissionReviewVersions: []string{"v1"},
			ClientConfig:            regv1.WebhookClientConfig{URL: &address, CABundle: ca},
			Rules: []regv1.RuleWithOperations{{
				Operations: []regv1.OperationType{regv1.Create},
				Rule:       regv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
		}},
	}
}
