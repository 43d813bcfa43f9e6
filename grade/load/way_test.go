package load_test

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"paddock/grade/load"
)

// A front door is asked for a name that no DNS knows, and believed by its own authority only.
func TestWayThroughADoor(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "shop.example.com" || r.TLS.ServerName != "shop.example.com" {
			http.Error(w, "no rule for "+r.Host, http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate()) // for example.com and its subdomains
	tried(t, s.URL, map[string]load.Way{
		"":             {Host: "shop.example.com", Roots: roots},
		"404":          {Roots: roots},
		"certificate":  {Host: "shop.example.com"},
		"shop.else.io": {Host: "shop.else.io", Roots: roots},
	})
}

// A proxy knows names that this machine does not, and whom it lets in.
func TestWayThroughAProxy(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Proxy-Authorization") == "":
			http.Error(w, "who calls?", http.StatusProxyAuthRequired)
		case r.URL.String() != "http://web.shop/work?ms=1":
			http.Error(w, r.URL.String(), http.StatusBadGateway)
		}
	}))
	t.Cleanup(s.Close)
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	known := *at
	known.User = url.UserPassword("shop", "uid-1")
	tried(t, "http://web.shop/work?ms=1", map[string]load.Way{"": {Proxy: &known}, "407 Proxy Authentication Required: who calls?": {Proxy: at}})
}

// tried asks once and sends load by each way; its key is what the fault says, "" = none.
func tried(t *testing.T, where string, ways map[string]load.Way) {
	t.Helper()
	for fault, way := range ways {
		if err := way.Ask(context.Background(), where); (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%q: %v", fault, err)
		}
		got := attack(t, load.Attack{URL: where, Way: way, Curve: line{20, 20, 1}, Length: 0.5, Start: time.Now(), Objective: time.Second})
		if want := map[bool]int{true: 0, false: 10}[fault == ""]; got.Sent != 10 || got.Failed != want {
			t.Errorf("%q: %+v, want %d to fail", fault, got, want)
		}
	}
}
