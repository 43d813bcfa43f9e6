package service

import (
	"fmt"
	"strconv"
	"strings"

	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/balancer"
)

// ingress exposes the service by HTTPS. All services of a team share one load balancer, which costs as much as a small node; teams
// do not, so that none can answer on another's hosts.
func (b *builder) ingress(ctx *pulumi.Context) error {
	expose := b.File.Expose
	made, err := networkingv1.NewIngress(ctx, b.name+"-ingress", &networkingv1.IngressArgs{
		Metadata: b.metadata(b.edge()),
		Spec: networkingv1.IngressSpecArgs{
			IngressClassName: pulumi.String(b.Ingress.Class),
			Rules: networkingv1.IngressRuleArray{networkingv1.IngressRuleArgs{
				Host: pulumi.String(expose.FullHost(b.Ingress.Domain)),
				Http: networkingv1.HTTPIngressRuleValueArgs{Paths: networkingv1.HTTPIngressPathArray{networkingv1.HTTPIngressPathArgs{
					Path: pulumi.String(expose.Path), PathType: pulumi.String("Prefix"),
					Backend: networkingv1.IngressBackendArgs{Service: networkingv1.IngressServiceBackendArgs{
						Name: pulumi.String(b.File.Name), Port: networkingv1.ServiceBackendPortArgs{Name: pulumi.String(portName)},
					}},
				}}},
			}},
		},
	}, b.after(b.before...)...)
	b.last = append(b.last, made)
	return err
}

// edge says how the load balancer is to be.
func (b *builder) edge() pulumi.StringMap {
	all := balancer.Alike()
	all[balancer.Group] = b.File.Team
	// A longer path is looked at before the shorter one that it begins with, which may be another service's of the same host.
	all[balancer.Order] = strconv.Itoa(-len(strings.TrimSuffix(b.File.Expose.Path, "/")))
	all[balancer.HealthPath] = b.File.Health.Ready
	// Seconds: what is under way when a pod leaves may end as the file says.
	all[balancer.TargetGroups] = fmt.Sprintf("deregistration_delay.timeout_seconds=%d", b.File.StopSeconds)
	annotations := pulumi.ToStringMap(all)
	annotations[unawaited] = pulumi.String("true")
	return annotations
}
