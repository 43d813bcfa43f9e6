package kube_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"

	"paddock/grade/kube"
)

// node plays the API server and the node behind it: what port 8080 of the pod shop/web-1 is sent, it sends back.
func node(t *testing.T) *kube.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/namespaces/shop/pods/web-1/portforward" {
			http.Error(w, "no such pod", http.StatusNotFound)
			return
		}
		if _, err := httpstream.Handshake(r, w, []string{"portforward.k8s.io"}); err != nil {
			return
		}
		conn := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(s httpstream.Stream, _ <-chan struct{}) error {
			if s.Headers().Get("streamType") == "data" && s.Headers().Get("port") == "8080" {
				go func() { _, _ = io.Copy(s, s) }()
			}
			return nil
		})
		if conn != nil {
			<-conn.CloseChan()
		}
	}))
	t.Cleanup(s.Close)
	client, err := kube.FromConfig(&rest.Config{Host: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestForward(t *testing.T) {
	t.Parallel()
	at, stop, err := node(t).Forward(context.Background(), "shop", "web-1", 8080)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		conn, err := net.DialTimeout("tcp", at, 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		back := make([]byte, 5)
		if _, err := io.WriteString(conn, "hello"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, back); err != nil || string(back) != "hello" {
			t.Errorf("%q, %v", back, err)
		}
	}
	stop()
	if conn, err := net.DialTimeout("tcp", at, time.Second); err == nil {
		conn.Close()
		t.Error("it is open after its end")
	}
}

func TestForwardToNobody(t *testing.T) {
	t.Parallel()
	_, _, err := node(t).Forward(context.Background(), "shop", "web-2", 8080)
	if err == nil || !strings.HasPrefix(err.Error(), "port-forward to shop/web-2: ") {
		t.Errorf("%v", err)
	}
}
