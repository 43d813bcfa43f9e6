package cost

import "paddock/servicefile"

// ServiceOf is a service as its file has it.
func ServiceOf(f servicefile.File) Service {
	return Service{
		Name: f.Name, MilliCPU: f.CPU.Request.Milli(), Memory: f.Memory.Request.Bytes(),
		Min: f.Replicas.Min, Max: f.Replicas.Max, VolumeGiB: (f.Volume.Size.Bytes() + gibi - 1) / gibi,
	}
}

const gibi = 1 << 30
