// Command cluster-autoscaler is the real Cluster Autoscaler, with AWS as its one cloud, under a main of ours: upstream's own
// imports provisioning requests, whose module is not served. All else of upstream is here: its flags, its loop, its parts.
package main

import (
	"cmp"
	"context"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/server/mux"
	"k8s.io/apiserver/pkg/server/routes"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/autoscaler/cluster-autoscaler/config"
	"k8s.io/autoscaler/cluster-autoscaler/config/flags"
	"k8s.io/autoscaler/cluster-autoscaler/core"
	"k8s.io/autoscaler/cluster-autoscaler/debuggingsnapshot"
	"k8s.io/autoscaler/cluster-autoscaler/loop"
	"k8s.io/autoscaler/cluster-autoscaler/metrics"
	kubeutil "k8s.io/autoscaler/cluster-autoscaler/utils/kubernetes"
	"k8s.io/autoscaler/cluster-autoscaler/version"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	cliflag "k8s.io/component-base/cli/flag"
	componentconfig "k8s.io/component-base/config"
	componentoptions "k8s.io/component-base/config/options"
	"k8s.io/component-base/logs"
	logsapi "k8s.io/component-base/logs/api/v1"
	_ "k8s.io/component-base/logs/json/register" // --logging-format=json
	"k8s.io/component-base/metrics/legacyregistry"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/features"
)

// launcher is what the parts of the process share.
type launcher struct {
	options  config.AutoscalingOptions
	health   *metrics.HealthCheck
	snapshot debuggingsnapshot.DebuggingSnapshotter
}

func main() {
	election := parse()
	options := flags.AutoscalingOptions()
	if options.ProvisioningRequestEnabled {
		klog.Fatal("--enable-provisioning-requests: this build has none")
	}
	klog.V(1).Infof("Cluster Autoscaler %s", version.ClusterAutoscalerVersion)
	l := &launcher{
		options:  options,
		health:   metrics.NewHealthCheck(options.MaxInactivityTime, options.MaxFailingTime),
		snapshot: debuggingsnapshot.NewDebuggingSnapshotter(options.DebuggingSnapshotEnabled),
	}
	go l.serve()
	if election.LeaderElect {
		l.lead(election)
	} else {
		l.run()
	}
}

// parse reads the command line: the autoscaler's flags, which register themselves, those of the election and of logs.
func parse() componentconfig.LeaderElectionConfiguration {
	election := componentconfig.LeaderElectionConfiguration{
		LeaderElect:   true,
		LeaseDuration: metav1.Duration{Duration: 15 * time.Second},
		RenewDeadline: metav1.Duration{Duration: 10 * time.Second},
		RetryPeriod:   metav1.Duration{Duration: 2 * time.Second},
		ResourceLock:  resourcelock.LeasesResourceLock,
		ResourceName:  "cluster-autoscaler",
	}
	gates, logging := utilfeature.DefaultMutableFeatureGate, logsapi.NewLoggingConfiguration()
	must("feature gates of logs", logsapi.AddFeatureGates(gates))
	klog.InitFlags(nil)
	componentoptions.BindLeaderElectionFlags(&election, pflag.CommandLine)
	logsapi.AddFlags(logging, pflag.CommandLine)
	gates.AddFlag(pflag.CommandLine)
	cliflag.InitFlags()

	// The scheduler's plug-in for it heeds the gate, not the autoscaler's flag.
	if flags.AutoscalingOptions().DynamicResourceAllocationEnabled && !gates.Enabled(features.DynamicResourceAllocation) {
		must("feature gate", gates.SetFromMap(map[string]bool{string(features.DynamicResourceAllocation): true}))
	}
	logs.InitLogs()
	must("logging", logsapi.ValidateAndApply(logging, gates))
	return election
}

// serve answers probes, scrapes and whoever debugs; without it the process is of no use.
func (l *launcher) serve() {
	paths := mux.NewPathRecorderMux("cluster-autoscaler")
	paths.Handle("/metrics", legacyregistry.Handler())
	paths.HandleFunc("/health-check", l.health.ServeHTTP)
	if l.options.DebuggingSnapshotEnabled {
		paths.HandleFunc("/snapshotz", l.snapshot.ResponseHandler)
	}
	if l.options.EnableProfiling {
		routes.Profiling{}.Install(paths)
	}
	must("listening", http.ListenAndServe(l.options.Address, paths))
}

// lead runs once this process holds the lease, and ends the process when it loses it.
func (l *launcher) lead(election componentconfig.LeaderElectionConfiguration) {
	client := kubeutil.CreateKubeClient(l.options.KubeClientOpts)
	_, err := client.CoreV1().Nodes().List(context.Background(), metav1.ListOptions{})
	must("asking the apiserver for nodes", err)
	host, err := os.Hostname()
	must("host name", err)
	lock, err := resourcelock.New(election.ResourceLock, l.options.ConfigNamespace, election.ResourceName,
		client.CoreV1(), client.CoordinationV1(), resourcelock.ResourceLockConfig{
			// In a container both are the pod's name. Here several pods share the machine's name, and are told apart by HOSTNAME.
			Identity:      cmp.Or(os.Getenv("HOSTNAME"), host),
			EventRecorder: kubeutil.CreateEventRecorder(client, l.options.RecordDuplicatedEvents),
		})
	must("lock", err)
	leaderelection.RunOrDie(context.Background(), leaderelection.LeaderElectionConfig{
		Lock:            lock,
		LeaseDuration:   election.LeaseDuration.Duration,
		RenewDeadline:   election.RenewDeadline.Duration,
		RetryPeriod:     election.RetryPeriod.Duration,
		ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { l.run() },
			OnStoppedLeading: func() { klog.Fatal("lost the lease") },
		},
	})
}

// run scans the cluster for ever.
func (l *launcher) run() {
	metrics.RegisterAll(l.options.EmitPerNodeGroupMetrics)
	scaler, trigger, err := l.build(context.Background())
	must("building the autoscaler", err)
	cleanUpOnSignal(scaler)
	l.health.StartMonitoring()
	must("starting the autoscaler", scaler.Start())

	if !l.options.FrequentLoopsEnabled {
		for {
			time.Sleep(l.options.ScanInterval)
			loop.RunAutoscalerOnce(scaler, l.health, time.Now())
		}
	}
	for last, before := time.Now(), time.Now(); ; {
		trigger.Wait(before)
		before, last = last, time.Now()
		loop.RunAutoscalerOnce(scaler, l.health, last)
	}
}

// cleanUpOnSignal ends the process as a kubelet asks for it. The lease is left to run out, as upstream does.
func cleanUpOnSignal(scaler core.Autoscaler) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	go func() {
		<-signals
		scaler.ExitCleanUp()
		klog.Flush()
		os.Exit(0)
	}()
}

func must(what string, err error) {
	if err != nil {
		klog.Fatalf("%s: %v", what, err)
	}
}
