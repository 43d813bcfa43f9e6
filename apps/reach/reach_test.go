package reach_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"

	"paddock/apps/reach"
)

// node plays the API server and the node behind it: what a port answers, or why it does not.
func node(t *testing.T, answer map[string]string, fault string) *reach.Cluster {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/namespaces/shop/pods/shop-1/portforward" {
			http.Error(w, `pods "other" not found`, http.StatusNotFound)
			return
		}
		if _, err := httpstream.Handshake(r, w, []string{"portforward.k8s.io"}); err != nil {
			return
		}
		streams := make(chan httpstream.Stream, 2)
		conn := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(s httpstream.Stream, _ <-chan struct{}) error {
			streams <- s
			return nil
		})
		if conn == nil {
			return
		}
		defer conn.Close()
		faults, data := <-streams, <-streams
		if fault != "" {
			io.WriteString(faults, fault)
			faults.Close()
			data.Close()
			<-conn.CloseChan()
			return
		}
		serve(data, answer)
		faults.Close()
		data.Close()
		<-conn.CloseChan()
	}))
	t.Cleanup(server.Close)
	config := &rest.Config{Host: server.URL}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return &reach.Cluster{Client: client, Config: config}
}

// serve answers one request as a container does, by its path.
func serve(data io.ReadWriter, answer map[string]string) {
	var head strings.Builder
	buf := make([]byte, 1)
	for !strings.HasSuffix(head.String(), "\r\n\r\n") {
		if _, err := data.Read(buf); err != nil {
			return
		}
		head.Write(buf)
	}
	_, rest, _ := strings.Cut(head.String(), " ")
	path, _, _ := strings.Cut(rest, " ")
	io.WriteString(data, answer[path])
}

var pod = &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "shop-1"}}

func TestGet(t *testing.T) {
	c := node(t, map[string]string{
		"/smoke":       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"/healthz?v=1": "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\nno database",
		"/moved":       "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.test/\r\nContent-Length: 0\r\n\r\n",
	}, "")
	for path, want := range map[string]struct {
		status int
		body   string
	}{"/smoke": {200, "ok"}, "/healthz?v=1": {503, "no database"}, "/moved": {302, ""}} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		status, body, err := c.Get(ctx, pod, 8080, path)
		cancel()
		if err != nil || status != want.status || body != want.body {
			t.Errorf("%s: %d %q %v, want %d %q", path, status, body, err, want.status, want.body)
		}
	}
}

// Why there is no answer is in the node's own words, less its ids.
func TestFaults(t *testing.T) {
	const long = `error forwarding port 8080 to pod 5ac1, uid : failed to connect to localhost:8080 inside namespace "x": dial tcp4 127.0.0.1:8080: connect: connection refused`
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, _, err := node(t, nil, long).Get(ctx, pod, 8080, "/"); err == nil || err.Error() != "dial tcp4 127.0.0.1:8080: connect: connection refused" {
		t.Errorf("refused: %v", err)
	}
	gone := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "other"}}
	if _, _, err := node(t, nil, "").Get(ctx, gone, 8080, "/"); !errors.Is(err, reach.ErrNoWay) {
		t.Errorf("no such pod: %v", err)
	}
}

// A cluster that does not answer holds nobody up.
func TestHangs(t *testing.T) {
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer server.Close()
	defer close(hang)
	config := &rest.Config{Host: server.URL}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, _, err := (&reach.Cluster{Client: client, Config: config}).Get(ctx, pod, 8080, "/"); err == nil || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}
