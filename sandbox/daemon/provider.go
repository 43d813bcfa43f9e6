package daemon

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"paddock/sandbox/aws"
	"paddock/sandbox/link"
)

// maxMessage is what the engine itself accepts, bytes.
const maxMessage = 400 << 20

// sessionGrace bounds the wait for operations under way when the daemon stops; a control plane takes 4 to 10 s to start.
const sessionGrace = 20 * time.Second

// provider serves one Pulumi provider on a port of its own for as long as the asking plugin stays connected, so that
// each provider instance of a program has its own configuration while all share the one cloud.
func (d *daemon) provider(w http.ResponseWriter, r *http.Request) {
	var shown link.Caller
	if err := json.NewDecoder(r.Body).Decode(&shown); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	as, err := d.cloud.Caller(aws.Credentials{AccessKeyID: shown.AccessKeyID, SecretAccessKey: shown.SecretAccessKey, SessionToken: shown.SessionToken})
	if err != nil {
		http.Error(w, err.Error()+"; run `. .sandbox/env`", http.StatusForbidden)
		return
	}
	if shown.Region != "" {
		as.Region = shown.Region
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage))
	pulumirpc.RegisterResourceProviderServer(server, d.cloud.NewProvider(as))
	d.active.Add(1)
	go func() {
		defer d.active.Done()
		if err := server.Serve(listener); err != nil {
			d.cfg.Log.Error("provider session", "error", err)
		}
	}()
	fmt.Fprintln(w, listener.Addr().(*net.TCPAddr).Port)
	w.(http.Flusher).Flush()
	select {
	case <-r.Context().Done():
	case <-d.life.Done():
	}
	if d.life.Err() != nil {
		// The engine is still there and must hear how its operations ended, or its state would miss what they made.
		force := time.AfterFunc(sessionGrace, server.Stop)
		defer force.Stop()
		server.GracefulStop()
		return
	}
	server.Stop() // the plugin is gone; what it asked for goes on in the cloud without it
}
