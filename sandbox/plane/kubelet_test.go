package plane

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/sandbox/pods"
)

// What the kubelet does not run is KWOK's, and what it cannot do is refused by name.
func TestServeLog(t *testing.T) {
	kwok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	run := pods.New(pods.Config{})
	for query, want := range map[string]int{
		"": http.StatusTeapot, "?tailLines=3&follow=true": http.StatusTeapot, "?timestamps=false": http.StatusTeapot,
		"?timestamps=true": http.StatusBadRequest, "?sinceSeconds=3": http.StatusBadRequest, "?tailLines=x": http.StatusBadRequest, "?limitBytes=-1": http.StatusBadRequest,
	} {
		w := httptest.NewRecorder()
		mux := http.NewServeMux()
		mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", func(w http.ResponseWriter, r *http.Request) { serveLog(w, r, run, kwok) })
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/containerLogs/a/b/c"+query, nil))
		if w.Code != want {
			t.Errorf("%q: %d %s, want %d", query, w.Code, w.Body, want)
		}
	}
}

// KWOK writes a kubelet's port into its nodes, over ours: it must be the same, or nobody asks the kubelet for a log.
func TestNodesNameTheKubelet(t *testing.T) {
	args := newCluster("dev", t.TempDir(), Config{}).kwok(state{Ports: listeners{KWOK: 1, Kubelet: 2}}).Args
	if !slices.Contains(args, "--node-port=2") || !slices.Contains(args, "--server-address=127.0.0.1:1") {
		t.Errorf("arguments %v, want the kubelet's port in the nodes and KWOK's own behind it", args)
	}
}

// A review is answered with the delay of the moment and what is known of the account in this cluster.
func TestAdmitAsks(t *testing.T) {
	c := newCluster("dev", t.TempDir(), Config{
		PullDelay:  func() time.Duration { return 5 * time.Second },
		Associated: func(cluster, namespace, account string) bool { return cluster+namespace+account == "devredsa" },
	})
	review := `{"request":{"uid":"u","namespace":"red","object":{"spec":{"serviceAccountName":"sa","containers":[{"name":"c"}]}}}}`
	w := httptest.NewRecorder()
	c.admit(w, httptest.NewRequest(http.MethodPost, admitPath, strings.NewReader(review)))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"uid":"u"`) || !strings.Contains(w.Body.String(), `"patchType":"JSONPatch"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = httptest.NewRecorder()
	c.admit(w, httptest.NewRequest(http.MethodPost, admitPath, strings.NewReader("junk")))
	if w.Code != http.StatusBadRequest {
		t.Errorf("junk: %d", w.Code)
	}
}
