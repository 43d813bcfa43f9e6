package plane

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"paddock/sandbox/atomicfile"
)

// The authorities and the key of the service accounts live as long as the cluster: tokens and kubeconfigs outside
// depend on them. Every other certificate is issued anew at each start.
const (
	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 365 * 24 * time.Hour
)

// pair is a certificate and its key.
type pair struct {
	cert    *x509.Certificate
	key     crypto.Signer
	certPEM []byte
	keyPEM  []byte
}

// pki is what a control plane's certificates come from.
type pki struct {
	dir        string
	ca         *pair // of everything that listens, and of client certificates
	frontProxy *pair // of the one client that may name users in headers: the apiserver as aggregator
}

// ensurePKI makes or reads the authorities in dir, and issues the certificates that processes serve and call with.
func ensurePKI(dir string, services netip.Prefix) (*pki, error) {
	p := &pki{dir: dir}
	var err error
	if p.ca, err = ensureAuthority(dir, "ca", "kubernetes"); err != nil {
		return nil, err
	}
	if p.frontProxy, err = ensureAuthority(dir, "front-proxy-ca", "front-proxy-ca"); err != nil {
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
	made, err := issue(p.ca, leaf)
	if err != nil {
		return fmt.Errorf("certificate %s: %w", file, err)
	}
	return made.write(p.dir, file)
}

// client issues a client certificate into a file.
func (p *pki) client(by *pair, file, user, group string) error {
	made, err := issueClient(by, user, group)
	if err != nil {
		return fmt.Errorf("certificate %s: %w", file, err)
	}
	return made.write(p.dir, file)
}

// issueClient issues a client certificate; Kubernetes reads the user from its name and the group from its organization.
func issueClient(by *pair, user, group string) (*pair, error) {
	leaf := &x509.Certificate{
		Subject:     pkix.Name{CommonName: user},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if group != "" {
		leaf.Subject.Organization = []string{group}
	}
	return issue(by, leaf)
}

// issue signs a certificate with a new key; by nil makes it an authority that signs itself.
func issue(by *pair, leaf *x509.Certificate) (*pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	leaf.SerialNumber = serial
	leaf.NotBefore = time.Now().Add(-time.Minute)
	leaf.KeyUsage |= x509.KeyUsageDigitalSignature
	parent, signer := leaf, crypto.Signer(key)
	if by != nil {
		parent, signer = by.cert, by.key
		leaf.NotAfter = leaf.NotBefore.Add(leafLife)
	} else {
		leaf.NotAfter = leaf.NotBefore.Add(authorityLife)
		leaf.IsCA, leaf.BasicConstraintsValid = true, true
		leaf.KeyUsage |= x509.KeyUsageCertSign
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, parent, key.Public(), signer)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return &pair{
		cert: cert, key: key,
		certPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		keyPEM:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	}, nil
}

func (p *pair) write(dir, name string) error {
	// The key goes last: an authority is taken for complete when its key is there.
	return errors.Join(
		atomicfile.Write(filepath.Join(dir, name+".crt"), p.certPEM, 0o644),
		atomicfile.Write(filepath.Join(dir, name+".key"), p.keyPEM, 0o600),
	)
}

func ensureAuthority(dir, file, name string) (*pair, error) {
	keyPEM, err := os.ReadFile(filepath.Join(dir, file+".key"))
	if errors.Is(err, fs.ErrNotExist) {
		made, err := issue(nil, &x509.Certificate{Subject: pkix.Name{CommonName: name}})
		if err != nil {
			return nil, fmt.Errorf("authority %s: %w", file, err)
		}
		return made, made.write(dir, file)
	}
	if err != nil {
		return nil, fmt.Errorf("authority %s: %w", file, err)
	}
	certPEM, err := os.ReadFile(filepath.Join(dir, file+".crt"))
	if err != nil {
		return nil, fmt.Errorf("authority %s: %w", file, err)
	}
	return parsePair(file, certPEM, keyPEM)
}

func parsePair(file string, certPEM, keyPEM []byte) (*pair, error) {
	certBlock, _ := pem.Decode(certPEM)
	keyBlock, _ := pem.Decode(keyPEM)
	if certBlock == nil || keyBlock == nil {
		return nil, fmt.Errorf("authority %s: its files are not PEM", file)
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return nil, fmt.Errorf("authority %s: %w", file, err)
	}
	key, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, fmt.Errorf("authority %s: %w", file, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("authority %s: its key cannot sign", file)
	}
	return &pair{cert: cert, key: signer, certPEM: certPEM, keyPEM: keyPEM}, nil
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
