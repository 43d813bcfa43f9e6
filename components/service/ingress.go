package service

import (
	"fmt"

	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const balancer = "alb.ingress.kubernetes.io/"

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

// edge says how the load balancer is to be, in the words of the AWS Load Balancer Controller. Where it faces, its certificate and
// what TLS it speaks are the class's to say, and not here once more.
func (b *builder) edge() pulumi.StringMap {
	all := map[string]string{
		"group.name":       b.File.Team,
		"target-type":      "ip", // requests go straight to the pods
		"listen-ports":     `[{"HTTP": 80}, {"HTTPS": 443}]`,
		"ssl-redirect":     "443",
		"healthcheck-path": b.File.Health.Ready,
		// A new pod is known to be healthy after 10 s: see tellBalancer.
		"healthcheck-interval-seconds": "5",
		"healthcheck-timeout-seconds":  "2",
		"healthy-threshold-count":      "2",
		"success-codes":                "200-399", // as the kubelet has it
		// Seconds: what is under way when a pod leaves may end as the file says.
		"target-group-attributes": fmt.Sprintf("deregistration_delay.timeout_seconds=%d", b.File.StopSeconds),
		// Alike for the whole team, or the controller refuses the group.
		"load-balancer-attributes": "routing.http.drop_invalid_header_fields.enabled=true",
	}
	annotations := pulumi.StringMap{unawaited: pulumi.String("true")}
	for key, value := range all {
		annotations[balancer+key] = pulumi.String(value)
	}
	return annotations
}
