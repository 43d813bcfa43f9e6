package capacity

import "paddock/servicefile"

// Of is a service as its file has it.
func Of(f servicefile.File) Workload {
	return Workload{
		Name: f.Name, Namespace: f.Namespace,
		Request: Size{f.CPU.Request.Milli(), f.Memory.Request.Bytes()},
		Limit:   Size{f.CPU.Limit.Milli(), f.Memory.Limit.Bytes()},
		Max:     f.Replicas.Max, Surge: f.Surge(), Volume: f.Volume.Size.Bytes(),
	}
}
