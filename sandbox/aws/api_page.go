package aws

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// paging is how a service hands out long lists.
type paging struct {
	size, token      string // the parameters
	next             string // the token in answers
	more             string // the field that says that there is more; empty = none
	usual, low, high int    // items on a page: when not told, at least, at most; usual 0 = all there are
	badSize          string // code of the refusals
	badToken         string
}

var (
	ec2Pages = paging{
		size: "MaxResults", token: "NextToken", next: "nextToken", low: 5, high: 1000,
		badSize: "InvalidParameterValue", badToken: "InvalidPaginationToken",
	}
	typePages = paging{
		size: "MaxResults", token: "NextToken", next: "nextToken", usual: 100, low: 5, high: 100,
		badSize: "InvalidParameterValue", badToken: "InvalidNextToken",
	}
	templatePages = paging{
		size: "MaxResults", token: "NextToken", next: "nextToken", usual: 200, low: 1, high: 200,
		badSize: "InvalidParameterValue", badToken: "InvalidNextToken",
	}
	asgPages = paging{
		size: "MaxRecords", token: "NextToken", next: "NextToken", usual: 50, low: 1, high: 100,
		badSize: "ValidationError", badToken: "InvalidNextToken",
	}
	iamPages = paging{
		size: "MaxItems", token: "Marker", next: "Marker", more: "IsTruncated", usual: 100, low: 1, high: 1000,
		badSize: "ValidationError", badToken: "ValidationError",
	}
	eksPages = paging{
		size: "maxResults", token: "nextToken", next: "nextToken", usual: 100, low: 1, high: 100,
		badSize: "InvalidParameterException", badToken: "InvalidParameterException",
	}
	logsPages = paging{
		size: "limit", token: "nextToken", next: "nextToken", usual: 50, low: 1, high: 50,
		badSize: "InvalidParameterException", badToken: "InvalidParameterException",
	}
	kmsPages = paging{
		size: "Limit", token: "Marker", next: "NextMarker", more: "Truncated", usual: 50, low: 1, high: 1000,
		badSize: "ValidationException", badToken: "InvalidMarkerException",
	}
)

// page answers the part of the list that is asked for, under its name and with what leads to the next part.
func (p *paging) page(in *Call, name string, list []any) (Props, error) {
	usual := p.usual
	if usual == 0 {
		usual = len(list)
	}
	size, ok := paramInt(in, p.size, usual)
	if in.Params[p.size] != nil && (!ok || size < p.low || size > p.high) {
		return nil, fail(p.badSize, "Value (%v) for parameter %s is invalid. Expecting a value between %d and %d.", in.Params[p.size], p.size, p.low, p.high)
	}
	from := 0
	if token := str(in.Params, p.token); token != "" {
		if from, ok = opened(in.Action, token); !ok || from > len(list) {
			return nil, fail(p.badToken, "The token '%s' is invalid", token)
		}
	}
	end := min(from+size, len(list))
	out := Props{name: append([]any{}, list[from:end]...)}
	if end < len(list) {
		out[p.next] = sealed(in.Action, end)
	}
	if p.more != "" {
		out[p.more] = end < len(list)
	}
	return out, nil
}

// sealed is a place in the list of a call as a token that callers do not look into.
func sealed(action string, from int) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s %d", action, from))
}

func opened(action, token string) (from int, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, false
	}
	of, place, _ := strings.Cut(string(raw), " ")
	from, err = strconv.Atoi(place)
	return from, err == nil && from >= 0 && of == action
}
