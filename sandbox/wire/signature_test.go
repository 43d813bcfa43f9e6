package wire

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"paddock/sandbox/aws"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// echo answers every call with what it was asked.
type echo struct {
	last aws.Call
	out  aws.Props
	err  error
}

func (e *echo) Call(_ context.Context, in aws.Call) (aws.Props, error) {
	e.last = in
	return e.out, e.err
}

// book is a static book of keys: AKIDREADER, and ASIASESSION, which has a session token.
type book struct{}

func (book) Secret(_ context.Context, id, token string) (string, aws.Env, error) {
	switch {
	case id == "AKIDREADER" && token == "", id == "ASIASESSION" && token == "a+b/c=":
		return "secret", aws.Env{Account: "123456789012", Caller: "arn:aws:iam::123456789012:role/reader"}, nil
	case id == "ASIAOVER":
		return "", aws.Env{}, refusal("ExpiredToken", "The security token included in the request is expired")
	}
	return "", aws.Env{}, refusal("InvalidClientTokenId", "The security token included in the request is invalid.")
}

// ask is a request in the making.
type ask struct {
	method, target, host, body string
	header                     map[string]string
	id, secret, token          string
	service, region            string
	at                         time.Time
	after                      func(*http.Request) // done to the signed request
	bare                       bool                // body's length not signed, as botocore has it
}

func (a ask) request(t *testing.T) *http.Request {
	t.Helper()
	fill := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	fill(&a.method, http.MethodPost)
	fill(&a.target, "/")
	fill(&a.host, "127.0.0.1:4566")
	fill(&a.id, "AKIDREADER")
	fill(&a.secret, "secret")
	fill(&a.service, "ec2")
	fill(&a.region, "us-west-2")
	if a.at.IsZero() {
		a.at = noon
	}
	r := httptest.NewRequest(a.method, a.target, strings.NewReader(a.body))
	r.Host = a.host
	for name, value := range a.header {
		r.Header.Set(name, value)
	}
	length := r.ContentLength
	if a.bare {
		r.ContentLength = 0
	}
	hash := sha256.Sum256([]byte(a.body))
	key := sdk.Credentials{AccessKeyID: a.id, SecretAccessKey: a.secret, SessionToken: a.token}
	if err := v4.NewSigner().SignHTTP(t.Context(), key, r, hex.EncodeToString(hash[:]), a.service, a.region, a.at); err != nil {
		t.Fatal(err)
	}
	r.ContentLength = length
	if a.after != nil {
		a.after(r)
	}
	return r
}

func serve(b Backend, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	Handler(b, book{}, Options{Now: func() time.Time { return noon }, MaxBody: 4096}).ServeHTTP(w, r)
	return w
}

const vpcs = "Action=DescribeVpcs&Version=2016-11-15"

func TestGoodSignatures(t *testing.T) {
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
	for name, a := range map[string]ask{
		"query":              {body: vpcs, header: form},
		"length unsigned":    {body: vpcs, header: form, bare: true},
		"session":            {body: vpcs, id: "ASIASESSION", token: "a+b/c="},
		"four minutes late":  {body: vpcs, at: noon.Add(-4 * time.Minute)},
		"four minutes early": {body: vpcs, at: noon.Add(4 * time.Minute)},
		"real host":          {body: vpcs, host: "ec2.us-west-2.amazonaws.com"},
		"unsigned extras":    {body: vpcs, after: func(r *http.Request) { r.Header.Set("User-Agent", "x"); r.Header.Set("X-Amzn-Trace-Id", "y") }},
		"query in URL":       {method: http.MethodGet, target: "/?" + vpcs + "&Filter.1.Name=tag%3AName&Filter.1.Value.1=a+b%2Fc"},
		"REST":               {method: http.MethodGet, service: "eks", target: "/clusters/dev/access-entries/arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa"},
		"JSON": {service: "logs", body: "{}", header: map[string]string{
			"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Logs_20140328.DescribeLogGroups",
		}},
	} {
		if w := serve(&echo{}, a.request(t)); w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

const iam = "Action=ListRoles&Version=2010-05-08"

var badSignatures = map[string]struct {
	ask
	status int
	code   string
}{
	"tampered body": {ask{service: "iam", body: iam, after: func(r *http.Request) {
		r.Body = http.NoBody
	}}, 403, "SignatureDoesNotMatch"},
	"tampered path": {ask{service: "eks", method: "GET", target: "/clusters", after: func(r *http.Request) {
		r.URL.Path = "/clusters/dev"
	}}, 403, "InvalidSignatureException"},
	"tampered query": {ask{service: "eks", method: "GET", target: "/clusters", after: func(r *http.Request) {
		r.URL.RawQuery = "maxResults=1"
	}}, 403, "InvalidSignatureException"},
	"tampered header": {ask{service: "iam", body: iam, header: map[string]string{"Content-Type": "a/b"}, after: func(r *http.Request) {
		r.Header.Set("Content-Type", "c/d")
	}}, 403, "SignatureDoesNotMatch"},
	"target not signed": {ask{service: "logs", body: "{}", after: func(r *http.Request) {
		r.Header.Set("X-Amz-Target", "Logs_20140328.DescribeLogGroups")
	}}, 400, "InvalidSignatureException"},
	"wrong secret":      {ask{service: "iam", body: iam, secret: "guess"}, 403, "SignatureDoesNotMatch"},
	"wrong secret, EC2": {ask{body: vpcs, secret: "guess"}, 401, "AuthFailure"},
	"wrong session":     {ask{service: "iam", body: iam, id: "ASIASESSION", token: "other"}, 403, "InvalidClientTokenId"},
	"unknown key":       {ask{service: "iam", body: iam, id: "AKIDNOBODY"}, 403, "InvalidClientTokenId"},
	"unknown key, REST": {ask{service: "eks", method: "GET", target: "/clusters", id: "AKIDNOBODY"}, 403, "UnrecognizedClientException"},
	"session over":      {ask{service: "iam", body: iam, id: "ASIAOVER"}, 403, "ExpiredToken"},
	"too old":           {ask{service: "iam", body: iam, at: noon.Add(-6 * time.Minute)}, 403, "SignatureDoesNotMatch"},
	"too old, EC2":      {ask{body: vpcs, at: noon.Add(-6 * time.Minute)}, 400, "RequestExpired"},
	"too early, JSON": {ask{service: "logs", body: "{}", at: noon.Add(6 * time.Minute), header: map[string]string{
		"X-Amz-Target": "Logs_20140328.DescribeLogGroups",
	}}, 400, "InvalidSignatureException"},
	"missing": {ask{service: "iam", body: iam, after: func(r *http.Request) {
		r.Header.Del("Authorization")
	}}, 403, "MissingAuthenticationToken"},
	"missing, REST": {ask{service: "eks", method: "GET", target: "/clusters", after: func(r *http.Request) {
		r.Header.Del("Authorization")
	}}, 403, "MissingAuthenticationTokenException"},
	"incomplete": {ask{service: "iam", body: iam, after: func(r *http.Request) {
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDREADER/20260301/us-west-2/iam/aws4_request")
	}}, 400, "IncompleteSignature"},
	"basic": {ask{service: "iam", body: iam, after: func(r *http.Request) {
		r.Header.Set("Authorization", "Basic abc")
	}}, 400, "IncompleteSignature"},
	"another service": {ask{body: iam, host: "iam.amazonaws.com"}, 403, "SignatureDoesNotMatch"},
	"another region":  {ask{body: vpcs, host: "ec2.eu-west-1.amazonaws.com"}, 401, "AuthFailure"},
	"no region":       {ask{service: "iam", region: "mars", body: iam}, 403, "SignatureDoesNotMatch"},
	"no such service": {ask{service: "sqs", body: iam}, 400, "InvalidAction"},
}

func TestBadSignatures(t *testing.T) {
	for name, c := range badSignatures {
		b := &echo{}
		w := serve(b, c.request(t))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.code) {
			t.Errorf("%s: got %d %s, want %d %s", name, w.Code, w.Body, c.status, c.code)
		}
		if b.last.Action != "" {
			t.Errorf("%s: the call was made", name)
		}
	}
}

func TestWhoCalls(t *testing.T) {
	b := &echo{}
	serve(b, ask{body: vpcs, region: "eu-west-1"}.request(t))
	if want := (aws.Env{Region: "eu-west-1", Account: "123456789012", Caller: "arn:aws:iam::123456789012:role/reader"}); !reflect.DeepEqual(b.last.Env, want) {
		t.Errorf("got %+v, want %+v", b.last.Env, want)
	}
	open := ask{body: "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&WebIdentityToken=abcd", after: func(r *http.Request) { r.Header.Del("Authorization") }}
	serve(b, open.request(t))
	if b.last.Service != "sts" || b.last.Caller != "" || b.last.Params["WebIdentityToken"] != "abcd" {
		t.Errorf("unsigned call of sts: %+v", b.last)
	}
}

// token is the URL in a token of `aws eks get-token`.
func token(t *testing.T, cluster, secret, query string, at time.Time) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://sts.us-west-2.amazonaws.com/?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(clusterHeader, cluster)
	none := sha256.Sum256(nil)
	signed, _, err := v4.NewSigner().PresignHTTP(t.Context(), sdk.Credentials{AccessKeyID: "ASIASESSION", SecretAccessKey: secret, SessionToken: "a+b/c="},
		r, hex.EncodeToString(none[:]), "sts", "us-west-2", at)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestPresigned(t *testing.T) {
	const identity = "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=60"
	now := time.Now()
	good := token(t, "dev", "secret", identity, now.Add(-14*time.Minute))
	caller, err := CheckPresigned(t.Context(), good, http.Header{"X-K8s-Aws-Id": {"dev"}}, book{})
	if err != nil || caller.Caller != "arn:aws:iam::123456789012:role/reader" || caller.Region != "us-west-2" {
		t.Errorf("good token: %+v, %v", caller, err)
	}
	for name, c := range map[string]struct{ url, cluster, code string }{
		"another cluster": {good, "prod", "SignatureDoesNotMatch"},
		"no cluster":      {good, "", "SignatureDoesNotMatch"},
		"wrong secret":    {token(t, "dev", "guess", identity, now), "dev", "SignatureDoesNotMatch"},
		"too old":         {token(t, "dev", "secret", identity, now.Add(-16*time.Minute)), "dev", "SignatureExpired"},
		"another action":  {token(t, "dev", "secret", "Action=AssumeRole&Version=2011-06-15", now), "dev", "InvalidParameterValue"},
		"more parameters": {token(t, "dev", "secret", identity+"&Foo=bar", now), "dev", "InvalidParameterValue"},
		"added parameter": {good + "&X-Amz-Extra=1", "dev", "SignatureDoesNotMatch"},
		"no signature":    {"https://sts.amazonaws.com/?" + identity, "dev", "IncompleteSignature"},
		"moved":           {strings.Replace(good, "us-west-2.amazonaws", "eu-west-1.amazonaws", 1), "dev", "SignatureDoesNotMatch"},
	} {
		header := http.Header{}
		if c.cluster != "" {
			header.Set(clusterHeader, c.cluster)
		}
		_, err := CheckPresigned(t.Context(), c.url, header, book{})
		var known *aws.Error
		if !errors.As(err, &known) || known.Code != c.code {
			t.Errorf("%s: got %v, want %s", name, err, c.code)
		}
	}
}

func TestPresignedThroughTheHandler(t *testing.T) {
	u, err := url.Parse(token(t, "dev", "secret", "Action=GetCallerIdentity&Version=2011-06-15", noon))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, u.RequestURI(), nil)
	r.Host = u.Host
	r.Header.Set(clusterHeader, "dev")
	b := &echo{}
	if w := serve(b, r); w.Code != http.StatusOK || b.last.Action != "GetCallerIdentity" || len(b.last.Params) != 0 {
		t.Errorf("got %d %s, call %+v", w.Code, w.Body, b.last)
	}
}
