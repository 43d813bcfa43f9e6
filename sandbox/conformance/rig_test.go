package conformance

import (
	"context"
	"fmt"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/structpb"

	"paddock/sandbox/aws"
	"paddock/sandbox/machine"
	"paddock/sandbox/wire"
)

type props = map[string]any

const region = "us-west-2"

// rig is a cloud that a Pulumi session fills and that AWS's clients ask.
type rig struct {
	t      testing.TB
	cloud  *aws.Cloud
	pulumi pulumirpc.ResourceProviderClient
	config sdk.Config
	named  int
}

// called remembers every call of every test, for TestMain.
var called sync.Map

type recorder struct{ *aws.Cloud }

func (r recorder) Call(ctx context.Context, in aws.Call) (aws.Props, error) {
	called.Store(in.Service+":"+in.Action, true)
	return r.Cloud.Call(ctx, in)
}

func newRig(t testing.TB, dir string) (*rig, func()) {
	t.Helper()
	cloud, err := aws.Open(filepath.Join(dir, "aws.db"), still{}, aws.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(wire.Handler(recorder{cloud}, cloud, wire.Options{}))
	l := bufconn.Listen(1 << 20)
	session := grpc.NewServer()
	pulumirpc.RegisterResourceProviderServer(session, cloud.NewProvider(cloud.Self()))
	go func() { _ = session.Serve(l) }()
	conn, err := grpc.NewClient("passthrough:///rig", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return l.Dial() }))
	if err != nil {
		t.Fatal(err)
	}
	key := cloud.AccessKey()
	r := &rig{t: t, cloud: cloud, pulumi: pulumirpc.NewResourceProviderClient(conn), config: sdk.Config{
		Region: region, BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, ""),
	}}
	if _, err := r.pulumi.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: r.wire(props{"region": region})}); err != nil {
		t.Fatal(err)
	}
	return r, func() {
		_ = conn.Close()
		session.Stop()
		server.Close()
		_ = cloud.Close()
	}
}

func (r *rig) wire(p props) *structpb.Struct {
	r.t.Helper()
	s, err := structpb.NewStruct(p)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// thing is a resource that was made.
type thing struct {
	id  string
	out props
}

func (t thing) arn() string { return fmt.Sprint(t.out["arn"]) }

// create makes a resource as Pulumi's engine does: check, then create.
func (r *rig) create(token string, in props) thing {
	r.t.Helper()
	r.named++
	urn := fmt.Sprintf("urn:pulumi:dev::paddock::%s::r%d", token, r.named)
	checked, err := r.pulumi.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urn, News: r.wire(in), RandomSeed: fmt.Appendf(nil, "%d", r.named)})
	if err != nil || len(checked.GetFailures()) > 0 {
		r.t.Fatalf("%s: check: %v %v", token, err, checked.GetFailures())
	}
	made, err := r.pulumi.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn, Properties: checked.GetInputs()})
	if err != nil {
		r.t.Fatalf("%s: create: %v", token, err)
	}
	return thing{id: made.GetId(), out: made.GetProperties().AsMap()}
}

// still is a machine on which everything works and nothing happens.
type still struct{}

func (still) EnsureCluster(context.Context, machine.Cluster) (machine.Endpoint, error) {
	return machine.Endpoint{URL: "https://127.0.0.1:6443", Port: 6443, CA: []byte("authority")}, nil
}
func (still) DeleteCluster(context.Context, string) error              { return nil }
func (still) EnsureNode(context.Context, string, machine.Node) error   { return nil }
func (still) DeleteNode(context.Context, string, string) error         { return nil }
func (still) EnsureAddon(context.Context, string, machine.Addon) error { return nil }
func (still) DeleteAddon(context.Context, string, string) error        { return nil }

// ReviewToken takes tokens of the form namespace/name.
func (still) ReviewToken(_ context.Context, _, token, _ string) (machine.ServiceAccount, error) {
	namespace, name, ok := strings.Cut(token, "/")
	if !ok {
		return machine.ServiceAccount{}, machine.ErrToken
	}
	return machine.ServiceAccount{Namespace: namespace, Name: name, Pod: name + "-1", PodUID: "1"}, nil
}
