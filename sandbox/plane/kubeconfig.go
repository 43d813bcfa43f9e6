package plane

import (
	"errors"
	"fmt"

	clientcmdv1 "k8s.io/client-go/tools/clientcmd/api/v1"

	"paddock/sandbox/login"
)

// identities are the callers that get a client certificate: the user and group that RBAC, or no RBAC, is for.
var identities = map[string]struct{ user, group string }{
	"admin":       {"paddock-sandbox-admin", "system:masters"},
	"kwok":        {"paddock-sandbox-kwok", "system:masters"}, // it is every kubelet at once
	"controllers": {"system:kube-controller-manager", ""},
	"scheduler":   {"system:kube-scheduler", ""},
}

func (c *cluster) writeKubeconfigs(p *pki, port int) error {
	var errs []error
	for name, id := range identities {
		cert, err := issueClient(p.ca, id.user, id.group)
		if err != nil {
			return fmt.Errorf("kubeconfig %s: %w", name, err)
		}
		user := clientcmdv1.AuthInfo{ClientCertificateData: cert.CertPEM, ClientKeyData: cert.KeyPEM}
		config := login.Kubeconfig{Server: serverURL(port), CA: p.ca.CertPEM, User: user}
		errs = append(errs, config.Write(c.path(name+".kubeconfig")))
	}
	return errors.Join(errs...)
}
