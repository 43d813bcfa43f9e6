// Package wire lets AWS SDKs, the AWS CLI and the Cluster Autoscaler talk to the stand-in: it checks signatures, reads the
// protocols of the services and writes answers and errors as AWS does. What the calls do, package aws knows.
package wire

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"paddock/sandbox/aws"
	"paddock/sandbox/machine"
)

// Backend answers calls; *aws.Cloud is one.
type Backend interface {
	Call(ctx context.Context, in aws.Call) (aws.Props, error)
}

// Keys knows access keys. An unknown id is the *aws.Error InvalidClientTokenId, a session that is over ExpiredToken.
type Keys interface {
	// Secret answers the secret key that belongs to an access key id, and who calls with it. token is the session token that
	// came with it, empty for lasting keys; it must be the one that was handed out with the id.
	Secret(ctx context.Context, id, token string) (secret string, caller aws.Env, err error)
}

// Options settle how a handler behaves; the zero value works.
type Options struct {
	Log     *slog.Logger     // gets the causes of internal failures, which no client sees; nil = nothing is logged
	Now     func() time.Time // nil = time.Now
	MaxBody int64            // bytes; 0 = 1 MiB
}

type handler struct {
	backend Backend
	keys    Keys
	Options
}

// Handler serves the APIs of all services at one address: which one is meant, the signature says.
func Handler(b Backend, keys Keys, o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxBody == 0 {
		o.MaxBody = 1 << 20
	}
	return &handler{backend: b, keys: keys, Options: o}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := requestID()
	c, err := credentialOf(r)
	if err != nil {
		h.refuse(w, guess(r, nil), id, err)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.most(c)))
	if err != nil {
		h.refuse(w, guess(r, nil), id, tooLarge(err))
		return
	}
	s, caller, body, err := h.admit(r, c, body)
	if err != nil {
		h.refuse(w, s, id, err)
		return
	}
	action, params, err := s.decode(s, r, body)
	if err != nil {
		h.refuse(w, s, id, err)
		return
	}
	out, err := h.backend.Call(r.Context(), aws.Call{Env: caller, Service: s.name, Action: action, Params: params})
	if aws.IsLost(err) {
		panic(http.ErrAbortHandler) // the server's way to cut a connection
	}
	if err != nil {
		h.refuse(w, s, id, err)
		return
	}
	if s.protocol.send != nil {
		if err := s.protocol.send(w, r, action, id, out); err != nil {
			h.refuse(w, s, id, fmt.Errorf("%s: encode: %w", action, err))
		}
		return
	}
	answer, err := s.result(s, action, id, out)
	if err != nil {
		h.refuse(w, s, id, fmt.Errorf("%s: encode: %w", action, err))
		return
	}
	s.send(w, id, http.StatusOK, answer)
}

// most is how large the body of a request may be, bytes.
func (h *handler) most(c *credential) int64 {
	if c == nil || services[c.service] == nil {
		return h.MaxBody
	}
	return max(h.MaxBody, services[c.service].maxBody)
}

// admit says which service is called and by whom, and what the body holds.
func (h *handler) admit(r *http.Request, c *credential, body []byte) (*service, aws.Env, []byte, error) {
	likely := guess(r, body)
	if c == nil {
		if open(r, body) {
			return services["sts"], aws.Env{Region: anonymousRegion}, body, nil
		}
		return likely, aws.Env{}, nil, refusal("MissingAuthenticationToken", "Request is missing Authentication Token")
	}
	if err := c.rightScope(r); err != nil {
		return likely, aws.Env{}, nil, err
	}
	s := services[c.service]
	if s == nil {
		return likely, aws.Env{}, nil, refusal("InvalidAction", "The service %s is not modelled by the stand-in; see sandbox/README.md", c.service)
	}
	sum := sha256.Sum256(body)
	payload := hex.EncodeToString(sum[:])
	if s.name == "s3" {
		var err error
		if payload, err = s3Payload(r, body, c.presigned); err != nil {
			return s, aws.Env{}, nil, err
		}
	}
	caller, secret, err := c.verify(r, payload, h.keys, h.Now())
	if err == nil && s.name == "s3" {
		body, err = c.s3Body(r, body, secret)
	}
	return s, caller, body, err
}

// refuse answers an error in the service's words. What is no error of AWS's is ours, and only the log gets to know it.
func (h *handler) refuse(w http.ResponseWriter, s *service, id string, err error) {
	var known *aws.Error
	switch {
	case errors.As(err, &known):
	case errors.Is(err, machine.ErrStopping):
		known = refusal("ServiceUnavailable", "The local cloud is stopping.")
	default:
		h.Log.Error("internal failure", "request", id, "service", s.name, "error", err)
		known = refusal("InternalFailure", "An internal error has occurred. The sandbox's log has it under request %s.", id)
	}
	f := s.fault(known)
	if s.errorHeader {
		w.Header().Set("X-Amzn-Errortype", f.code)
	}
	s.send(w, id, f.status, s.failure(s, id, f))
}

func (s *service) send(w http.ResponseWriter, id string, status int, body []byte) {
	w.Header().Set("Content-Type", s.contentType)
	w.Header().Set("X-Amzn-Requestid", id)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller has gone; there is nobody left to tell
}

func tooLarge(err error) error {
	var limit *http.MaxBytesError
	if errors.As(err, &limit) {
		return refusal("RequestEntityTooLarge", "The request body is larger than %d bytes", limit.Limit)
	}
	return refusal("InvalidRequest", "The request body cannot be read")
}

func requestID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
