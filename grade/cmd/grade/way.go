package main

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"paddock/grade/load"
	"paddock/grade/run"
)

// route is where requests go.
type route struct {
	url  string
	way  load.Way
	said string // for people
}

// way finds how requests get to a service: by --url, else by its Ingress, else, on the local cloud, by the proxy that pods have.
func (o *options) way(ctx context.Context, b *bench, of *run.Service) (route, error) {
	if o.real.url != "" {
		return route{url: o.real.url, said: "requests go to " + o.real.url}, nil
	}
	front, err := of.Front(ctx, b.rig.API, o.real.path)
	if err != nil {
		return route{}, err
	}
	if o.target == run.Sandbox {
		text, err := sandbox(ctx, "status", "--json")
		if err != nil {
			return route{}, err
		}
		return local(ctx, b.rig.API, of, front, o.real.path, text)
	}
	host := cmp.Or(front.Host, front.Address)
	if host == "" {
		return route{}, usage("--url: want it for %s: no Ingress leads there, so say where it is reached from this machine", of)
	}
	scheme := map[bool]string{true: "https", false: "http"}[front.TLS]
	return route{url: scheme + "://" + host + o.real.path, said: fmt.Sprintf("requests go to its Ingress %s, %s", front.Ingress, host)}, nil
}

// doors is what the local cloud's status tells of the ways in.
type doors struct {
	Edge struct {
		HTTPS          int
		CAFile, Suffix string
	}
	Clusters map[string]struct{ Mesh string }
}

func local(ctx context.Context, api run.API, of *run.Service, front run.Front, path string, status []byte) (route, error) {
	var d doors
	if err := json.Unmarshal(status, &d); err != nil {
		return route{}, fmt.Errorf("sandbox status: %w", err)
	}
	switch {
	case front.Service == "":
		return route{}, fmt.Errorf("service %s: no Service of Kubernetes leads to its pods; say --url", of)
	case front.Ingress == "":
		return d.mesh(ctx, api, of, front, path)
	}
	pem, err := os.ReadFile(d.Edge.CAFile)
	if err != nil {
		return route{}, fmt.Errorf("front door: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return route{}, fmt.Errorf("front door: %s: no certificate in it", d.Edge.CAFile)
	}
	// The door goes by the name that is asked for; what DNS makes of that is no matter.
	host := cmp.Or(front.Host, front.Address) + d.Edge.Suffix
	return route{
		url:  "https://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(d.Edge.HTTPS)) + path,
		way:  load.Way{Host: host, Roots: roots},
		said: fmt.Sprintf("requests go through the front door to its Ingress %s, %s", front.Ingress, host),
	}, nil
}

// mesh asks in the name of a pod that may: NetworkPolicies are held to there.
func (d doors) mesh(ctx context.Context, api run.API, of *run.Service, front run.Front, path string) (route, error) {
	var pods struct{ Items []corev1.Pod }
	if err := api.Get(ctx, "/api/v1/pods", &pods); err != nil {
		return route{}, fmt.Errorf("service %s: who may call it: %w", of, err)
	}
	to := fmt.Sprintf("http://%s.%s:%d%s", front.Service, of.Subject.Namespace, front.Port, path)
	var refused []error
	tried := map[string]bool{}
	for _, cluster := range slices.Sorted(maps.Keys(d.Clusters)) {
		for _, p := range callers(pods.Items, of) {
			as := p.Namespace + "/" + cmp.Or(p.Labels["app.kubernetes.io/name"], p.Name)
			if at := d.Clusters[cluster].Mesh; at != "" && !tried[cluster+as] {
				tried[cluster+as] = true
				way := load.Way{Proxy: &url.URL{Scheme: "http", Host: at, User: url.UserPassword(p.Namespace, string(p.UID))}}
				err := way.Ask(ctx, to)
				if err == nil {
					return route{to, way, fmt.Sprintf("it is not exposed: requests go to %s, as %s's", to, as)}, nil
				}
				refused = append(refused, fmt.Errorf("as %s: %w", as, err))
			}
		}
	}
	if refused == nil {
		refused = []error{errors.New("no pod runs as a process")}
	}
	return route{}, fmt.Errorf("service %s: it is not exposed, and no pod of the local cloud gets an answer of it: %w", of, errors.Join(refused...))
}

// asProcess marks the pods that the local cloud runs as processes.
const asProcess = "sandbox.paddock/process"

// callers are the pods in whose names to try, in turn: the older ones first, which an HPA rather leaves, and at the end those
// of the service itself.
func callers(pods []corev1.Pod, of *run.Service) []corev1.Pod {
	pods = slices.DeleteFunc(slices.Clone(pods), func(p corev1.Pod) bool {
		return p.Annotations[asProcess] == "" || p.Status.Phase != corev1.PodRunning || p.DeletionTimestamp != nil
	})
	slices.SortStableFunc(pods, func(a, b corev1.Pod) int {
		own := func(p corev1.Pod) int { return map[bool]int{true: 1}[of.Has(p)] }
		return cmp.Or(cmp.Compare(own(a), own(b)), a.CreationTimestamp.Compare(b.CreationTimestamp.Time))
	})
	return pods
}
