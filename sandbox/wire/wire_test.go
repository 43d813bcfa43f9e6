package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"paddock/sandbox/aws"
	"paddock/sandbox/machine"
)

type list = []any

func TestQueryParameters(t *testing.T) {
	for text, want := range map[string]aws.Props{
		"Filter.1.Name=tag:a&Filter.1.Value.1=x&Filter.1.Value.2=y&VpcId.1=v": {
			"Filter": list{aws.Props{"Name": "tag:a", "Value": list{"x", "y"}}}, "VpcId": list{"v"},
		},
		"Names.member.2=b&Names.member.10=c&Names.member.1=a":   {"Names": list{"a", "b", "c"}},
		"Tags.member.1.Key=k&Tags.member.1.Value=":              {"Tags": list{aws.Props{"Key": "k", "Value": ""}}},
		"Filters.member.1.Values.member.1=v":                    {"Filters": list{aws.Props{"Values": list{"v"}}}},
		"Names=&MaxRecords=100&Spec.Id=1&Spec.member=no%20list": {"Names": "", "MaxRecords": "100", "Spec": aws.Props{"Id": "1", "member": "no list"}},
		"X.01=a": {"X": aws.Props{"01": "a"}},
	} {
		b := &echo{}
		serve(b, ask{body: vpcs + "&" + text}.request(t))
		if !reflect.DeepEqual(b.last.Params, want) {
			t.Errorf("%s: got %v, want %v", text, b.last.Params, want)
		}
	}
}

func TestBadRequests(t *testing.T) {
	target := func(name string) map[string]string { return map[string]string{"X-Amz-Target": name} }
	for name, c := range map[string]struct {
		ask
		status int
		code   string
	}{
		"value and structure": {ask{body: vpcs + "&A=1&A.B=2"}, 400, "MalformedQueryString"},
		"too deep":            {ask{body: vpcs + "&" + strings.Repeat("A.", 40) + "A=1"}, 400, "MalformedQueryString"},
		"no action":           {ask{body: "Version=2016-11-15"}, 400, "MissingAction"},
		"another version":     {ask{body: "Action=DescribeVpcs&Version=2014-01-01"}, 400, "InvalidAction"},
		"large":               {ask{body: vpcs + "&A=" + strings.Repeat("x", 5000)}, 413, "RequestEntityTooLarge"},
		"not JSON":            {ask{service: "logs", body: "{", header: target("Logs_20140328.DescribeLogGroups")}, 400, "SerializationException"},
		"no target":           {ask{service: "logs", body: "{}"}, 400, "UnknownOperationException"},
		"no such path":        {ask{service: "eks", method: "PATCH", target: "/clusters"}, 404, "UnknownOperationException"},
		"path with a slash":   {ask{service: "eks", method: "GET", target: "/clusters/a/b"}, 404, "UnknownOperationException"},
	} {
		w := serve(&echo{}, c.request(t))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.code) {
			t.Errorf("%s: got %d %s, want %d %s", name, w.Code, w.Body, c.status, c.code)
		}
	}
}

func TestRESTParameters(t *testing.T) {
	arn := "arn:aws:iam::1:role/path/a b"
	for target, want := range map[string]aws.Call{
		"/clusters?maxResults=5&include=a&include=b": {Action: "ListClusters", Params: aws.Props{"maxResults": "5", "include": list{"a", "b"}}},
		"/clusters/dev": {Action: "DescribeCluster", Params: aws.Props{"name": "dev"}},
		"/clusters/dev/access-entries/" + url.PathEscape(arn): {Action: "DescribeAccessEntry", Params: aws.Props{"clusterName": "dev", "principalArn": arn}},
		"/tags/" + url.PathEscape(arn):                        {Action: "ListTagsForResource", Params: aws.Props{"resourceArn": arn}},
		"/clusters/dev?name=prod":                             {Action: "DescribeCluster", Params: aws.Props{"name": "dev"}},
	} {
		b := &echo{}
		if w := serve(b, ask{service: "eks", method: http.MethodGet, target: target}.request(t)); w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
		if b.last.Action != want.Action || !reflect.DeepEqual(b.last.Params, want.Params) {
			t.Errorf("%s: got %s %v, want %s %v", target, b.last.Action, b.last.Params, want.Action, want.Params)
		}
	}
}

var tree = aws.Props{
	"id": "a<b>&c", "big": float64(1234567890), "small": 0.5, "yes": true, "none": nil, "at": noon, "empty": list{},
	"set": list{aws.Props{"k": "v"}, aws.Props{"k": "w"}}, "names": []string{"x", "y"},
}

func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		ask
		want string
	}{
		"ec2": {ask{body: vpcs}, `<DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><at>2026-03-01T12:00:00.000Z</at><big>1234567890</big>` +
			`<empty></empty><id>a&lt;b&gt;&amp;c</id><names><item>x</item><item>y</item></names><requestId>ID</requestId>` +
			`<set><item><k>v</k></item><item><k>w</k></item></set><small>0.5</small><yes>true</yes></DescribeVpcsResponse>`},
		"query": {ask{service: "iam", body: "Action=ListRoles&Version=2010-05-08"}, `<ListRolesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">` +
			`<ListRolesResult><at>2026-03-01T12:00:00.000Z</at><big>1234567890</big><empty></empty><id>a&lt;b&gt;&amp;c</id>` +
			`<names><member>x</member><member>y</member></names><set><member><k>v</k></member><member><k>w</k></member></set><small>0.5</small>` +
			`<yes>true</yes></ListRolesResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></ListRolesResponse>`},
		"json": {ask{service: "eks", method: "GET", target: "/clusters"}, `{"at":1772366400,"big":1234567890,"empty":[],"id":"a<b>&c","names":["x","y"],` +
			`"set":[{"k":"v"},{"k":"w"}],"small":0.5,"yes":true}`},
	} {
		w := serve(&echo{out: tree}, c.request(t))
		id := w.Header().Get("X-Amzn-Requestid")
		_, body, _ := strings.Cut(strings.TrimSpace(w.Body.String()), "?>\n")
		if body == "" {
			body = strings.TrimSpace(w.Body.String())
		}
		if got := strings.ReplaceAll(body, id, "ID"); id == "" || got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
	if w := serve(&echo{out: aws.Props{"x": struct{}{}}}, ask{body: vpcs}.request(t)); w.Code != http.StatusInternalServerError {
		t.Errorf("what has no form on the wire: got %d %s", w.Code, w.Body)
	}
}

func TestErrors(t *testing.T) {
	requests := map[string]ask{
		"ec2": {body: vpcs}, "iam": {service: "iam", body: "Action=ListRoles&Version=2010-05-08"}, "eks": {service: "eks", method: "GET", target: "/clusters"},
		"logs": {service: "logs", body: "{}", header: map[string]string{"X-Amz-Target": "Logs_20140328.DescribeLogGroups"}},
	}
	for _, c := range []struct {
		service, given string
		status         int
		code           string
	}{
		{"ec2", "AccessDenied", 403, "UnauthorizedOperation"}, {"iam", "AccessDenied", 403, "AccessDenied"},
		{"eks", "AccessDenied", 403, "AccessDeniedException"}, {"logs", "AccessDenied", 400, "AccessDeniedException"},
		{"ec2", "Throttling", 503, "RequestLimitExceeded"}, {"iam", "Throttling", 400, "Throttling"}, {"eks", "Throttling", 429, "ThrottlingException"},
		{"iam", "NoSuchEntity", 404, "NoSuchEntity"}, {"iam", "EntityAlreadyExists", 409, "EntityAlreadyExists"},
		{"eks", "ResourceNotFoundException", 404, "ResourceNotFoundException"}, {"logs", "ResourceNotFoundException", 400, "ResourceNotFoundException"},
		{"eks", "ResourceInUseException", 409, "ResourceInUseException"}, {"ec2", "InvalidVpcID.NotFound", 400, "InvalidVpcID.NotFound"},
		{"iam", "ServiceUnavailable", 503, "ServiceUnavailable"}, {"ec2", "InternalFailure", 500, "InternalError"},
		{"ec2", "InvalidAction", 400, "InvalidAction"}, {"eks", "InvalidAction", 404, "UnknownOperationException"},
	} {
		w := serve(&echo{err: fmt.Errorf("Call: %w", &aws.Error{Code: c.given, Message: "<why>"})}, requests[c.service].request(t))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.code) || !strings.Contains(w.Body.String(), "why") {
			t.Errorf("%s %s: got %d %s, want %d %s", c.service, c.given, w.Code, w.Body, c.status, c.code)
		}
		if typed := w.Header().Get("X-Amzn-Errortype"); (c.service == "eks" || c.service == "logs") && typed != c.code {
			t.Errorf("%s %s: header has %q", c.service, c.given, typed)
		}
	}
}

func TestErrorShapes(t *testing.T) {
	problem := &aws.Error{Code: "Odd", Message: "a & b"}
	w := serve(&echo{err: problem}, ask{body: vpcs}.request(t))
	if want := "<Response><Errors><Error><Code>Odd</Code><Message>a &amp; b</Message></Error></Errors><RequestID>"; !strings.Contains(w.Body.String(), want) {
		t.Errorf("ec2: got %s", w.Body)
	}
	w = serve(&echo{err: problem}, ask{service: "iam", body: "Action=ListRoles&Version=2010-05-08"}.request(t))
	if want := "<Error><Code>Odd</Code><Message>a &amp; b</Message><Type>Sender</Type></Error><RequestId>"; !strings.Contains(w.Body.String(), want) {
		t.Errorf("query: got %s", w.Body)
	}
	w = serve(&echo{err: problem}, ask{service: "eks", method: "GET", target: "/clusters"}.request(t))
	var body map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body["__type"] != "Odd" || body["message"] != "a & b" {
		t.Errorf("json: got %s", w.Body)
	}
}

// Nothing of what only the stand-in knows reaches a client.
func TestInternalsStayInside(t *testing.T) {
	w := serve(&echo{err: errors.New("bolt: database not open at /home/me")}, ask{service: "iam", body: "Action=ListRoles&Version=2010-05-08"}.request(t))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "bolt") || !strings.Contains(w.Body.String(), "InternalFailure") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	w = serve(&echo{err: machine.ErrStopping}, ask{body: vpcs}.request(t))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("on the way down: got %d %s", w.Code, w.Body)
	}
}

func TestTimesInJSON(t *testing.T) {
	got := timed(aws.Props{"at": noon.Add(1500 * time.Millisecond), "in": list{aws.Props{"at": noon}}})
	want := aws.Props{"at": 1772366401.5, "in": list{aws.Props{"at": 1772366400.0}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
