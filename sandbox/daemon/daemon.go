// Package daemon joins the AWS stand-in and the control planes in one process that outlives the commands: it serves
// Pulumi's aws provider, says who a cluster's caller is, and answers the sandbox's own commands.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"paddock/sandbox/atomicfile"
	"paddock/sandbox/aws"
	"paddock/sandbox/edge"
	"paddock/sandbox/images"
	"paddock/sandbox/link"
	"paddock/sandbox/plane"
	"paddock/sandbox/ports"
	"paddock/sandbox/wire"
)

// Config says where a daemon works.
type Config struct {
	Dir string // the sandbox's folder: state, logs, socket
	Bin string // folder of the control plane's programs
	Log *slog.Logger
}

// stopTimeout bounds an orderly stop; an apiserver alone takes up to 10 s.
const stopTimeout = 45 * time.Second

type daemon struct {
	cfg    Config
	cloud  *aws.Cloud
	images *images.Store
	plane  *plane.Plane
	tokens *tokens
	front  *front
	ready  atomic.Bool // every recorded cluster is back
	fault  atomic.Value
	life   context.Context // ends when the daemon is told to stop
	stop   context.CancelFunc
	active sync.WaitGroup // provider sessions
	url    string         // of the loopback listener
	awsURL string         // of the AWS APIs
	build  string
}

// Serve runs until ctx ends or a stop is asked for over the socket; every process it started has ended when it returns.
func Serve(ctx context.Context, cfg Config) error {
	unlock, err := lock(ctx, filepath.Join(cfg.Dir, "sandbox.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	d := &daemon{cfg: cfg}
	d.life, d.stop = context.WithCancel(ctx)
	defer d.stop()
	auth, api, err := d.open()
	if err != nil {
		return err
	}
	err = d.serve(auth, api)
	return errors.Join(err, d.close())
}

// lock keeps two daemons out of one folder; the kernel lets go of it however the holder ends. A daemon that is stopping is
// waited for.
func lock(ctx context.Context, file string) (func(), error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("lock %s: another daemon runs here and does not stop: %w; end it with `make down`", file, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (d *daemon) open() (auth, api net.Listener, err error) {
	if d.build, err = Build(); err != nil { // now: a later build takes this one's place on disk
		return nil, nil, err
	}
	if d.tokens, err = openTokens(filepath.Join(d.cfg.Dir, "token.key")); err != nil {
		return nil, nil, err
	}
	if auth, err = listen(filepath.Join(d.cfg.Dir, "port")); err != nil {
		return nil, nil, err
	}
	if api, err = listen(filepath.Join(d.cfg.Dir, "aws-port")); err != nil {
		auth.Close()
		return nil, nil, err
	}
	d.url, d.awsURL = "http://"+auth.Addr().String(), "http://"+api.Addr().String()
	if err = d.openCloud(); err != nil {
		auth.Close()
		api.Close()
		return nil, nil, err
	}
	return auth, api, nil
}

// openCloud joins the two sides: the stand-in asks the machine, and what runs on the machine asks the stand-in.
func (d *daemon) openCloud() (err error) {
	if err = d.openFront(); err != nil {
		return err
	}
	if d.images, err = images.Open(filepath.Join(d.cfg.Dir, "images.json")); err != nil {
		return err
	}
	d.plane, err = plane.New(plane.Config{
		Dir: d.cfg.Dir, Bin: d.cfg.Bin, Log: d.cfg.Log, AWS: d.awsURL, Agent: d.agentURL, Images: d.images,
		Join: d.front.Join, Guest: edge.ServiceAccount,
		Associated: func(cluster, namespace, account string) bool { return d.cloud.Associated(cluster, namespace, account) },
		PullDelay:  func() time.Duration { return d.cloud.Conditions().PullDelay.Duration },
	})
	if err != nil {
		return err
	}
	d.cloud, err = aws.Open(filepath.Join(d.cfg.Dir, "aws.db"), d.plane, aws.Options{
		Log: d.cfg.Log, Key: d.tokens.sum("aws credentials"),
		AuthURL: func(cluster string) string { return d.url + "/authenticate/" + cluster },
	})
	return err
}

// listen takes a free port the first time and the same one ever after: the states of local stacks name it as the place of
// their secrets.
func listen(file string) (net.Listener, error) {
	port, err := rememberedPort(file)
	if err != nil {
		return nil, fmt.Errorf("port of this sandbox: %w", err)
	}
	l, err := net.Listen("tcp", ports.Address(port))
	if err != nil {
		return nil, fmt.Errorf("port %d of this sandbox: %w; end the program that has it, or start anew with `make clean`", port, err)
	}
	return l, nil
}

func rememberedPort(file string) (int, error) {
	text, err := os.ReadFile(file)
	if err == nil {
		return strconv.Atoi(strings.TrimSpace(string(text)))
	}
	if !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	port, err := ports.Choose()
	if err != nil {
		return 0, err
	}
	return port, atomicfile.Write(file, []byte(strconv.Itoa(port)+"\n"), 0o644)
}

// serve answers on all listeners until the daemon is told to stop.
func (d *daemon) serve(auth, api net.Listener) error {
	socket := link.Socket(d.cfg.Dir)
	if err := os.RemoveAll(socket); err != nil { // of a daemon that was killed: the lock says that none runs
		return err
	}
	control, err := net.Listen("unix", socket)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		return err
	}
	servers := []*http.Server{
		{Handler: d.control()}, {Handler: d.authenticator()}, {Handler: wire.Handler(d.cloud, d.cloud, wire.Options{Log: d.cfg.Log})},
	}
	failed := make(chan error, len(servers)+1)
	for i, l := range []net.Listener{control, auth, api} {
		go func() { failed <- servers[i].Serve(l) }()
	}
	go func() { failed <- d.front.serve() }()
	go func() { _ = d.resume() }() // kept for status
	select {
	case <-d.life.Done():
		err = nil
	case err = <-failed:
	}
	d.stop()
	d.cloud.Drain() // what is under way ends and is told; nothing new begins, so no state misses what was made
	d.active.Wait()
	d.front.close()
	for _, s := range servers {
		err = errors.Join(err, s.Close())
	}
	return err
}

// resume brings back what an earlier daemon had running, or what has died since. Its failure does not end the daemon:
// status tells it, and whoever wants to repair things needs somebody to talk to.
func (d *daemon) resume() error {
	err := d.cloud.Resume(d.life)
	if err != nil {
		d.cfg.Log.Error("resume failed", "error", err)
		d.fault.Store(err.Error())
		return err
	}
	d.fault.Store("")
	d.ready.Store(true)
	return nil
}

func (d *daemon) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return errors.Join(d.plane.Stop(ctx), d.cloud.Close())
}
