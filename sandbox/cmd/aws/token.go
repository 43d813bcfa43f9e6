package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"paddock/sandbox/link"
)

// tokenLife is how long callers may keep a token; the cluster takes it for a minute more.
const tokenLife = 14 * time.Minute

type token struct {
	text    string
	expires time.Time
}

// sign makes a token as the AWS CLI does: a presigned sts:GetCallerIdentity that names the cluster in a signed header.
func sign(ctx context.Context, cluster, role, region string) (token, error) {
	own, err := link.Held(ctx)
	if err != nil {
		return token{}, err
	}
	endpoint := os.Getenv("AWS_ENDPOINT_URL")
	if own.AccessKeyID == "" || endpoint == "" {
		return token{}, errors.New("AWS_ACCESS_KEY_ID or AWS_ENDPOINT_URL is not set; run `. .sandbox/env` first")
	}
	options := sts.Options{
		Region: firstOf(region, link.Region(), "us-west-2"), BaseEndpoint: aws.String(endpoint),
		Credentials: credentials.NewStaticCredentialsProvider(own.AccessKeyID, own.SecretAccessKey, own.SessionToken),
	}
	if role != "" {
		if options.Credentials, err = assume(ctx, options, role); err != nil {
			return token{}, err
		}
	}
	now := time.Now()
	signed, err := sts.NewPresignClient(sts.New(options)).PresignGetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}, func(o *sts.PresignOptions) {
		o.ClientOptions = append(o.ClientOptions, func(o *sts.Options) {
			o.APIOptions = append(o.APIOptions, smithyhttp.SetHeaderValue("x-k8s-aws-id", cluster), smithyhttp.SetHeaderValue("X-Amz-Expires", "60"))
		})
	})
	if err != nil {
		return token{}, err
	}
	return token{"k8s-aws-v1." + base64.RawURLEncoding.EncodeToString([]byte(signed.URL)), now.Add(tokenLife)}, nil
}

// assume takes on the role for this one token.
func assume(ctx context.Context, options sts.Options, role string) (aws.CredentialsProvider, error) {
	out, err := sts.New(options).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("EKSGetTokenAuth")})
	var refused smithy.APIError
	if errors.As(err, &refused) {
		return nil, fmt.Errorf("%s: %s", refused.ErrorCode(), refused.ErrorMessage())
	}
	if err != nil {
		return nil, err
	}
	c := out.Credentials
	return credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken), nil
}
