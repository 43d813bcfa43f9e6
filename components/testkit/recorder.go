package testkit

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// recorder is the resource monitor: it keeps every registration and answers with plausible outputs.
type recorder struct {
	settings
	ctx *pulumi.Context

	mu         sync.Mutex
	record     Record
	duplicates []error
	stubs      map[string]bool // what a remote component makes of itself: answered, not recorded
}

// Call refuses an invoke unless the test answers it.
func (m *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) { return m.call(args) }

func unknownCall(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return nil, fmt.Errorf("testkit: invoke %s: not answered; use testkit.WithCall", args.Token)
}

// NewResource records one registration (or read) and returns its id and outputs.
func (m *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	m.keep(args)
	if !args.Custom && args.ReadRPC == nil && !args.RegisterRPC.GetRemote() {
		return "", args.Inputs, nil
	}
	if args.TypeToken == stackReference {
		return m.refer(args)
	}
	if m.preview {
		return "", args.Inputs, nil // the SDK makes the missing outputs unknown
	}
	outputs := maps.Clone(args.Inputs)
	if outputs == nil {
		outputs = resource.PropertyMap{}
	}
	if err := m.complete(args, outputs); err != nil {
		return "", nil, fmt.Errorf("testkit: %s %s: %w", args.TypeToken, args.Name, err)
	}
	return identify(args), outputs, nil
}

const stackReference = "pulumi:pulumi:StackReference"

// refer answers with another stack's exports, which are known at preview too.
func (m *recorder) refer(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	exports, ok := m.stacks[args.ID]
	if !ok {
		return "", nil, fmt.Errorf("testkit: stack %s: unknown; use testkit.WithExports", args.ID)
	}
	outputs := maps.Clone(args.Inputs)
	outputs["outputs"] = resource.NewProperty(exports)
	return args.ID, outputs, nil
}

func (m *recorder) keep(args pulumi.MockResourceArgs) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.describe(args)
	if m.stubs[r.Key()] {
		return
	}
	if _, ok := m.record[r.Key()]; ok {
		m.duplicates = append(m.duplicates, fmt.Errorf("testkit: %s: registered twice", r.Key()))
	}
	m.record[r.Key()] = r
}

func (m *recorder) describe(args pulumi.MockResourceArgs) Resource {
	r := Resource{Type: args.TypeToken, Name: args.Name, ID: identify(args), Inputs: args.Inputs, Provider: args.Provider, Custom: args.Custom}
	if rpc := args.RegisterRPC; rpc != nil {
		r.Parent, r.DependsOn, r.DeletedWith = rpc.GetParent(), rpc.GetDependencies(), rpc.GetDeletedWith()
		r.IgnoreChanges, r.Protect, r.Providers = rpc.GetIgnoreChanges(), rpc.GetProtect(), rpc.GetProviders()
		r.RetainOnDelete = rpc.GetRetainOnDelete()
		r.DeleteBeforeReplace, r.Remote = rpc.GetDeleteBeforeReplace(), rpc.GetRemote()
		t := rpc.GetCustomTimeouts()
		r.Timeouts = [3]string{t.GetCreate(), t.GetUpdate(), t.GetDelete()}
	}
	if rpc := args.ReadRPC; rpc != nil {
		r.Parent, r.DependsOn, r.Read = rpc.GetParent(), rpc.GetDependencies(), true
	}
	slices.Sort(r.DependsOn)
	r.URN = m.urn(r.Parent, r.Type, r.Name)
	return r
}

// urn names a resource as the SDK's own mock monitor does.
func (m *recorder) urn(parent, typ, name string) string {
	var parentType tokens.Type
	if p := resource.URN(parent); p != "" && p.QualifiedType() != resource.RootStackType {
		parentType = p.QualifiedType()
	}
	return string(resource.NewURN(tokens.QName(m.stack), Project, parentType, tokens.Type(typ), name))
}

// stub registers the custom resource that a remote component would make, so that the
// component's outputs can refer to it, and returns that reference.
func (m *recorder) stub(typ, name string, inputs resource.PropertyMap) (resource.PropertyValue, error) {
	m.mu.Lock()
	m.stubs[typ+" "+name] = true
	m.mu.Unlock()

	var res pulumi.CustomResourceState
	if err := m.ctx.RegisterResource(typ, name, toMap(inputs), &res); err != nil {
		return resource.PropertyValue{}, err
	}
	// The reference resolves only once the monitor holds the resource; the URN says when.
	done := make(chan string, 1)
	res.URN().ApplyT(func(urn pulumi.URN) string { done <- string(urn); return string(urn) })
	select {
	case urn := <-done:
		return resource.MakeCustomResourceReference(resource.URN(urn), resource.ID(name+"-id"), ""), nil
	case <-m.ctx.Context().Done():
		return resource.PropertyValue{}, m.ctx.Context().Err()
	}
}

func toMap(in resource.PropertyMap) pulumi.Map {
	out := pulumi.Map{}
	for k, v := range in {
		out[string(k)] = pulumi.Any(Plain(v))
	}
	return out
}
