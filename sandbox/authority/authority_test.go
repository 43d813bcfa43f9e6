package authority_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"paddock/sandbox/authority"
)

func open(t *testing.T, dir string) *authority.Pair {
	t.Helper()
	p, err := authority.Open(dir, "ca", "Paddock's own")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// An authority stays the same for as long as its folder is there.
func TestOpenTwice(t *testing.T) {
	dir := t.TempDir()
	first, again := open(t, dir), open(t, dir)
	if !first.Cert.Equal(again.Cert) || !bytes.Equal(first.CertPEM, again.CertPEM) || !bytes.Equal(first.KeyPEM, again.KeyPEM) {
		t.Error("it is another one")
	}
	if !again.Cert.IsCA || again.Cert.Subject.CommonName != "Paddock's own" {
		t.Errorf("made for %q, an authority: %v", again.Cert.Subject.CommonName, again.Cert.IsCA)
	}
}

// A certificate that cannot be written leaves no key: the next to open the folder would take the authority for complete.
func TestNoKeyWithoutCertificate(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "ca.crt", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if p, err := authority.Open(dir, "ca", "Paddock's own"); err == nil || p != nil {
		t.Errorf("%v, %v; want an error alone", p, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "ca.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its key: %v; want none", err)
	}
}

// What is issued is trusted by who trusts the authority, for as long as was asked; the template stays as it was.
func TestIssue(t *testing.T) {
	ca := open(t, t.TempDir())
	leaf, same := x509.Certificate{DNSNames: []string{"shop.example.com"}}, x509.Certificate{DNSNames: []string{"shop.example.com"}}
	made, err := ca.Issue(&leaf, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(leaf, same) {
		t.Errorf("the template became %+v", leaf)
	}
	if valid := made.Cert.NotAfter.Sub(made.Cert.NotBefore); valid != time.Hour {
		t.Errorf("valid for %v, want an hour", valid)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.Cert)
	if _, err := made.Cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: "shop.example.com"}); err != nil {
		t.Error(err)
	}
}
