package conformance

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eks"

	"paddock/sandbox/aws"
	"paddock/sandbox/wire"
)

// flaky refuses the first call and answers the second.
type flaky struct {
	err   error
	calls int
}

func (f *flaky) Call(context.Context, aws.Call) (aws.Props, error) {
	if f.calls++; f.calls == 1 {
		return nil, f.err
	}
	return aws.Props{}, nil
}

// What AWS's clients try again, they try again here: throttling and faults of the service, in the words of each protocol.
func TestClientsTryAgain(t *testing.T) {
	asks := map[string]func(sdk.Config) error{
		"ec2": func(c sdk.Config) error {
			_, err := ec2.NewFromConfig(c).DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
			return err
		},
		"autoscaling": func(c sdk.Config) error {
			_, err := autoscaling.NewFromConfig(c).DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
			return err
		},
		"eks": func(c sdk.Config) error {
			_, err := eks.NewFromConfig(c).ListClusters(t.Context(), &eks.ListClustersInput{})
			return err
		},
		"logs": func(c sdk.Config) error {
			_, err := cloudwatchlogs.NewFromConfig(c).DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
			return err
		},
	}
	for name, ask := range asks {
		for code, again := range map[string]bool{"Throttling": true, "ServiceUnavailable": true, "internal": true, "AccessDenied": false, "ValidationError": false} {
			f := &flaky{err: &aws.Error{Code: code, Message: "once"}}
			if code == "internal" {
				f.err = errors.New("a cause that is nobody's business")
			}
			server := httptest.NewServer(wire.Handler(f, p.cloud, wire.Options{}))
			err := ask(sdk.Config{
				Region: region, BaseEndpoint: &server.URL, Credentials: p.config.Credentials,
				Retryer: func() sdk.Retryer {
					return retry.NewStandard(func(o *retry.StandardOptions) {
						o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
					})
				},
			})
			server.Close()
			if (f.calls == 2) != again || (err == nil) != again {
				t.Errorf("%s: %s: %d calls, error %v; want it tried again: %v", name, code, f.calls, err, again)
			}
		}
	}
}

func TestWrongKeyInEachProtocol(t *testing.T) {
	bad, key := p.config.Copy(), p.cloud.AccessKey()
	bad.Credentials = credentials.NewStaticCredentialsProvider(key.AccessKeyID, "wrong", "")
	_, err := ec2.NewFromConfig(bad).DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
	refused(t, err, "AuthFailure")
	_, err = autoscaling.NewFromConfig(bad).DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
	refused(t, err, "SignatureDoesNotMatch")
	_, err = eks.NewFromConfig(bad).ListClusters(t.Context(), &eks.ListClustersInput{})
	refused(t, err, "InvalidSignatureException")
	bad.Credentials = credentials.NewStaticCredentialsProvider("AKIAUNKNOWN", key.SecretAccessKey, "")
	_, err = autoscaling.NewFromConfig(bad).DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
	refused(t, err, "InvalidClientTokenId")
	_, err = cloudwatchlogs.NewFromConfig(bad).DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	refused(t, err, "UnrecognizedClientException")
}
