package run

import (
	"context"
	"maps"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"paddock/grade/measure"
)

// inForce are flags of what runs in kube-system that a record tells, each by the name under which it is recorded.
var inForce = map[string]map[string]string{
	"cluster-autoscaler": {
		"scan-interval":                    "autoscaler.scan-interval",
		"scale-down-unneeded-time":         measure.KeyUnneeded,
		"scale-down-delay-after-add":       "autoscaler.delay-after-add",
		"scale-down-utilization-threshold": "autoscaler.threshold",
	},
	"metrics-server": {"metric-resolution": measure.KeyResolution},
}

// Notes reads from the cluster what is in force there; what cannot be read is left out.
func Notes(ctx context.Context, api API) map[string]string {
	out := map[string]string{}
	for name, flags := range inForce {
		var d appsv1.Deployment
		if api.Get(ctx, "/apis/apps/v1/namespaces/kube-system/deployments/"+name, &d) != nil {
			continue
		}
		for _, c := range d.Spec.Template.Spec.Containers {
			maps.Copy(out, said(append(c.Command, c.Args...), flags))
		}
	}
	return out
}

// said picks flags out of a command line, of the form --name=value.
func said(line []string, flags map[string]string) map[string]string {
	out := map[string]string{}
	for _, word := range line {
		name, value, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if key, ok := flags[name]; ok && value != "" {
			out[key] = value
		}
	}
	return out
}
