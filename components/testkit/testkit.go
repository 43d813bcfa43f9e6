// Package testkit runs a Pulumi program against a recorder instead of an engine, so that
// tests assert on plain values after the program has returned. Only tests import it.
package testkit

import (
	"errors"
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Project, Stack, Region and Account are what a recorded program sees unless told otherwise.
const (
	Project = "paddock"
	Stack   = "test"
	Region  = "us-west-2"
	Account = "123456789012"
)

// CallFunc answers an invoke.
type CallFunc func(pulumi.MockCallArgs) (resource.PropertyMap, error)

// Option changes how a program is run.
type Option func(*settings)

type settings struct {
	stack   string
	config  map[string]string
	call    CallFunc
	preview bool
	warn    func(string)
	stacks  map[string]resource.PropertyMap
	info    func(string)
}

// WithCall answers the program's invokes; unset, every invoke is an error that names it.
func WithCall(f CallFunc) Option { return func(s *settings) { s.call = f } }

// WithConfig sets stack configuration, keys in full ("paddock:region"); later calls add to earlier ones.
func WithConfig(config map[string]string) Option {
	return func(s *settings) { maps.Copy(s.config, config) }
}

// WithStack sets the stack's name; unset, it is Stack.
func WithStack(name string) Option { return func(s *settings) { s.stack = name } }

// WithWarnings hands every warning of the program to f.
func WithWarnings(f func(message string)) Option { return func(s *settings) { s.warn = f } }

// WithExports makes a stack that the program may refer to, with its exports; unset, there is no other stack.
func WithExports(stack string, exports resource.PropertyMap) Option {
	return func(s *settings) { s.stacks[stack] = exports }
}

// WithInfos hands everything that the program tells to f.
func WithInfos(f func(message string)) Option { return func(s *settings) { s.info = f } }

// WithPreview runs the program as a first preview does: ids and every output that is not an
// input are unknown, and unknown inputs are absent from the record.
func WithPreview() Option { return func(s *settings) { s.preview = true } }

// Run runs f and returns what it registered. The test fails at once if f fails or if two
// resources share a type and a name.
func Run(t testing.TB, f pulumi.RunFunc, opts ...Option) Record {
	t.Helper()
	record, err := RunErr(t, f, opts...)
	if err != nil {
		t.Fatalf("program: %v", err)
	}
	return record
}

// RunErr is Run for programs that should fail: it returns the program's error, joined with
// one error per duplicate, and what was registered up to then.
func RunErr(t testing.TB, f pulumi.RunFunc, opts ...Option) (Record, error) {
	t.Helper()
	s := settings{stack: Stack, config: map[string]string{}, call: unknownCall, stacks: map[string]resource.PropertyMap{}}
	for _, opt := range opts {
		opt(&s)
	}
	m := &recorder{settings: s, record: Record{}, stubs: map[string]bool{}}
	run := func(info *pulumi.RunInfo) {
		// All of RunInfo is set here: a variable left over from a real run must not leak in.
		*info = pulumi.RunInfo{Project: Project, Stack: s.stack, Config: s.config, DryRun: s.preview, Mocks: m}
	}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		m.ctx = ctx
		ctx.Log = overheard{ctx.Log, s}
		return f(ctx)
	}, run)
	return m.record, errors.Join(append([]error{err}, m.duplicates...)...)
}

// overheard is the log with somebody who listens; the SDK's own mock engine forgets it.
type overheard struct {
	pulumi.Log
	settings
}

func (o overheard) Warn(message string, args *pulumi.LogArgs) error {
	if o.warn != nil {
		o.warn(message)
	}
	return o.Log.Warn(message, args)
}

func (o overheard) Info(message string, args *pulumi.LogArgs) error {
	if o.info != nil {
		o.info(message)
	}
	return o.Log.Info(message, args)
}
