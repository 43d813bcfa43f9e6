package plane

import (
	"errors"
	"fmt"

	clientcmdv1 "k8s.io/client-go/tools/clientcmd/api/v1"
	"sigs.k8s.io/yaml"

	"paddock/sandbox/atomicfile"
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
		user := clientcmdv1.AuthInfo{ClientCertificateData: cert.certPEM, ClientKeyData: cert.keyPEM}
		errs = append(errs, writeKubeconfig(c.path(name+".kubeconfig"), serverURL(port), p.ca.certPEM, user))
	}
	return errors.Join(errs...)
}

// writeKubeconfig writes a kubeconfig of one context. The file is a credential: its owner alone may read it.
func writeKubeconfig(path, server string, ca []byte, user clientcmdv1.AuthInfo) error {
	const name = "sandbox"
	raw, err := yaml.Marshal(clientcmdv1.Config{
		APIVersion: "v1", Kind: "Config", CurrentContext: name,
		Clusters: []clientcmdv1.NamedCluster{{
			Name: name, Cluster: clientcmdv1.Cluster{Server: server, CertificateAuthorityData: ca},
		}},
		AuthInfos: []clientcmdv1.NamedAuthInfo{{Name: name, AuthInfo: user}},
		Contexts: []clientcmdv1.NamedContext{{
			Name: name, Context: clientcmdv1.Context{Cluster: name, AuthInfo: name},
		}},
	})
	if err != nil {
		return fmt.Errorf("kubeconfig: %w", err)
	}
	return atomicfile.Write(path, raw, 0o600)
}
