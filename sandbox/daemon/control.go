package daemon

import (
	"encoding/json"
	"net/http"

	"paddock/sandbox/aws"
	"paddock/sandbox/plane"
	"paddock/sandbox/process"
)

// Status is what `sandbox status --json` prints.
type Status struct {
	Ready     bool                `json:"ready"` // every recorded cluster is back
	Fault     string              `json:"fault"` // why it is not; empty = none, or not yet
	Build     string              `json:"build"` // of the program that runs as the daemon
	Account   string              `json:"account"`
	Caller    string              `json:"caller"`
	Processes []process.Info      `json:"processes"` // this daemon first
	Clusters  map[string]*Cluster `json:"clusters"`
	Resources map[string]int      `json:"resources"` // by type
}

// Cluster is one control plane in Status.
type Cluster struct {
	Nodes []plane.NodeInfo `json:"nodes"`
	Fault string           `json:"fault"` // why the nodes could not be listed; empty = they were
}

// Keys are what a caller of this sandbox needs to be known: the account's access key, and where the secrets of local
// stacks are encrypted.
type Keys struct {
	AccessKeyID, SecretAccessKey string
	SecretsURL, SecretsToken     string
}

// DesiredRequest changes an Auto Scaling group behind Pulumi's back, as the autoscaler does.
type DesiredRequest struct {
	Group   string
	Desired int
}

// RoleRequest makes an IAM role outside any stack, as an account's owner would.
type RoleRequest struct{ Name string }

// Created answers which id the create of a URN got; ID is empty when there was none.
type Created struct{ ID string }

// control serves the unix socket.
func (d *daemon) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /provider", d.provider)
	mux.HandleFunc("POST /token", d.token)
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) { answer(w, d.status(r)) })
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		id, secret := d.tokens.accessKey()
		answer(w, Keys{id, secret, d.url, d.tokens.secretsToken()})
	})
	mux.HandleFunc("GET /dump", func(w http.ResponseWriter, _ *http.Request) {
		state, err := d.cloud.Dump()
		reply(w, state, err)
	})
	mux.HandleFunc("GET /leftovers", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, append([]aws.Leftover{}, d.cloud.Leftovers()...))
	})
	mux.HandleFunc("GET /created", func(w http.ResponseWriter, r *http.Request) {
		urn := r.FormValue("urn") // first: it parses the form
		id, _ := d.cloud.CreatedByURN(urn, r.Form["known"])
		answer(w, Created{id})
	})
	mux.HandleFunc("POST /desired", handle(func(r *http.Request, in DesiredRequest) error {
		return d.cloud.SetDesired(r.Context(), in.Group, in.Desired)
	}))
	mux.HandleFunc("POST /role", handle(func(_ *http.Request, in RoleRequest) error { return d.cloud.AddRole(in.Name) }))
	mux.HandleFunc("POST /resume", func(w http.ResponseWriter, _ *http.Request) { reply(w, struct{}{}, d.resume()) })
	mux.HandleFunc("POST /stop", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, struct{}{})
		d.stop()
	})
	return mux
}

// handle decodes one request of type T and answers an empty object, or the error.
func handle[T any](f func(*http.Request, T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in T
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		reply(w, struct{}{}, f(r, in))
	}
}

func reply(w http.ResponseWriter, v any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	answer(w, v)
}

func (d *daemon) status(r *http.Request) Status {
	s := Status{
		Ready: d.ready.Load(), Build: d.build, Account: d.cloud.Account(), Caller: d.cloud.CallerARN(),
		Processes: append([]process.Info{process.Self("sandbox")}, d.plane.Processes()...),
		Clusters:  map[string]*Cluster{}, Resources: d.cloud.Counts(),
	}
	s.Fault, _ = d.fault.Load().(string)
	for _, name := range d.cloud.Clusters() {
		c := &Cluster{}
		var err error
		if c.Nodes, err = d.plane.Nodes(r.Context(), name); err != nil {
			c.Fault = err.Error()
		}
		s.Clusters[name] = c
	}
	return s
}
