package ingress

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// recordSeconds is how long resolvers keep the record that proves the domain.
	recordSeconds = 300
	// issueTimeout bounds the wait for a certificate: ACM looks for a new record within minutes, unless nobody asks that zone.
	issueTimeout = "30m"
)

// certificate takes the one that is there, or requests one for the domain and whatever is one label below it.
func (b *builder) certificate(ctx *pulumi.Context) error {
	b.Validation = pulumi.Array{}.ToArrayOutput()
	if b.Args.CertificateARN != "" {
		b.Ingress.CertificateARN = pulumi.String(b.Args.CertificateARN).ToStringOutput()
		return nil
	}
	cert, err := acm.NewCertificate(ctx, b.Name+"-certificate", &acm.CertificateArgs{
		DomainName:              pulumi.String(b.Domain),
		SubjectAlternativeNames: pulumi.ToStringArray([]string{"*." + b.Domain}),
		ValidationMethod:        pulumi.String("DNS"),
	}, b.Opts...)
	if err != nil {
		return err
	}
	b.Ingress.CertificateARN = cert.Arn
	if b.ZoneID == "" {
		b.Validation = records(cert)
		return nil
	}
	return b.prove(ctx, cert)
}

// records are what is to be set. ACM proves a domain and its wildcard by the same one.
func records(cert *acm.Certificate) pulumi.ArrayOutput {
	first := cert.DomainValidationOptions.Index(pulumi.Int(0))
	return pulumi.Array{pulumi.Map{
		"name":  first.ResourceRecordName().Elem(),
		"type":  first.ResourceRecordType().Elem(),
		"value": first.ResourceRecordValue().Elem(),
	}}.ToArrayOutput()
}

// prove sets the record in the zone and waits until ACM has seen it and issued the certificate.
func (b *builder) prove(ctx *pulumi.Context, cert *acm.Certificate) error {
	first := cert.DomainValidationOptions.Index(pulumi.Int(0))
	record, err := route53.NewRecord(ctx, b.Name+"-validation", &route53.RecordArgs{
		ZoneId:  pulumi.String(b.ZoneID),
		Name:    first.ResourceRecordName().Elem(),
		Type:    first.ResourceRecordType().Elem(),
		Records: pulumi.StringArray{first.ResourceRecordValue().Elem()},
		Ttl:     pulumi.Int(recordSeconds),
		// Another platform below the same domain, or an earlier one, has the very same record: the account's, not the certificate's.
		AllowOverwrite: pulumi.Bool(true),
	}, b.Opts...)
	if err != nil {
		return err
	}
	issued, err := acm.NewCertificateValidation(ctx, b.Name+"-issued", &acm.CertificateValidationArgs{
		CertificateArn:        cert.Arn,
		ValidationRecordFqdns: pulumi.StringArray{record.Fqdn},
	}, append([]pulumi.ResourceOption{pulumi.Timeouts(&pulumi.CustomTimeouts{Create: issueTimeout})}, b.Opts...)...)
	if err != nil {
		return err
	}
	b.Ingress.CertificateARN = issued.CertificateArn // known once it can be used
	return nil
}
