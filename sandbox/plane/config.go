package plane

import (
	"log/slog"
	"time"

	"k8s.io/client-go/dynamic"

	"paddock/sandbox/images"
)

// Config says where a Plane keeps its data and finds its programs.
type Config struct {
	Dir string       // data, certificates and logs: <Dir>/clusters/<name>/; made when missing (see state.go)
	Bin string       // folder of etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok, metrics-server, and the programs of pods
	Log *slog.Logger // nil = silent

	AddonWait time.Duration // how long an add-on's pods may take; 0 = 60 s (EKS itself waits 20 minutes)

	Images     *images.Store                                        // what is run for images of the account's registry; nil = nothing is
	AWS        string                                               // address of the AWS APIs, for pods that are run as processes
	Agent      func(cluster, node string) string                    // address of a node's Pod Identity agent; nil = there is none
	Associated func(cluster, namespace, serviceAccount string) bool // with a role, by Pod Identity; nil = none is
	PullDelay  func() time.Duration                                 // that a new pod's image takes to be pulled; nil = none

	// Join is told of a control plane that has come to serve, with a client of its administrator and one of the service account Guest, in
	// the system's namespace; what it answers is called before the control plane goes. nil = nobody joins.
	Join  func(cluster string, admin, guest dynamic.Interface) (leave func())
	Guest string
}

func (cfg *Config) fill() {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.AddonWait == 0 {
		cfg.AddonWait = time.Minute
	}
	if cfg.Agent == nil {
		cfg.Agent = func(string, string) string { return "http://127.0.0.1:1" } // nobody listens there
	}
	if cfg.Associated == nil {
		cfg.Associated = func(string, string, string) bool { return false }
	}
	if cfg.Join == nil {
		cfg.Join = func(string, dynamic.Interface, dynamic.Interface) func() { return func() {} }
	}
	if cfg.PullDelay == nil {
		cfg.PullDelay = func() time.Duration { return 0 }
	}
}
