package plane

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"paddock/sandbox/pods"
)

const kwokSays = `# HELP container_cpu_usage_seconds_total [ALPHA] Cumulative cpu time consumed by the container in core-seconds
# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="app",namespace="red",pod="web-1"} 7
container_cpu_usage_seconds_total{container="app",namespace="red",pod="web-2"} 8
container_memory_working_set_bytes{container="app",namespace="red",pod="web-1"} 2e+07
node_cpu_usage_seconds_total 100
node_memory_working_set_bytes 1000
pod_cpu_usage_seconds_total{namespace="red",pod="web-1"} 7
scrape_error 0
`

// What is measured takes the place of what KWOK makes up; all else stays as it is.
func TestWithUsage(t *testing.T) {
	usage := []pods.Usage{{Namespace: "red", Pod: "web-1", Container: "app", Started: time.UnixMilli(1500), CPU: 2500 * time.Millisecond, Memory: 300}}
	got := string(withUsage([]byte(kwokSays), usage, 500*time.Millisecond))
	want := `# HELP container_cpu_usage_seconds_total [ALPHA] Cumulative cpu time consumed by the container in core-seconds
# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="app",namespace="red",pod="web-2"} 8
node_cpu_usage_seconds_total 103
node_memory_working_set_bytes 1300
scrape_error 0
container_start_time_seconds{container="app",namespace="red",pod="web-1"} 1.500
container_cpu_usage_seconds_total{container="app",namespace="red",pod="web-1"} 2.5
container_memory_working_set_bytes{container="app",namespace="red",pod="web-1"} 300
pod_cpu_usage_seconds_total{namespace="red",pod="web-1"} 2.5
pod_memory_working_set_bytes{namespace="red",pod="web-1"} 300
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// metrics-server gets KWOK's answer whole, with its length set right; a refusal is handed on.
func TestMeasured(t *testing.T) {
	kwok := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/metrics/nodes/node-1/metrics/resource" {
			http.Error(w, "no such node", http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(kwokSays))
	}))
	defer kwok.Close()
	to, err := url.Parse(kwok.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	mux := http.NewServeMux()
	mux.Handle(usagePath, measured(proxy, pods.New(pods.Config{})))
	for node, code := range map[string]int{"node-1": 200, "node-2": 404} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics/nodes/"+node+"/metrics/resource", nil))
		if w.Code != code || code == 200 && (w.Body.String() != kwokSays || strings.TrimSpace(w.Header().Get("Content-Length")) == "") {
			t.Errorf("%s: %d %s %v", node, w.Code, w.Body, w.Header())
		}
	}
}
