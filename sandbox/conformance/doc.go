// Package conformance proves the wire API with AWS's own clients: it fills a cloud through Pulumi's protocol, as programs do,
// and asks for everything that the API answers through the AWS SDK. It is tests only, so that nothing else brings the SDK's
// clients along.
package conformance
