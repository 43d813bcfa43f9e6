package wire

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"paddock/sandbox/aws"
)

var json11 = &protocol{
	contentType: "application/x-amz-json-1.1", errorHeader: true, clientError: http.StatusBadRequest,
	decode: decodeJSON, result: jsonResult, failure: jsonFailure, words: jsonWords,
}

// decodeJSON reads the action from the header, which admit has found to belong to the service, and the rest from the body.
func decodeJSON(_ *service, r *http.Request, body []byte) (string, aws.Props, error) {
	_, action, found := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if r.Method != http.MethodPost || !found || action == "" {
		return "", nil, refusal("InvalidAction", "The request has no X-Amz-Target that names an operation")
	}
	params, err := object(body)
	return action, params, err
}

func object(body []byte) (aws.Props, error) {
	params := aws.Props{}
	if len(bytes.TrimSpace(body)) == 0 {
		return params, nil
	}
	if err := json.Unmarshal(body, &params); err != nil || params == nil { // null is no object
		return nil, refusal("SerializationException", "The request body is not a JSON object")
	}
	return params, nil
}

func jsonResult(_ *service, _, _ string, out aws.Props) ([]byte, error) {
	if out == nil {
		out = aws.Props{}
	}
	return encoded(timed(out))
}

func jsonFailure(_ *service, _ string, f fault) []byte {
	b, _ := encoded(aws.Props{"__type": f.code, "message": f.message}) // strings always encode
	return b
}

// encoded is v as JSON that leaves <, > and & readable.
func encoded(v any) ([]byte, error) {
	b := &bytes.Buffer{}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// timed writes times as AWS's JSON has them, in seconds since 1970, and leaves out what is nil.
func timed(v any) any {
	switch v := v.(type) {
	case aws.Props:
		out := aws.Props{}
		for name, e := range v {
			if e != nil {
				out[name] = timed(e)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = timed(e)
		}
		return out
	case []aws.Props:
		return timed(widened(v))
	case time.Time:
		return float64(v.UnixMilli()) / 1000
	}
	return v
}
