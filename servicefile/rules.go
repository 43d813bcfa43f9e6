package servicefile

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Bounds of rules that look at more than one value.
const (
	leastCPU    = 10       // millicores
	leastMemory = 16 << 20 // bytes: below it, no container starts
	leastVolume = 1 << 30  // bytes: the least that EBS makes
	mostVolume  = 16 << 40 // bytes: the most that EBS makes of gp3
	mostBurst   = 16       // requests in a CPU limit
)

// taken are names of objects in every namespace of a team: Kubernetes' service account, and the policies of the team's fence.
var taken = []string{"default", "default-deny", "allow-dns", "allow-same-namespace"}

// set are the environment variables that the platform sets.
var set = []string{"PORT", "HOST"}

// secretName finds variables that hold secrets, by how their names end.
var secretName = regexp.MustCompile(`(?i)(^|_)(PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRET|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS)$`)

// secretURL finds a password in a URL.
var secretURL = regexp.MustCompile(`[a-z]://[^/\s:@]*:[^/\s@]+@`)

// whole judges what takes more than one value, or more than a pattern.
func (j *judge) whole(f File) {
	if slices.Contains(taken, f.Name) {
		j.Add("name", f.Name, "want another name: the namespace has objects of that name")
	}
	j.image(f.Image)
	j.resources(f)
	j.replicas(f)
	j.environment(f)
	j.peers(f)
	j.volume(f)
	if f.Role != "" && !slices.ContainsFunc(f.Callees(), func(p Peer) bool { return p.Port == 443 }) {
		j.Add("role", f.Role, "want internet:443 in calls, or a block with port 443: AWS is asked by HTTPS")
	}
}

// image refuses a tag that means another image tomorrow.
func (j *judge) image(image string) {
	if strings.HasSuffix(image, ":latest") {
		j.Add("image", image, "want a tag that stays what it is, or none: a pod that starts later would run another release")
	}
}

func (j *judge) resources(f File) {
	for _, r := range []struct {
		path           string
		request, limit string
		low, high      int64
		least          int64
		rule           string
	}{
		{"cpu", string(f.CPU.Request), string(f.CPU.Limit), f.CPU.Request.Milli(), f.CPU.Limit.Milli(), leastCPU, "want at least 10m"},
		{"memory", string(f.Memory.Request), string(f.Memory.Limit), f.Memory.Request.Bytes(), f.Memory.Limit.Bytes(), leastMemory,
			"want at least 16Mi (m stands for thousandths, Mi for mebibytes)"},
	} {
		switch {
		case r.request != "" && r.low < r.least:
			j.Add(r.path+".request", r.request, "%s", r.rule)
		case r.limit != "" && r.high < r.least:
			j.Add(r.path+".limit", r.limit, "%s", r.rule)
		case r.request != "" && r.limit != "" && r.high < r.low:
			j.Add(r.path+".limit", r.limit, "want at least the request, %s", r.request)
		case r.path == "cpu" && r.high > r.low*mostBurst && r.low > 0:
			j.Add("cpu.limit", r.limit, "want at most %d times the request, %s: where a node is full, only the request is sure", mostBurst,
				r.request)
		}
	}
}

// replicas wants numbers that fit each other, and a limit that lets the autoscaler see a load grow.
func (j *judge) replicas(f File) {
	r := f.Replicas.filled(f.Keeps())
	switch {
	case f.Replicas.Max > 0 && f.Replicas.Max < f.Replicas.Min:
		j.Add("replicas.max", f.Replicas.Max, "want at least min, %d", f.Replicas.Min)
	case f.Keeps() && r.Max > 1:
		at, value := "replicas.max", r.Max
		if f.Replicas.Max == 0 {
			at, value = "replicas.min", r.Min
		}
		j.Add(at, value, "want 1: only one pod can have the volume")
	case r.Max == r.Min && f.Replicas.CPUPercent > 0:
		j.Add("replicas.cpuPercent", f.Replicas.CPUPercent, "want no such key, or max above min: with %d pods always, nothing scales",
			r.Max)
	case r.Max > r.Min && f.CPU.Request != "" && f.CPU.Limit != "" && r.CPUPercent >= 10:
		j.reach(f, r)
	}
}

// mostRounds is in how many rounds of scaling a load that doubles must be met.
const mostRounds = 2

// reach refuses a target so near to the limit that a pod hardly shows more use than is wanted, whatever the load.
func (j *judge) reach(f File, r Replicas) {
	f.Replicas = r
	hpa := f.HPA()
	if rounds, _ := hpa.Rounds(2); f.CPU.Limit.Milli() >= f.CPU.Request.Milli() && rounds > mostRounds {
		j.Add("replicas.cpuPercent", r.CPUPercent,
			"want less, or a higher cpu.limit: one round of scaling multiplies the pods by %.2g at most, "+
				"and a load that doubles would take %d", hpa.Reach(), rounds)
	}
}

// environment refuses names that are taken, and values that should not be read by whoever reads the file.
func (j *judge) environment(f File) {
	for _, at := range []struct {
		path  string
		names []string
	}{{"env", slices.Sorted(maps.Keys(f.Env))}, {"secrets", slices.Sorted(maps.Keys(f.Secrets))}} {
		for _, name := range at.names {
			if slices.Contains(set, name) {
				j.Add(at.path+"."+name, nil, "want another name: the platform sets %s", list(set))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Env)) {
		path := "env." + name // without the value: faults end up in logs
		if _, twice := f.Secrets[name]; twice {
			j.Add(path, nil, "want it in env or in secrets, not in both")
		} else if secretName.MatchString(name) || secretURL.MatchString(f.Env[name]) {
			j.Add(path, nil, "looks like a secret: put it into a Secret of the namespace and name it below secrets")
		}
	}
}

// peers judges whom the service talks to.
func (j *judge) peers(f File) {
	j.Unique("calls", f.Calls)
	j.Unique("callers", f.Callers)
	for i, text := range f.Calls {
		if text == Internet {
			j.Add(fmt.Sprintf("calls[%d]", i), text, "want a port with it, such as internet:443")
		}
		p, ok := f.peer(text)
		if !ok || p.Service != "" || p.Except != nil {
			continue
		}
		path, block := fmt.Sprintf("calls[%d]", i), p.Blocks[0]
		switch {
		case p.Port > 65535:
			j.Add(path, text, "want a port up to 65535")
		case block.Masked() != block:
			j.Add(path, text, "want a block without host bits: %s:%d", block.Masked(), p.Port)
		case block.Bits() == 0:
			j.Add(path, text, "want internet:%d for any public address, or a block of a network", p.Port)
		case slices.ContainsFunc(local, block.Overlaps):
			j.Add(path, text, "want no link-local address: there is the nodes' metadata, with the nodes' rights")
		}
	}
}

var local = []netip.Prefix{netip.MustParsePrefix("169.254.0.0/16")}

func (j *judge) volume(f File) {
	if size := f.Volume.Size; size != "" && (size.Bytes() < leastVolume || size.Bytes() > mostVolume) {
		j.Add("volume.size", string(size), "want 1Gi to 16Ti")
	}
	if path := f.Volume.Path; path == "/tmp" || strings.HasPrefix(path, "/tmp/") || slices.Contains(strings.Split(path, "/"), "..") {
		j.Add("volume.path", path, "want a path of its own: /tmp is there already, and is emptied with the pod")
	}
}
