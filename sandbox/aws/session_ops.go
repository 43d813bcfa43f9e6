package aws

import (
	"context"
	"slices"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Create makes the resource, or tells at preview what of it is known.
func (s *session) Create(_ context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	token := tokenOf(req.GetUrn(), req.GetType())
	in := plain(req.GetProperties())
	env, _, _ := s.at()
	if req.GetPreview() {
		k, err := kindOf(token)
		if err != nil {
			return nil, answer("create", token, err)
		}
		props, err := packed(k.preview(nil, nil, in))
		return &pulumirpc.CreateResponse{Properties: props}, err
	}
	r, err := s.cloud.create(Request{Env: env, Token: token, URN: req.GetUrn(), In: in})
	if err != nil {
		return nil, answer("create", token, err)
	}
	props, err := packed(r.State)
	return &pulumirpc.CreateResponse{Id: r.ID, Properties: props}, err
}

// Update changes the resource in place.
func (s *session) Update(_ context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	token := tokenOf(req.GetUrn(), req.GetType())
	k, err := kindOf(token)
	if err != nil {
		return nil, answer("update", token, err)
	}
	in, was := plain(req.GetNews()), plain(req.GetOldInputs())
	env, _, _ := s.at()
	if req.GetPreview() {
		if was == nil {
			was = in
		}
		props, err := packed(k.preview(trim(plain(req.GetOlds())), trim(was), in))
		return &pulumirpc.UpdateResponse{Properties: props}, err
	}
	r, err := s.cloud.update(Request{
		Env: env, Token: token, ID: req.GetId(), URN: req.GetUrn(), In: in, OldIn: was,
	})
	if err != nil {
		return nil, answer("update", token, err)
	}
	props, err := packed(r.State)
	return &pulumirpc.UpdateResponse{Properties: props}, err
}

// Delete removes the resource.
func (s *session) Delete(_ context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	token := tokenOf(req.GetUrn(), req.GetType())
	env, _, _ := s.at()
	if err := s.cloud.remove(Request{Env: env, Token: token, ID: req.GetId()}); err != nil {
		return nil, answer("delete", token, err)
	}
	return &emptypb.Empty{}, nil
}

// Read serves refresh and import. An empty answer says that the resource is gone.
func (s *session) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	token := tokenOf(req.GetUrn(), req.GetType())
	k, err := kindOf(token)
	if err != nil {
		return nil, answer("read", token, err)
	}
	env, _, _ := s.at()
	r, err := s.cloud.read(ctx, Request{Env: env, Token: token, ID: req.GetId()})
	if err != nil {
		return nil, answer("read", token, err)
	}
	if r == nil {
		return &pulumirpc.ReadResponse{}, nil
	}
	known := plain(req.GetInputs())
	in := k.inputsOf(r, known)
	state, err := packed(r.State)
	if err != nil {
		return nil, answer("read", token, err)
	}
	inputs, err := packed(in)
	return &pulumirpc.ReadResponse{Id: r.ID, Properties: state, Inputs: inputs}, answer("read", token, err)
}

// inputsOf tells the inputs that would make r as it is: those that the caller knows of, brought up to date, or at import
// those that r was made with.
func (k *Kind) inputsOf(r *Record, known Props) Props {
	shape := known
	if len(known) == 0 {
		shape = r.Inputs
	}
	if len(shape) == 0 { // AWS made it by itself
		shape = Props{}
		for name, v := range r.State {
			if name == k.Name || !k.computes(name) {
				shape[name] = v
			}
		}
	}
	out := project(shape, r.State)
	if m, ok := known[marks]; ok {
		out[marks] = m
	}
	if k.Asked != nil {
		k.Asked(out, shape)
	}
	return out
}

// project takes from state what shape asks for.
func project(shape, state Props) Props {
	out := Props{}
	for name, v := range shape {
		now, there := state[name]
		switch {
		case !there:
			if name != marks && v != nil {
				continue // gone on AWS: the next update puts it back
			}
		default:
			sub, ok := v.(Props)
			is, ok2 := now.(Props)
			if ok && ok2 && !slices.Contains(openMaps, name) {
				now = project(sub, is)
			}
			out[name] = now
		}
	}
	return out
}

// openMaps are inputs whose keys are the operator's, so that a key added on AWS is drift.
var openMaps = []string{"tags", "labels"}
