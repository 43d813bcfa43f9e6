// Package authority keeps certificate authorities of the local cloud's own in files, and issues certificates by them.
package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"paddock/sandbox/atomicfile"
)

// life is an authority's: it is a sandbox's own, and goes with its folder.
const life = 10 * 365 * 24 * time.Hour

// Pair is a certificate and its key.
type Pair struct {
	Cert    *x509.Certificate
	Key     crypto.Signer
	CertPEM []byte
	KeyPEM  []byte
}

// Open reads the authority <file>.crt and .key of a folder, or makes one there that goes by a name.
func Open(dir, file, name string) (*Pair, error) {
	keyPEM, err := os.ReadFile(filepath.Join(dir, file+".key"))
	if errors.Is(err, fs.ErrNotExist) {
		made, err := sign(nil, &x509.Certificate{Subject: pkix.Name{CommonName: name}}, life)
		if err != nil {
			return nil, fmt.Errorf("authority %s: %w", file, err)
		}
		if err := made.Write(dir, file); err != nil {
			return nil, fmt.Errorf("authority %s: %w", file, err)
		}
		return made, nil
	}
	if err != nil {
		return nil, fmt.Errorf("authority %s: %w", file, err)
	}
	certPEM, err := os.ReadFile(filepath.Join(dir, file+".crt"))
	if err != nil {
		return nil, fmt.Errorf("authority %s: %w", file, err)
	}
	return parse(file, certPEM, keyPEM)
}

func parse(file string, certPEM, keyPEM []byte) (*Pair, error) {
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
	return &Pair{Cert: cert, Key: signer, CertPEM: certPEM, KeyPEM: keyPEM}, nil
}

// Issue makes a key and a certificate for it that is valid for so long. leaf is a template and is not changed.
func (p *Pair) Issue(leaf *x509.Certificate, valid time.Duration) (*Pair, error) {
	return sign(p, leaf, valid)
}

// sign without by makes an authority that signs itself.
func sign(by *Pair, leaf *x509.Certificate, valid time.Duration) (*Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	made := *leaf
	made.SerialNumber = serial
	made.NotBefore = time.Now().Add(-time.Minute)
	made.NotAfter = made.NotBefore.Add(valid)
	made.KeyUsage |= x509.KeyUsageDigitalSignature
	parent, signer := &made, crypto.Signer(key)
	if by != nil {
		parent, signer = by.Cert, by.Key
	} else {
		made.IsCA, made.BasicConstraintsValid = true, true
		made.KeyUsage |= x509.KeyUsageCertSign
	}
	der, err := x509.CreateCertificate(rand.Reader, &made, parent, key.Public(), signer)
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
	return &Pair{
		Cert: cert, Key: key,
		CertPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		KeyPEM:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	}, nil
}

// Write keeps both in files of a folder, <name>.crt and .key.
func (p *Pair) Write(dir, name string) error {
	// The key goes last: an authority is taken for complete when its key is there.
	if err := atomicfile.Write(filepath.Join(dir, name+".crt"), p.CertPEM, 0o644); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, name+".key"), p.KeyPEM, 0o600)
}
