package ingress

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"time"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/controller"
)

// servingYears is how long the certificate is good. Nobody looks: see serving.
const servingYears = 10

// serving gives the controller's webhook server the certificate without which it does not become ready. No webhook is configured,
// so nothing ever calls that server and nothing trusts the certificate. Each run makes one; the first is kept, and deleting the
// Secret makes a new one.
func (b *builder) serving(ctx *pulumi.Context) error {
	cert, key, err := selfSigned(Name+"."+controller.Namespace+".svc", time.Now())
	if err != nil {
		return err
	}
	secret, err := corev1.NewSecret(ctx, b.Name+"-serving", &corev1.SecretArgs{
		Metadata: b.Metadata(ServingSecret, controller.Namespace),
		Type:     pulumi.String("kubernetes.io/tls"),
		Data: pulumi.ToSecret(pulumi.StringMap{
			"tls.crt": pulumi.String(base64.StdEncoding.EncodeToString(cert)),
			"tls.key": pulumi.String(base64.StdEncoding.EncodeToString(key)),
		}).(pulumi.StringMapOutput),
	}, append([]pulumi.ResourceOption{pulumi.IgnoreChanges([]string{"data"})}, b.InCluster...)...)
	b.Before = append(b.Before, secret)
	return err
}

// selfSigned makes a certificate for one name, and its key, both as PEM.
func selfSigned(name string, now time.Time) (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		NotBefore:    now.Add(-time.Hour), // clocks differ
		NotAfter:     now.AddDate(servingYears, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	encoded, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: encoded}), nil
}
