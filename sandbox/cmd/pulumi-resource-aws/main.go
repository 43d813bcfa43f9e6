// Command pulumi-resource-aws is what the engine starts as its aws provider in the sandbox. It asks the sandbox's daemon
// for a provider of its own, tells the engine that one's port and stays until the engine is done with it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"paddock/sandbox/link"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-aws (sandbox):", err)
		os.Exit(1)
	}
}

func run() error {
	client, err := link.FromEnvironment()
	if err != nil {
		return err
	}
	held, err := link.Held(context.Background())
	if err != nil {
		return err
	}
	session, err := client.Provider(link.Caller{Credentials: held, Region: link.Region()})
	if err != nil {
		return err
	}
	defer session.Close()
	fmt.Println(session.Port)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	// The engine ends its plugins; an engine that was killed cannot, and the change of parent tells.
	parent, tick := os.Getppid(), time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-stop: // the engine's: it gives its plugins a process group that Ctrl-C does not reach
			return nil
		case <-session.Done:
			return fmt.Errorf("the local cloud has stopped")
		case <-tick.C:
			if os.Getppid() != parent {
				return nil
			}
		}
	}
}
