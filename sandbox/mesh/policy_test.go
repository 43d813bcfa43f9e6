package mesh

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// A call goes from frontend's pod in namespace red to port 8080, named http, of backend's in blue.
func TestDenied(t *testing.T) {
	pod := func(namespace, app string) *corev1.Pod {
		return &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: app + "-1", Labels: map[string]string{"app": app}},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}}}}},
		}
	}
	const (
		ingress = " may not call blue/backend-1 on port 8080: no ingress rule lets it of NetworkPolicy blue/p0: on AWS the connection would time out"
		egress  = " may not call blue/backend-1 on port 8080: no egress rule lets it of NetworkPolicy red/p0: on AWS the connection would time out"
		caller  = "{namespaceSelector: {matchLabels: {team: red}}, podSelector: {matchLabels: {app: frontend}}}"
	)
	for name, row := range map[string]struct {
		policies []string // namespace: spec
		want     string   // behind the caller; empty = it may
	}{
		"no policies":             {nil, ""},
		"deny all in":             {[]string{"blue: {podSelector: {}, policyTypes: [Ingress]}"}, ingress},
		"in, by default":          {[]string{"blue: {podSelector: {}}"}, ingress},
		"deny all out":            {[]string{"red: {podSelector: {}, policyTypes: [Egress]}"}, egress},
		"out is not the callee's": {[]string{"blue: {podSelector: {}, policyTypes: [Egress]}"}, ""},
		"in is not the caller's":  {[]string{"red: {podSelector: {}, policyTypes: [Ingress]}"}, ""},
		"of other pods":           {[]string{"blue: {podSelector: {matchLabels: {app: other}}}"}, ""},
		"of another namespace":    {[]string{"green: {podSelector: {}, policyTypes: [Ingress, Egress]}"}, ""},
		"anybody":                 {[]string{"blue: {podSelector: {}, ingress: [{}]}"}, ""},
		"the caller":              {[]string{"blue: {podSelector: {}, ingress: [{from: [" + caller + "]}]}"}, ""},
		"own namespace only":      {[]string{"blue: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"}, ingress},
		"another namespace":       {[]string{"blue: {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: green}}}]}]}"}, ingress},
		"another app":             {[]string{"blue: {podSelector: {}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: cron}}}]}]}"}, ingress},
		"its port":                {[]string{"blue: {podSelector: {}, ingress: [{ports: [{port: 8080}]}]}"}, ""},
		"its port by name":        {[]string{"blue: {podSelector: {}, ingress: [{ports: [{port: http, protocol: TCP}]}]}"}, ""},
		"its port in a range":     {[]string{"blue: {podSelector: {}, ingress: [{ports: [{port: 8000, endPort: 8100}]}]}"}, ""},
		"the Service's port":      {[]string{"blue: {podSelector: {}, ingress: [{ports: [{port: 80}]}]}"}, ingress},
		"another protocol":        {[]string{"blue: {podSelector: {}, ingress: [{ports: [{port: 8080, protocol: UDP}]}]}"}, ingress},
		"another's port, too":     {[]string{"blue: {podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: 8080}]}, {from: [" + caller + "], ports: [{port: 1}]}]}"}, ingress},
		"addresses are not pods":  {[]string{"blue: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}"}, ingress},
		"one of two lets it":      {[]string{"blue: {podSelector: {}}", "blue: {podSelector: {}, ingress: [{from: [" + caller + "]}]}"}, ""},
		"out to it":               {[]string{"red: {podSelector: {}, egress: [{to: [{namespaceSelector: {matchLabels: {team: blue}}}], ports: [{port: http}]}]}"}, ""},
		"out to others":           {[]string{"red: {podSelector: {}, egress: [{to: [{podSelector: {}}]}]}"}, egress},
		"two that do not": {[]string{"blue: {podSelector: {}}", "blue: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"},
			strings.Replace(ingress, "blue/p0", "blue/p0, blue/p1", 1)},
		"out, and not in": {[]string{"blue: {podSelector: {}}", "red: {podSelector: {}, policyTypes: [Egress], egress: [{}]}"}, ingress},
	} {
		t.Run(name, func(t *testing.T) {
			r := rules{policies: map[string]map[string]*networkingv1.NetworkPolicy{}, namespaces: map[string]map[string]string{
				"red": {"team": "red"}, "blue": {"team": "blue"},
			}}
			for i, text := range row.policies {
				var specs map[string]networkingv1.NetworkPolicySpec
				if err := yaml.UnmarshalStrict([]byte(text), &specs); err != nil {
					t.Fatal(err)
				}
				for namespace, spec := range specs {
					p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "p" + string(rune('0'+i))}, Spec: spec}
					if r.policies[namespace] == nil {
						r.policies[namespace] = map[string]*networkingv1.NetworkPolicy{}
					}
					r.policies[namespace][p.Name] = p
				}
			}
			err := r.denied(pod("red", "frontend"), pod("blue", "backend"), 8080)
			if row.want == "" && err != nil || row.want != "" && (err == nil || err.Error() != "red/frontend-1"+row.want) {
				t.Errorf("%v; want %q", err, row.want)
			}
		})
	}
}
