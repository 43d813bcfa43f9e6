package aws_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/structpb"

	"paddock/sandbox/aws"
)

type props = map[string]any

// rig is a cloud and one Pulumi session with it, over gRPC as in life.
type rig struct {
	t       *testing.T
	path    string
	machine *fakeMachine
	cloud   *aws.Cloud
	client  pulumirpc.ResourceProviderClient
	named   int
	checks  int
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, path: filepath.Join(t.TempDir(), "aws.db"), machine: newMachine()}
	r.open(aws.Options{})
	t.Cleanup(func() { _ = r.cloud.Close() })
	return r
}

func (r *rig) open(opts aws.Options) {
	r.t.Helper()
	cloud, err := aws.Open(r.path, r.machine, opts)
	if err != nil {
		r.t.Fatal(err)
	}
	r.cloud = cloud
	r.client = r.session(props{"region": "us-west-2"})
}

// restart is what make down and make up do to the stand-in.
func (r *rig) restart() {
	r.t.Helper()
	if err := r.cloud.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.open(aws.Options{})
}

func (r *rig) session(config props) pulumirpc.ResourceProviderClient {
	r.t.Helper()
	return r.sessionOf(r.cloud.Self(), config)
}

// sessionOf is a session that acts as somebody.
func (r *rig) sessionOf(as aws.Env, config props) pulumirpc.ResourceProviderClient {
	r.t.Helper()
	l := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	pulumirpc.RegisterResourceProviderServer(server, r.cloud.NewProvider(as))
	go func() { _ = server.Serve(l) }()
	conn, err := grpc.NewClient("passthrough:///rig", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return l.Dial() }))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = conn.Close(); server.Stop() })
	client := pulumirpc.NewResourceProviderClient(conn)
	if _, err := client.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: wire(r.t, config)}); err != nil {
		r.t.Fatal(err)
	}
	return client
}

func wire(t *testing.T, p props) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// thing is a resource as the engine remembers it.
type thing struct {
	token, urn, id string
	in, out        props
}

func (r *rig) urn(token string) string {
	r.named++
	return fmt.Sprintf("urn:pulumi:dev::paddock::%s::r%d", token, r.named)
}

// check answers the inputs as the engine would keep them.
func (r *rig) check(token, urn string, old, in props) props {
	r.t.Helper()
	r.checks++ // the engine seeds every check of a new resource anew
	resp, err := r.client.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urn, Olds: wire(r.t, old), News: wire(r.t, in), RandomSeed: fmt.Appendf(nil, "%d", r.checks)})
	if err != nil {
		r.t.Fatal(err)
	}
	if len(resp.GetFailures()) > 0 {
		r.t.Fatalf("%s: check: %v", token, resp.GetFailures())
	}
	return resp.GetInputs().AsMap()
}

func (r *rig) tryCreate(token string, in props) (thing, error) {
	r.t.Helper()
	urn := r.urn(token)
	in = r.check(token, urn, nil, in)
	resp, err := r.client.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn, Properties: wire(r.t, in)})
	return thing{token: token, urn: urn, id: resp.GetId(), in: in, out: resp.GetProperties().AsMap()}, err
}

func (r *rig) create(token string, in props) thing {
	r.t.Helper()
	got, err := r.tryCreate(token, in)
	if err != nil {
		r.t.Fatalf("create %s: %v", token, err)
	}
	return got
}

func (r *rig) diff(old thing, in props, ignore ...string) *pulumirpc.DiffResponse {
	r.t.Helper()
	resp, err := r.client.Diff(context.Background(), &pulumirpc.DiffRequest{
		Id: old.id, Urn: old.urn, Olds: wire(r.t, old.out), OldInputs: wire(r.t, old.in),
		News: wire(r.t, r.check(old.token, old.urn, old.in, in)), IgnoreChanges: ignore,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return resp
}

func (r *rig) tryUpdate(old thing, in props, ignore ...string) (thing, error) {
	r.t.Helper()
	in = r.check(old.token, old.urn, old.in, in)
	resp, err := r.client.Update(context.Background(), &pulumirpc.UpdateRequest{
		Id: old.id, Urn: old.urn, Olds: wire(r.t, old.out), OldInputs: wire(r.t, old.in), News: wire(r.t, in), IgnoreChanges: ignore,
	})
	return thing{token: old.token, urn: old.urn, id: old.id, in: in, out: resp.GetProperties().AsMap()}, err
}

func (r *rig) update(old thing, in props, ignore ...string) thing {
	r.t.Helper()
	got, err := r.tryUpdate(old, in, ignore...)
	if err != nil {
		r.t.Fatalf("update %s: %v", old.token, err)
	}
	return got
}

func (r *rig) tryDelete(old thing) error {
	_, err := r.client.Delete(context.Background(), &pulumirpc.DeleteRequest{Id: old.id, Urn: old.urn, Properties: wire(r.t, old.out)})
	return err
}

func (r *rig) delete(old ...thing) {
	r.t.Helper()
	for _, o := range old {
		if err := r.tryDelete(o); err != nil {
			r.t.Fatalf("delete %s: %v", o.token, err)
		}
	}
}

// read refreshes; with no inputs it imports. An empty id says that the thing is gone.
func (r *rig) read(old thing) thing {
	r.t.Helper()
	resp, err := r.client.Read(context.Background(), &pulumirpc.ReadRequest{
		Id: old.id, Urn: old.urn, Properties: wire(r.t, old.out), Inputs: wire(r.t, old.in),
	})
	if err != nil {
		r.t.Fatalf("read %s: %v", old.token, err)
	}
	return thing{token: old.token, urn: old.urn, id: resp.GetId(), in: resp.GetInputs().AsMap(), out: resp.GetProperties().AsMap()}
}

// mustFail asserts AWS's code in the answer.
func mustFail(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), code) {
		t.Errorf("got error %v, want %s", err, code)
	}
}
