package wire

import (
	"net/http"
	"net/url"
	"strings"

	"paddock/sandbox/aws"
)

var restJSON = &protocol{
	contentType: "application/json", errorHeader: true,
	decode: decodeREST, result: jsonResult, failure: jsonFailure, words: jsonWords, statuses: restStatuses,
}

// routes are the operations of the REST services by method and path; names in braces become parameters.
var routes = map[string]map[string]string{
	"eks": {
		"GET /clusters":                                                             "ListClusters",
		"GET /clusters/{name}":                                                      "DescribeCluster",
		"GET /clusters/{name}/updates":                                              "ListUpdates",
		"GET /clusters/{name}/updates/{updateId}":                                   "DescribeUpdate",
		"GET /clusters/{clusterName}/node-groups":                                   "ListNodegroups",
		"GET /clusters/{clusterName}/node-groups/{nodegroupName}":                   "DescribeNodegroup",
		"GET /clusters/{clusterName}/addons":                                        "ListAddons",
		"GET /clusters/{clusterName}/addons/{addonName}":                            "DescribeAddon",
		"GET /clusters/{clusterName}/access-entries":                                "ListAccessEntries",
		"GET /clusters/{clusterName}/access-entries/{principalArn}":                 "DescribeAccessEntry",
		"GET /clusters/{clusterName}/access-entries/{principalArn}/access-policies": "ListAssociatedAccessPolicies",
		"GET /clusters/{clusterName}/pod-identity-associations":                     "ListPodIdentityAssociations",
		"GET /clusters/{clusterName}/pod-identity-associations/{associationId}":     "DescribePodIdentityAssociation",
		"GET /access-policies":                                                      "ListAccessPolicies",
		"GET /addons/supported-versions":                                            "DescribeAddonVersions",
		"GET /tags/{resourceArn}":                                                   "ListTagsForResource",
	},
	"eks-auth": {
		"POST /clusters/{clusterName}/assume-role-for-pod-identity": "AssumeRoleForPodIdentity",
	},
}

// decodeREST merges the body, the path and the query into the parameters, the path last: it is what was asked.
func decodeREST(s *service, r *http.Request, body []byte) (string, aws.Props, error) {
	// matched by hand: a mux would redirect paths that it finds untidy, and answer in words of its own
	for pattern, action := range routes[s.name] {
		named, ok := match(pattern, r.Method, r.URL.EscapedPath())
		if !ok {
			continue
		}
		params, err := object(body)
		if err != nil {
			return "", nil, err
		}
		for name, values := range r.URL.Query() {
			params[name] = one(values)
		}
		for name, value := range named {
			params[name] = value
		}
		return action, params, nil
	}
	return "", nil, refusal("InvalidAction", "%s %s is no operation that the stand-in models; see sandbox/README.md", r.Method, r.URL.Path)
}

func one(values []string) any {
	if len(values) == 1 {
		return values[0]
	}
	return widened(values)
}

// match compares a path segment by segment, still escaped, so that a slash within a segment is no border.
func match(pattern, method, path string) (map[string]string, bool) {
	want, rest, _ := strings.Cut(pattern, " ")
	if want != method {
		return nil, false
	}
	expected, got := strings.Split(rest, "/"), strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(expected) != len(got) {
		return nil, false
	}
	named := map[string]string{}
	for i, e := range expected {
		if name, ok := strings.CutPrefix(e, "{"); ok && got[i] != "" {
			named[strings.TrimSuffix(name, "}")] = unescaped(got[i])
		} else if e != got[i] {
			return nil, false
		}
	}
	return named, true
}

// unescaped is what a caller wrote as a path segment.
func unescaped(s string) string {
	if out, err := url.PathUnescape(s); err == nil {
		return out
	}
	return s
}
