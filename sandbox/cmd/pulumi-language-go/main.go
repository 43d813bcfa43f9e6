// Command pulumi-language-go is the Go language host of the sandbox. The real one is a module that the Go proxy does not
// serve; this one does what `pulumi preview`, `up`, `refresh` and `destroy` ask of it: build the program and run it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

func main() {
	flags := flag.NewFlagSet("pulumi-language-go", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the engine may pass flags that only the real host knows
	_ = flags.Parse(os.Args[1:])
	if err := serve(flags.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-go:", err)
		os.Exit(1)
	}
}

// serve answers the engine until it goes away: an engine that was killed must not leave its host behind.
func serve(engine string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if engine != "" {
		if err := rpcutil.Healthcheck(ctx, engine, time.Second, cancel); err != nil {
			return fmt.Errorf("watching the engine: %w", err)
		}
	}
	stop := make(chan bool)
	go func() {
		<-ctx.Done()
		close(stop)
	}()
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel:  stop,
		Options: rpcutil.TracingServerInterceptorOptions(nil),
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(s, &host{engine: engine, life: ctx})
			return nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Println(handle.Port) // how a plugin tells the engine where it listens
	return <-handle.Done
}
