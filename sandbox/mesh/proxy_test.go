package mesh

import "testing"

// Names are read as a pod's resolver does, which looks in its own namespace first, then in all.
func TestWhere(t *testing.T) {
	for host, want := range map[string]struct {
		name, namespace string
		inside          bool
	}{
		"web": {"web", "red", true}, "web.": {"web", "red", true}, "Web.Blue": {"web", "blue", true}, "web.svc": {"web", "svc", true},
		"web.blue.svc": {"web", "blue", true}, "web.blue.svc.cluster.local": {"web", "blue", true}, "web.blue.svc.cluster.local.": {"web", "blue", true},
		"web.blue.cluster.local": {"", "", false}, "www.example.com": {"", "", false}, "a.web.blue.svc": {"", "", false}, "10.0.0.1": {"", "", false}, "::1": {"", "", false},
	} {
		name, namespace, inside := where(host, "red")
		if name != want.name || namespace != want.namespace || inside != want.inside {
			t.Errorf("%s: %q in %q, %v; want %+v", host, name, namespace, inside, want)
		}
	}
}
