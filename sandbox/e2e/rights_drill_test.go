package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
)

// finding is what was seen of an autoscaler whose rights were cut.
type finding struct {
	breaks []string // in words, in the order of a drill
	denied []string // what the log says was refused: actions, or "verb resource"
	took   time.Duration
	log    string
}

// A drill's patience: with all rights a node comes within 3 s of the start, and goes 9 s after its load. A machine that is too
// busy for that makes a right look missed, but for the log, which must name it.
const (
	comes = 7 * time.Second
	goes  = 16 * time.Second
)

// drilled are flags under which a drill is short. Events that are alike are written again at once, not after five minutes, and
// what hinders an eviction is told.
var drilled = []string{
	"--scan-interval=1s", "--scale-down-unneeded-time=2s", "--scale-down-delay-after-add=1s", "--record-duplicated-events=true",
	"--max-pod-eviction-time=4s",
}

// drill has the rights, less a cut, prove themselves from the start of one pod to its end: a node comes from nothing, its load
// moves on, and it goes. The pod asks for a label that EKS puts on nodes, and no tag tells.
func (a *scaled) drill(t *testing.T, r *rights, c cut) finding {
	t.Helper()
	began := time.Now()
	var f finding
	a.grant(t, r, c)
	a.do(t, "-n kube-system delete --ignore-not-found lease/cluster-autoscaler configmap/cluster-autoscaler-status")
	a.do(t, "delete events --all")
	a.apply(t, deployment("load", 1, whole, object{groupLabel: "west-a", "eks.amazonaws.com/capacityType": "ON_DEMAND"}), deployment("hopeless", 1, whole, object{"example.com/pool": "none"}))
	a.do(t, "-n kube-system scale --replicas=1", scaler)
	came, went := comes, goes
	if c.kind == "" {
		came, went = within, within
	}
	a.act(t, c, &f, came, went)
	if c.short {
		a.shortage(t, &f)
	}
	f.log += a.log(t) + a.log(t, "--previous")
	f.denied = denials(f.log)
	a.do(t, "-n kube-system scale --replicas=0", scaler)
	eventually(t, within, "the autoscaler's end", func() bool { return a.kubectl(t, "-n kube-system get pods", scalerPods).out == "" })
	if f.up() && a.kubectl(t, "-n kube-system get configmap cluster-autoscaler-status").code == 0 {
		f.says("its status outlives it")
	}
	a.clear(t)
	f.took = time.Since(began)
	return f
}

func (f *finding) says(what string) { f.breaks = append(f.breaks, what) }

// up tells whether a node came.
func (f *finding) up() bool {
	return !slices.ContainsFunc(f.breaks, func(b string) bool { return strings.HasPrefix(b, "does not") || b == "no node comes" })
}

// act is the part of a drill with a living autoscaler.
func (a *scaled) act(t *testing.T, c cut, f *finding, comes, goes time.Duration) {
	t.Helper()
	var came bool
	crashed := func() bool {
		return strings.Contains(a.kubectl(t, "-n kube-system get pods --no-headers", scalerPods).out, "CrashLoopBackOff")
	}
	if !a.within(comes, func() bool { came = a.runs(t, "load") == 1; return came || crashed() }) || !came {
		if crashed() {
			f.says("does not start")
		} else {
			f.says("no node comes")
		}
		return
	}
	node := a.mover(t)
	if c.stir {
		defer a.stir(t, node)()
	}
	f.log = a.log(t)
	// New pods know the groups as they are; those that run ask AWS once a minute.
	a.do(t, "-n kube-system delete", scalerPods, "pods")
	a.do(t, "-n kube-system delete --ignore-not-found lease/cluster-autoscaler")
	a.do(t, "delete deployment load --wait=false")
	gone := func() bool { return a.kubectl(t, "get nodes -o name -l", groupLabel+"=west-a").out == "" }
	if !a.within(goes, func() bool { return gone() || crashed() }) || !gone() {
		f.says("no node goes")
	}
	a.traces(t, f)
	if crashed() || a.restarted(t) {
		f.says("it ends and is started again")
	}
}

// mover puts a pod on the node that came, which may go on to any other, and gives the node.
func (a *scaled) mover(t *testing.T) string {
	t.Helper()
	node := a.size(t, "west-a", 1)[0].Metadata.Name
	a.do(t, "cordon -l", groupLabel+"!=west-a") // it would go where it only prefers to be
	a.apply(t, deployment("mover", 1, "100m", nil))
	if on := a.running(t, "mover", 1)[0]; on != node {
		t.Fatalf("the pod that is to move is on %s, not on %s: nothing would be drained", on, node)
	}
	a.do(t, "uncordon -l", groupLabel+"!=west-a")
	return node
}

// stir changes the node all the time, as its kubelet does now and then, until it is told to stop.
func (a *scaled) stir(t *testing.T, node string) (stop func()) {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(a.dir, "clusters", "paddock-dev", "kwok.kubeconfig"))
	must(t, err)
	config.QPS = -1 // none
	client, err := dynamic.NewForConfig(config)
	must(t, err)
	nodes := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "nodes"})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for i := 0; ctx.Err() == nil; i++ {
			note := fmt.Appendf(nil, `{"metadata":{"annotations":{"example.com/stirred":"%d"}}}`, i)
			_, _ = nodes.Patch(ctx, node, types.MergePatchType, note, metav1.PatchOptions{}) // it is to go
			time.Sleep(stirEvery)
		}
	}()
	return func() { cancel(); <-ended }
}

// stirEvery is shorter than the time between the autoscaler's look at a node and its taint, and longer than its second try takes.
const stirEvery = 10 * time.Millisecond

// shortage is a zone without capacity: it shows when the autoscaler asks AWS again, after a minute.
func (a *scaled) shortage(t *testing.T, f *finding) {
	t.Helper()
	a.fate(t, object{"fault": "capacity", "zone": "us-west-2a", "times": -1})
	a.apply(t, deployment("load", 1, whole, inGroup("west-a")))
	known := func() bool {
		return strings.Contains(a.log(t), "OutOfResourcesErrorClass") || strings.Contains(a.log(t), "errorClass=OutOfResource")
	}
	if !a.within(80*time.Second, known) {
		f.says("a group without capacity is tried on")
	}
	a.fate(t)
}

// traces are what an autoscaler leaves in the cluster for people to read.
func (a *scaled) traces(t *testing.T, f *finding) {
	t.Helper()
	type event struct {
		Reason, Message string
		Count           int
	}
	var list struct{ Items []event }
	a.get(t, &list, "events -A")
	some := func(ok func(event) bool) bool { return slices.ContainsFunc(list.Items, ok) }
	if !some(func(e event) bool { return e.Reason == "TriggeredScaleUp" }) {
		f.says("no events")
	} else if !some(func(e event) bool { return e.Reason == "NotTriggerScaleUp" && e.Count > 1 }) {
		f.says("events are not counted")
	}
	status := a.kubectl(t, "-n kube-system get configmap cluster-autoscaler-status -o jsonpath='{.data.status}'").out
	switch {
	case status == "":
		f.says("no status")
	case strings.Contains(status, "Initializing"):
		f.says("its status is never written again")
	}
}

func (a *scaled) restarted(t *testing.T) bool {
	t.Helper()
	f := strings.Fields(a.kubectl(t, "-n kube-system get pods --no-headers", scalerPods).out)
	return len(f) > 3 && f[3] != "0"
}

// within polls until ok, and tells whether it was in time.
func (a *scaled) within(patience time.Duration, ok func() bool) bool {
	for end := time.Now().Add(patience); !ok(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// runs is how many pods of the Deployment run.
func (a *scaled) runs(t *testing.T, app string) (n int) {
	t.Helper()
	for _, p := range a.workloads(t, app) {
		if p.Status.Phase == "Running" {
			n++
		}
	}
	return n
}

// clear takes away what a drill leaves.
func (a *scaled) clear(t *testing.T) {
	t.Helper()
	a.do(t, "delete deployments --all")
	a.desire(t, "west-a", 0)
	a.size(t, "west-a", 0)
	a.nodes(t, 2)
	for _, n := range a.nodes(t, 2) { // what an autoscaler without rights has begun
		a.kubectl(t, "taint node", n.Metadata.Name, "ToBeDeletedByClusterAutoscaler- DeletionCandidateOfClusterAutoscaler-")
	}
}
