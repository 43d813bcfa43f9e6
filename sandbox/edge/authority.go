package edge

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"time"

	"paddock/sandbox/atomicfile"
)

// Lives of certificates. The authority is a sandbox's own, and goes with its folder.
const (
	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 90 * 24 * time.Hour
	renewBefore   = 24 * time.Hour
	maxLeaves     = 1000
)

// Authority signs the certificates that the door presents: who trusts its file, trusts them. ACM's have no keys to be had.
type Authority struct {
	File string // its certificate, PEM

	cert *x509.Certificate
	key  crypto.Signer

	mu     sync.Mutex
	leaves map[string]*tls.Certificate // by name
}

// OpenAuthority reads the authority in a folder, or makes one there.
func OpenAuthority(dir string) (*Authority, error) {
	file, keyFile := filepath.Join(dir, "edge-ca.crt"), filepath.Join(dir, "edge-ca.key")
	pair, err := tls.LoadX509KeyPair(file, keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		if err = found(file, keyFile); err == nil {
			pair, err = tls.LoadX509KeyPair(file, keyFile)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("authority of the front door: %w", err)
	}
	key, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("authority of the front door: %s: cannot sign", keyFile)
	}
	return &Authority{File: file, cert: pair.Leaf, key: key, leaves: map[string]*tls.Certificate{}}, nil
}

// found makes an authority that signs itself. Its key goes last: without it there is none yet.
func found(file, keyFile string) error {
	host, _ := os.Hostname() // to tell authorities apart in a browser's list
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		Subject:  pkix.Name{CommonName: "Paddock's local cloud on " + host},
		NotAfter: time.Now().Add(authorityLife), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := sign(template, template, key.Public(), key)
	if err != nil {
		return err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		atomicfile.Write(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644),
		atomicfile.Write(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}), 0o600),
	)
}

func sign(template, parent *x509.Certificate, public crypto.PublicKey, by crypto.Signer) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber, template.NotBefore = serial, time.Now().Add(-time.Minute)
	return x509.CreateCertificate(rand.Reader, template, parent, public, by)
}

// certificate is the one for the name that a client asks for, made when it is asked for first.
func (a *Authority) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := hello.ServerName
	if name == "" { // a client that asked for an address
		name = "localhost"
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if held := a.leaves[name]; held != nil && time.Until(held.Leaf.NotAfter) > renewBefore {
		return held, nil
	}
	if len(a.leaves) >= maxLeaves { // somebody makes names up
		clear(a.leaves)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotAfter: time.Now().Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	a.leaves[name] = &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	return a.leaves[name], nil
}
