package load

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Way is how requests get to a URL that this machine's DNS does not lead to.
type Way struct {
	Host  string         // that is asked for, whatever the URL's; "" = the URL's
	Roots *x509.CertPool // who may vouch for it; nil = whom the system trusts
	Proxy *url.URL       // that knows the way; nil = what the environment says, and never for this machine's own addresses
}

func (w Way) tls() *tls.Config {
	return &tls.Config{RootCAs: w.Roots, ServerName: w.Host, MinVersion: tls.VersionTLS12}
}

// options are vegeta's.
func (w Way) options() []func(*vegeta.Attacker) {
	out := []func(*vegeta.Attacker){vegeta.TLSConfig(w.tls())}
	if w.Proxy != nil {
		out = append(out, vegeta.Proxy(http.ProxyURL(w.Proxy)))
	}
	return out
}

// target is what is asked for each time.
func (a Attack) target() vegeta.Target {
	t := vegeta.Target{Method: http.MethodGet, URL: a.URL}
	if a.Way.Host != "" {
		t.Header = http.Header{"Host": {a.Way.Host}}
	}
	return t
}

// askMost bounds one question.
const askMost = 10 * time.Second

// Ask sends one request, and fails unless the answer is one that load would count as such.
func (w Way) Ask(ctx context.Context, where string) error {
	ctx, cancel := context.WithTimeout(ctx, askMost)
	defer cancel()
	transport := &http.Transport{TLSClientConfig: w.tls(), Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
	if w.Proxy != nil {
		transport.Proxy = http.ProxyURL(w.Proxy)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return err
	}
	r.Host = w.Host
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got, err := client.Do(r)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	if got.StatusCode < 200 || got.StatusCode >= 400 {
		said, _ := io.ReadAll(io.LimitReader(got.Body, 300))
		return fmt.Errorf("GET %s: %s: %s", where, got.Status, strings.TrimSpace(string(said)))
	}
	return nil
}
