// Package toolchain builds the pinned programs of the local cloud from the registries into a cache, so that a machine
// needs nothing but Go, Node and git, and a second checkout builds nothing.
package toolchain

// Set is one group of programs that share a Go module, and so their compiled packages.
type Set struct {
	Name     string // also the folder under sandbox/tools
	Stamp    string // linker variable that takes the version of Module; empty = none
	Module   string
	Tags     string // build tags; empty = none
	Programs []Program
	Files    []File // copied beside the programs
}

// Program is one binary of a set.
type Program struct {
	Name    string // of the binary
	Package string // import path, or . for a main of ours
	Built   string // what `go build` calls it, where that is another name
	Plugin  string // Pulumi provider that it is: it goes into PULUMI_HOME, not on PATH; empty = none
	Hard    bool   // linked hard: Pulumi takes a language host from its own folder, and that must be the sandbox's
}

// File is a file out of a module that a program reads at run time.
type File struct {
	Module, Path, Name string
}

const (
	pulumiModule   = "github.com/pulumi/pulumi/pkg/v3"
	providerModule = "github.com/pulumi/pulumi-kubernetes/provider/v4"
	kubeModule     = "k8s.io/kubernetes"
)

// sets is the one list of third-party Go programs; their versions stand in each set's go.mod and nowhere else.
func sets() []Set {
	return []Set{
		{
			Name: "pulumi", Stamp: "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version", Module: pulumiModule,
			Programs: []Program{{Name: "pulumi", Package: pulumiModule + "/cmd/pulumi", Hard: true}},
		},
		{
			Name: "kubernetes", Stamp: "main.version", Module: SDKKubernetes,
			Programs: []Program{{Name: "pulumi-resource-kubernetes", Package: ".", Built: "kubernetes", Plugin: "kubernetes"}},
			Files:    []File{{providerModule, "cmd/pulumi-resource-kubernetes/schema.json", "schema.json"}},
		},
		{
			Name: "kube", Stamp: "k8s.io/component-base/version.gitVersion", Module: kubeModule,
			Programs: []Program{
				{Name: "etcd", Package: "go.etcd.io/etcd/server/v3", Built: "server"},
				{Name: "kube-apiserver", Package: kubeModule + "/cmd/kube-apiserver"},
				{Name: "kube-controller-manager", Package: kubeModule + "/cmd/kube-controller-manager"},
				{Name: "kube-scheduler", Package: kubeModule + "/cmd/kube-scheduler"},
				{Name: "kubectl", Package: kubeModule + "/cmd/kubectl"},
				{Name: "kwok", Package: "sigs.k8s.io/kwok/cmd/kwok"},
				{Name: "metrics-server", Package: "sigs.k8s.io/metrics-server/cmd/metrics-server"},
			},
		},
		{
			Name: "autoscaler", Tags: "aws", // of its thirty clouds
			Programs: []Program{{Name: "cluster-autoscaler", Package: ".", Built: "autoscaler"}},
		},
	}
}

// own are the programs of this module that go on PATH; they are built on every run, which Go's cache makes quick.
var own = []string{"sandbox", "aws", "pulumi-language-go", "cluster-proportional-autoscaler"}

// ownProvider is the stand-in's provider plugin, built likewise.
const ownProvider = "pulumi-resource-aws"

// plugins are the providers of the program, by the module of the SDK whose version the engine asks for.
var plugins = map[string]string{"aws": SDKAWS, "eks": SDKEKS, "kubernetes": SDKKubernetes}
