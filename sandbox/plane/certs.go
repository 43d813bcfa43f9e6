package plane

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"paddock/sandbox/atomicfile"
	"paddock/sandbox/authority"
)

// The authorities and the key of the service accounts live as long as the cluster: tokens and kubeconfigs outside
// depend on them. Every other certificate is issued anew at each start.
const leafLife = 365 * 24 * time.Hour

// pki is what a control plane's certificates come from.
type pki struct {
	dir        string
	ca         *authority.Pair // of everything that listens, and of client certificates
	frontProxy *authority.Pair // of the one client that may name users in headers: the apiserver as aggregator
}

// ensurePKI makes or reads the authorities in dir, and issues the certificates that processes serve and call with.
func ensurePKI(dir string, services netip.Prefix) (*pki, error) {
	p := &pki{dir: dir}
	var err error
	if p.ca, err = authority.Open(dir, "ca", "kubernetes"); err != nil {
		return nil, err
	}
	if p.frontProxy, err = authority.Open(dir, "front-proxy-ca", "front-proxy-ca"); err != nil {
		return nil, err
	}
	if err := ensureServiceAccountKey(filepath.Join(dir, "sa.key")); err != nil {
		return nil, err
	}
	apiserver := []string{
		"127.0.0.1", "localhost", services.Addr().Next().String(),
		"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
	}
	// All other listeners share one certificate: they are asked by the sandbox, the apiserver and metrics-server only.
	local := []string{"127.0.0.1", "localhost", metricsService + ".kube-system.svc"}
	return p, errors.Join(
		p.serving("apiserver", apiserver),
		p.serving("local", local),
		p.client(p.ca, "kubelet-client", "kube-apiserver-kubelet-client", "system:masters"),
		p.client(p.ca, "etcd-client", "kube-apiserver-etcd-client", ""),
		p.client(p.frontProxy, "front-proxy-client", "front-proxy-client", ""),
	)
}

// serving issues a certificate for listening under the given names and addresses.
func (p *pki) serving(file string, names []string) error {
	leaf := &x509.Certificate{
		Subject:     pkix.Name{CommonName: names[0]},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, name)
		}
	}
	made, err := p.ca.Issue(leaf, leafLife)
	if err != nil {
		return fmt.Errorf("certificate %s: %w", file, err)
	}
	return made.Write(p.dir, file)
}

// client issues a client certificate into a file.
func (p *pki) client(by *authority.Pair, file, user, group string) error {
	made, err := issueClient(by, user, group)
	if err != nil {
		return fmt.Errorf("certificate %s: %w", file, err)
	}
	return made.Write(p.dir, file)
}

// issueClient issues a client certificate; Kubernetes reads the user from its name and the group from its organization.
func issueClient(by *authority.Pair, user, group string) (*authority.Pair, error) {
	leaf := &x509.Certificate{
		Subject:     pkix.Name{CommonName: user},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if group != "" {
		leaf.Subject.Organization = []string{group}
	}
	return by.Issue(leaf, leafLife)
}

// ensureServiceAccountKey makes an RSA key, since AWS accepts only RS256 tokens and EKS issues no others.
func ensureServiceAccountKey(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return fmt.Errorf("service account key: %w", err)
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	return atomicfile.Write(path, pem.EncodeToMemory(block), 0o600)
}
