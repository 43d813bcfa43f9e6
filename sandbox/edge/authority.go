package edge

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"paddock/sandbox/authority"
)

// Lives of certificates, and how many there are at a time.
const (
	leafLife    = 90 * 24 * time.Hour
	renewBefore = 24 * time.Hour
	maxLeaves   = 1000
)

// Authority signs the certificates that the door presents: who trusts its file, trusts them. ACM's have no keys to be had.
type Authority struct {
	File string // its certificate, PEM

	pair *authority.Pair

	mu     sync.Mutex
	leaves map[string]*tls.Certificate // by name
}

// OpenAuthority reads the authority in a folder, or makes one there.
func OpenAuthority(dir string) (*Authority, error) {
	host, _ := os.Hostname() // to tell authorities apart in a browser's list
	name := "Paddock's local cloud on " + host
	pair, err := authority.Open(dir, fileName, name)
	if errors.Is(err, fs.ErrNotExist) { // somebody has removed its certificate: nothing but a browser depends on this one
		if err = os.Remove(filepath.Join(dir, fileName+".key")); err == nil {
			pair, err = authority.Open(dir, fileName, name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("front door: %w", err)
	}
	return &Authority{File: filepath.Join(dir, fileName+".crt"), pair: pair, leaves: map[string]*tls.Certificate{}}, nil
}

// fileName is that of the authority's files, without what tells certificate and key apart.
const fileName = "edge-ca"

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
	leaf, err := a.pair.Issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, leafLife)
	if err != nil {
		return nil, err
	}
	a.leaves[name] = &tls.Certificate{Certificate: [][]byte{leaf.Cert.Raw}, PrivateKey: leaf.Key, Leaf: leaf.Cert}
	return a.leaves[name], nil
}
