// Package servicefile reads service.yaml, the one file that says what a service is: strictly, with all faults at once, each with
// its line. It is pure; package service makes Kubernetes objects of it.
package servicefile

import (
	"cmp"
	"strings"

	"paddock/components/quantity"
	"paddock/components/scaling"
)

// Name is the file's, beside the service's Dockerfile.
const Name = "service.yaml"

// File is one service. What each key means, what it must be and what holds without it, is in the table of fields.go. As Load
// returns it, everything that has a default is filled in.
type File struct {
	Name        string            `config:"name"`
	Team        string            `config:"team"`
	Namespace   string            `config:"namespace"`
	Image       string            `config:"image"` // "" = the platform's repository of the service
	Port        int               `config:"port"`
	Health      Health            `config:"health"`
	CPU         Resource          `config:"cpu"`
	Memory      Resource          `config:"memory"`
	Replicas    Replicas          `config:"replicas"`
	Env         map[string]string `config:"env"`
	Secrets     map[string]Secret `config:"secrets"`
	Calls       []string          `config:"calls"`   // read them by Callees
	Callers     []string          `config:"callers"` // read them by Allowed
	Expose      Expose            `config:"expose"`  // zero = not exposed
	Smoke       Smoke             `config:"smoke"`
	Volume      Volume            `config:"volume"` // zero = none
	Role        string            `config:"role"`   // "" = no rights in AWS
	StopSeconds int               `config:"stopSeconds"`
}

// Health is how the platform asks the service how it is.
type Health struct {
	Ready        string `config:"ready"`
	Live         string `config:"live"`
	StartSeconds int    `config:"startSeconds"`
}

// Resource is what one container is given of one thing.
type Resource struct {
	Request quantity.Quantity `config:"request"`
	Limit   quantity.Quantity `config:"limit"`
}

// Replicas is how many pods there are.
type Replicas struct {
	Min        int `config:"min"`
	Max        int `config:"max"`
	CPUPercent int `config:"cpuPercent"` // 0 = nothing scales
}

// Secret is one key of a Kubernetes Secret of the service's namespace.
type Secret struct {
	Name string `config:"name"`
	Key  string `config:"key"`
}

// Expose is where the internet finds the service.
type Expose struct {
	Host string `config:"host"`
	Path string `config:"path"`
}

// Smoke is the question that a new version is asked before a deploy counts as done.
type Smoke struct {
	Path     string `config:"path"`
	Status   int    `config:"status"`
	Contains string `config:"contains"` // "" = any answer
}

// Volume is a disk that is kept between releases.
type Volume struct {
	Path string            `config:"path"`
	Size quantity.Quantity `config:"size"`
}

// Exposed says whether the internet may reach the service.
func (f File) Exposed() bool { return f.Expose != Expose{} }

// Keeps says whether the service has a volume.
func (f File) Keeps() bool { return f.Volume != Volume{} }

// Scales says whether the number of pods follows the load.
func (f File) Scales() bool { return f.Replicas.Max > f.Replicas.Min }

// SurgePercent is the share of its pods that a service has more while a release is under way, rounded up.
const SurgePercent = 25

// Surge is how many pods more there are in a release at the maximum. With a volume there are none: the old pod goes first.
func (f File) Surge() int {
	if f.Keeps() {
		return 0
	}
	return (f.Replicas.Max*SurgePercent + 99) / 100
}

// HPA is how the number of pods follows the load: the platform's recommendation with the file's own numbers.
func (f File) HPA() scaling.HPA {
	h := scaling.Recommended()
	h.TargetPercent, h.MinReplicas = f.Replicas.CPUPercent, f.Replicas.Min
	h.LimitToRequest = 0
	if request := f.CPU.Request.Milli(); request > 0 {
		h.LimitToRequest = float64(f.CPU.Limit.Milli()) / float64(request)
	}
	return h
}

// FullHost is the host name at which an exposed service answers, on a platform with this domain.
func (e Expose) FullHost(domain string) string {
	if strings.Contains(e.Host, ".") {
		return e.Host
	}
	return e.Host + "." + domain
}

// Defaults of what a file may leave out; the number of pods and their CPU target are package scaling's.
const (
	startSeconds = 30
	smokeStatus  = 200
	stopSeconds  = 30
	rootPath     = "/"
)

// filled returns the file with all defaults.
func (f File) filled() File {
	f.Namespace = cmp.Or(f.Namespace, f.Team)
	f.Health.Live = cmp.Or(f.Health.Live, f.Health.Ready)
	f.Health.StartSeconds = cmp.Or(f.Health.StartSeconds, startSeconds)
	f.Replicas = f.Replicas.filled(f.Keeps())
	if f.Exposed() {
		f.Expose.Path = cmp.Or(f.Expose.Path, rootPath)
	}
	f.Smoke.Path = cmp.Or(f.Smoke.Path, f.Health.Ready)
	f.Smoke.Status = cmp.Or(f.Smoke.Status, smokeStatus)
	f.StopSeconds = cmp.Or(f.StopSeconds, stopSeconds)
	return f
}

// filled keeps to one pod where there is a volume, which only one can have.
func (r Replicas) filled(single bool) Replicas {
	standard := scaling.Recommended()
	if r.Min == 0 {
		r.Min = standard.MinReplicas
		if single {
			r.Min = 1
		}
		if r.Max > 0 {
			r.Min = min(r.Min, r.Max)
		}
	}
	r.Max = cmp.Or(r.Max, r.Min)
	if r.Max > r.Min {
		r.CPUPercent = cmp.Or(r.CPUPercent, standard.TargetPercent)
	}
	return r
}
