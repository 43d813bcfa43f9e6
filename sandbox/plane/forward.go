package plane

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/portforward"

	"paddock/sandbox/pods"
)

// Limits of a kubelet's for one `kubectl port-forward`.
const (
	forwardIdle   = 4 * time.Hour
	forwardCreate = 30 * time.Second
)

// forwarder leads the streams of `kubectl port-forward` to a pod's process.
type forwarder struct {
	run       *pods.Runner
	namespace string
}

// serveForward answers the apiserver as a kubelet does; pods that KWOK plays are its own affair.
func serveForward(w http.ResponseWriter, r *http.Request, run *pods.Runner, otherwise http.Handler) {
	f := forwarder{run, r.PathValue("namespace")}
	pod, uid := r.PathValue("pod"), r.PathValue("uid")
	if !run.Forwards(f.namespace, pod) {
		otherwise.ServeHTTP(w, r)
		return
	}
	options, err := portforward.NewV4Options(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	portforward.ServePortForward(w, r, f, pod, uid, options, forwardIdle, forwardCreate, portforward.SupportedProtocols)
}

// PortForward implements portforward.PortForwarder: it returns when the process has said all.
func (f forwarder) PortForward(ctx context.Context, pod, _ string, port int32, stream io.ReadWriteCloser) error {
	conn, err := f.run.Dial(ctx, f.namespace, pod, port)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	go func() {
		_, _ = io.Copy(conn, stream) // its end is the caller's
		if half, ok := conn.(*net.TCPConn); ok {
			_ = half.CloseWrite()
		}
	}()
	_, err = io.Copy(stream, conn)
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
