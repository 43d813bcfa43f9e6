package aws_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"paddock/sandbox/aws"
)

// benchCloud is a cloud on a disk, with so many log groups in it already, and a session with it over gRPC.
func benchCloud(b *testing.B, full int) (*aws.Cloud, pulumirpc.ResourceProviderClient) {
	b.Helper()
	cloud, err := aws.Open(filepath.Join(b.TempDir(), "aws.db"), newMachine(), aws.Options{})
	if err != nil {
		b.Fatal(err)
	}
	l := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	pulumirpc.RegisterResourceProviderServer(server, cloud.NewProvider(cloud.Self()))
	go func() { _ = server.Serve(l) }()
	conn, err := grpc.NewClient("passthrough:///bench", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return l.Dial() }))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close(); server.Stop(); _ = cloud.Close() })
	client := pulumirpc.NewResourceProviderClient(conn)
	for i := range full {
		if _, err := client.Create(b.Context(), benchGroup(fmt.Sprintf("full%d", i))); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	return cloud, client
}

func benchGroup(name string) *pulumirpc.CreateRequest {
	return &pulumirpc.CreateRequest{
		Urn: "urn:pulumi:dev::paddock::" + tokLogs + "::" + name, Properties: onWire(props{"name": name, "retentionInDays": 7, "tags": props{"Name": name}}),
	}
}

// comeAndGo creates, reads and deletes one log group: three calls, two of them on disk before they return.
func comeAndGo(b *testing.B, client pulumirpc.ResourceProviderClient, name string) {
	req := benchGroup(name)
	made, err := client.Create(b.Context(), req)
	if err != nil {
		b.Error(err)
		return
	}
	if _, err := client.Read(b.Context(), &pulumirpc.ReadRequest{Id: made.GetId(), Urn: req.GetUrn()}); err != nil {
		b.Error(err)
	}
	if _, err := client.Delete(b.Context(), &pulumirpc.DeleteRequest{Id: made.GetId(), Urn: req.GetUrn(), Properties: made.GetProperties()}); err != nil {
		b.Error(err)
	}
}

func perSecond(b *testing.B, calls int) {
	b.ReportMetric(float64(b.N*calls)/b.Elapsed().Seconds(), "calls/s")
}

func BenchmarkLife(b *testing.B) {
	for _, full := range []int{0, 500} {
		b.Run(fmt.Sprintf("serial/with%d", full), func(b *testing.B) {
			_, client := benchCloud(b, full)
			for i := range b.N {
				comeAndGo(b, client, fmt.Sprintf("one%d", i))
			}
			perSecond(b, 3)
		})
		b.Run(fmt.Sprintf("parallel/with%d", full), func(b *testing.B) {
			_, client := benchCloud(b, full)
			var n atomic.Int64
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					comeAndGo(b, client, fmt.Sprintf("one%d", n.Add(1)))
				}
			})
			perSecond(b, 3)
		})
	}
}

func BenchmarkRead(b *testing.B) {
	_, client := benchCloud(b, 500)
	req := &pulumirpc.ReadRequest{Id: "full250", Urn: "urn:pulumi:dev::paddock::" + tokLogs + "::full250"}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := client.Read(b.Context(), req); err != nil {
				b.Error(err)
			}
		}
	})
	perSecond(b, 1)
}

// BenchmarkCall asks the wire API's engine, without a wire.
func BenchmarkCall(b *testing.B) {
	for _, ask := range []aws.Call{{Service: "sts", Action: "GetCallerIdentity"}, {Service: "logs", Action: "DescribeLogGroups"}} {
		name := ask.Service + ":" + ask.Action
		for _, known := range aws.Operations() {
			if known != name {
				continue
			}
			b.Run(name, func(b *testing.B) {
				cloud, _ := benchCloud(b, 500)
				ask.Env = cloud.Self()
				for range b.N {
					if _, err := cloud.Call(b.Context(), ask); err != nil {
						b.Fatal(err)
					}
				}
				perSecond(b, 1)
			})
		}
	}
}
