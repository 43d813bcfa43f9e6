// Package balancer names the annotations by which an Ingress says how its load balancer is to be, in the words of the AWS Load Balancer
// Controller. It is pure data: services are written by it, and what teams write themselves is held to it.
package balancer

// Prefix begins the key of every such annotation.
const Prefix = "alb.ingress.kubernetes.io/"

// Group puts an Ingress on a load balancer that it shares. Its value is the team's name.
const Group = Prefix + "group.name"

// What each service says for itself: about the way to its own pods.
const (
	// Order is the place of an Ingress's rules among its group's, from -1000, the first, to 1000. Only within an Ingress does the
	// controller put longer paths first.
	Order        = Prefix + "group.order"
	HealthPath   = Prefix + "healthcheck-path"
	TargetGroups = Prefix + "target-group-attributes"
)

// Own are the keys of what each service says for itself.
func Own() []string { return []string{Order, HealthPath, TargetGroups} }

// TLSPolicy speaks TLS 1.3, and 1.2 with forward secrecy only.
const TLSPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06"

// Alike is what all services of a platform say alike. Much of it is about the load balancer as a whole: where Ingresses of one group
// differ, the controller refuses the group. Where it faces, its certificate and what TLS it speaks are the class's to say, and not here
// once more.
func Alike() map[string]string {
	return map[string]string{
		Prefix + "target-type":  "ip", // requests go straight to the pods
		Prefix + "listen-ports": `[{"HTTP": 80}, {"HTTPS": 443}]`,
		Prefix + "ssl-redirect": "443",
		// A new pod is known to be healthy after 10 s: package service counts on it.
		Prefix + "healthcheck-interval-seconds": "5",
		Prefix + "healthcheck-timeout-seconds":  "2",
		Prefix + "healthy-threshold-count":      "2",
		Prefix + "success-codes":                "200-399", // as the kubelet has it
		Prefix + "load-balancer-attributes":     "routing.http.drop_invalid_header_fields.enabled=true",
	}
}
