package daemon

import (
	"encoding/json"
	"net/http"
	"strings"

	"paddock/sandbox/aws"
	"paddock/sandbox/images"
	"paddock/sandbox/link"
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

	Edge       Edge           `json:"edge"`       // the front door
	Conditions aws.Conditions `json:"conditions"` // latency and faults in force
}

// Cluster is one control plane in Status.
type Cluster struct {
	Nodes []plane.NodeInfo `json:"nodes"`
	Fault string           `json:"fault"` // why the nodes could not be listed; empty = they were
	Mesh  string           `json:"mesh"`  // address of the HTTP proxy that leads to Services; empty = the control plane is not up
}

// Keys are what a caller of this sandbox needs to be known: the account's access key, and where the secrets of local
// stacks are encrypted.
type Keys struct {
	link.Credentials
	AWSURL                   string // where SDKs find AWS
	SecretsURL, SecretsToken string
}

// DesiredRequest changes an Auto Scaling group behind Pulumi's back, as the autoscaler does.
type DesiredRequest struct {
	Group   string
	Desired int
}

// AssumeRequest asks for a session of a role of the account.
type AssumeRequest struct{ Role, Session string }

// IssuerRequest makes the keys of an identity provider known: a JSON Web Key Set.
type IssuerRequest struct {
	URL  string
	Keys json.RawMessage
}

// Created answers which id the create of a URN got; ID is empty when there was none.
type Created struct{ ID string }

// control serves the unix socket.
func (d *daemon) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /provider", d.provider)
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) { answer(w, d.status(r)) })
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, Keys{held(d.cloud.AccessKey()), d.awsURL, d.url, d.tokens.secretsToken()})
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
	d.controlAWS(mux)
	d.controlEdge(mux)
	d.controlImages(mux)
	mux.HandleFunc("POST /resume", func(w http.ResponseWriter, _ *http.Request) { reply(w, struct{}{}, d.resume()) })
	mux.HandleFunc("POST /stop", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, struct{}{})
		w.(http.Flusher).Flush() // before the socket closes
		d.stop()
	})
	return mux
}

// controlAWS serves what an account's owner, or fate, does.
func (d *daemon) controlAWS(mux *http.ServeMux) {
	mux.HandleFunc("POST /role", handle(func(_ *http.Request, in aws.RoleSpec) error { return d.cloud.AddRole(in) }))
	mux.HandleFunc("POST /issuer", handle(func(_ *http.Request, in IssuerRequest) error { return d.cloud.AddIssuer(in.URL, in.Keys) }))
	mux.HandleFunc("POST /drift", handle(func(_ *http.Request, in aws.Drift) error { return d.cloud.Drift(in) }))
	mux.HandleFunc("POST /forget", func(w http.ResponseWriter, r *http.Request) {
		gone, err := d.cloud.Forget(r.FormValue("urn"))
		reply(w, gone, err)
	})
	mux.HandleFunc("GET /conditions", func(w http.ResponseWriter, _ *http.Request) { answer(w, d.cloud.Conditions()) })
	mux.HandleFunc("PUT /conditions", handle(func(_ *http.Request, in aws.Conditions) error { return d.cloud.SetConditions(in) }))
	mux.HandleFunc("GET /calls", func(w http.ResponseWriter, r *http.Request) {
		principal := r.FormValue("principal")
		calls, err := d.cloud.Calls(func(e aws.Entry) bool {
			return (r.FormValue("denied") == "" || e.Denied()) && (principal == "" || strings.Contains(e.Principal, principal))
		})
		reply(w, calls, err)
	})
	mux.HandleFunc("POST /assume", func(w http.ResponseWriter, r *http.Request) {
		var in AssumeRequest
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c, err := d.cloud.Assume(r.Context(), d.cloud.Self(), in.Role, in.Session)
		reply(w, held(c), err)
	})
}

// controlImages serves what stands for a registry that images are pushed to.
func (d *daemon) controlImages(mux *http.ServeMux) {
	mux.HandleFunc("GET /images", func(w http.ResponseWriter, _ *http.Request) { answer(w, d.images.List()) })
	mux.HandleFunc("POST /images", handle(func(_ *http.Request, in images.Image) error { return d.images.Add(d.cloud.Account(), in) }))
	mux.HandleFunc("DELETE /images", func(w http.ResponseWriter, r *http.Request) {
		reply(w, struct{}{}, d.images.Remove(r.FormValue("ref")))
	})
}

// held are credentials as the sandbox's other programs know them.
func held(c aws.Credentials) link.Credentials {
	return link.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
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
		Clusters:  map[string]*Cluster{}, Resources: d.cloud.Counts(), Conditions: d.cloud.Conditions(), Edge: d.front.status(),
	}
	s.Fault, _ = d.fault.Load().(string)
	for _, name := range d.cloud.Clusters() {
		c := &Cluster{}
		var err error
		if c.Nodes, err = d.plane.Nodes(r.Context(), name); err != nil {
			c.Fault = err.Error()
		}
		if way, err := d.plane.Mesh(name); err == nil {
			c.Mesh = way.Address()
		}
		s.Clusters[name] = c
	}
	return s
}
