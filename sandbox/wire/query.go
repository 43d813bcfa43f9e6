package wire

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"sort"
	"strconv"
	"strings"

	"paddock/sandbox/aws"
)

// The two query protocols differ in how they write lists and what they wrap answers and errors in.
var (
	query    = &protocol{contentType: "text/xml", decode: decodeQuery, result: queryResult, failure: queryFailure, words: queryWords}
	ec2Query = &protocol{contentType: "text/xml;charset=UTF-8", decode: decodeQuery, result: ec2Result, failure: ec2Failure, words: ec2Words}
)

func decodeQuery(s *service, r *http.Request, body []byte) (string, aws.Props, error) {
	if r.Method != http.MethodPost && r.Method != http.MethodGet {
		return "", nil, refusal("InvalidAction", "The method %s is not valid for this web service", r.Method)
	}
	form := formOf(r, body)
	action, version := form.Get("Action"), form.Get("Version")
	if action == "" {
		return "", nil, refusal("MissingAction", "The request must contain the parameter Action")
	}
	if version != s.version {
		return "", nil, refusal("InvalidAction", "Could not find operation %s for version %s", action, version)
	}
	tree := aws.Props{}
	for name, values := range form {
		if name == "Action" || name == "Version" || strings.HasPrefix(name, "X-Amz-") {
			continue
		}
		if !plant(tree, strings.Split(name, "."), values[0]) {
			return "", nil, refusal("MalformedQueryString", "The query string contains a syntax error: %s", name)
		}
	}
	params, _ := listed(tree).(aws.Props)
	return action, params, nil
}

// deepest is how far parameters may nest: more than any API has, and little enough to read safely.
const deepest = 16

// plant puts a value at its path. Something that is a value and a structure at once is a fault.
func plant(tree aws.Props, path []string, value string) bool {
	if len(path) > deepest {
		return false
	}
	for _, part := range path[:len(path)-1] {
		if tree[part] == nil {
			tree[part] = aws.Props{}
		}
		next, ok := tree[part].(aws.Props)
		if !ok {
			return false
		}
		tree = next
	}
	last := path[len(path)-1]
	if tree[last] != nil || last == "" {
		return false
	}
	tree[last] = value
	return true
}

// listed turns structures whose names are numbers into lists, and drops the "member" that query services put before them.
func listed(v any) any {
	tree, ok := v.(aws.Props)
	if !ok {
		return v
	}
	if members, ok := tree["member"].(aws.Props); ok && len(tree) == 1 && numbered(members) {
		tree = members
	}
	if !numbered(tree) {
		out := aws.Props{}
		for name, e := range tree {
			out[name] = listed(e)
		}
		return out
	}
	var places []int
	for name := range tree {
		n, _ := strconv.Atoi(name)
		places = append(places, n)
	}
	sort.Ints(places)
	list := []any{}
	for _, n := range places {
		list = append(list, listed(tree[strconv.Itoa(n)]))
	}
	return list
}

func numbered(tree aws.Props) bool {
	for name := range tree {
		if n, err := strconv.Atoi(name); err != nil || n < 0 || strconv.Itoa(n) != name {
			return false
		}
	}
	return len(tree) > 0
}

func queryResult(s *service, action, id string, out aws.Props) ([]byte, error) {
	whole := aws.Props{"ResponseMetadata": aws.Props{"RequestId": id}}
	if out != nil { // calls that answer nothing have no result either
		whole[action+"Result"] = out
	}
	return document(action+"Response", s.space, whole, "member")
}

func queryFailure(s *service, id string, f fault) []byte {
	return mustDocument("ErrorResponse", s.space, aws.Props{
		"Error": aws.Props{"Type": blame(f), "Code": f.code, "Message": f.message}, "RequestId": id,
	}, "member")
}

func ec2Result(s *service, action, id string, out aws.Props) ([]byte, error) {
	whole := aws.Props{"requestId": id}
	for name, v := range out {
		whole[name] = v
	}
	return document(action+"Response", s.space, whole, "item")
}

func ec2Failure(_ *service, id string, f fault) []byte {
	return mustDocument("Response", "", aws.Props{
		"Errors": aws.Props{"Error": aws.Props{"Code": f.code, "Message": f.message}}, "RequestID": id,
	}, "item")
}

func blame(f fault) string {
	if f.status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}

// mustDocument writes what has strings only.
func mustDocument(root, space string, v aws.Props, item string) []byte {
	b, err := document(root, space, v, item)
	if err != nil {
		panic("wire: " + err.Error() + "; please report this")
	}
	return b
}

// document writes v as XML. Elements of lists are called item.
func document(root, space string, v aws.Props, item string) ([]byte, error) {
	b := &bytes.Buffer{}
	b.WriteString(xml.Header + "<" + root)
	if space != "" {
		b.WriteString(` xmlns="` + space + `"`)
	}
	b.WriteString(">")
	if err := children(b, v, item); err != nil {
		return nil, err
	}
	b.WriteString("</" + root + ">\n")
	return b.Bytes(), nil
}
