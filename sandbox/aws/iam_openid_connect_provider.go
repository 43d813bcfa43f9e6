package aws

import (
	"regexp"
	"strings"
)

// Quotas of one provider of identities.
const (
	maxThumbprints = 5
	maxClientIDs   = 100
)

var thumbprint = regexp.MustCompile(`^[0-9A-Fa-f]{40}$`)

// An OpenID Connect provider is known by its address, which IAM keeps without https://.
var _ = register(&Kind{
	Token: tokenOpenIDConnect, Tagged: true, Required: []string{"clientIdLists", "url"},
	ID: func(o *Op) string {
		return "arn:" + partition + ":iam::" + o.Env.Account + ":oidc-provider/" + withoutScheme(str(o.In, "url"))
	},
	ARN: func(o *Op) string { return o.ID },
	Taken: func(o *Op) error {
		return fail("EntityAlreadyExists", "Provider with url https://%s already exists.", withoutScheme(str(o.In, "url")))
	},
	Missing: func(arn string) *Error {
		return fail("NoSuchEntity", "OpenIDConnect Provider not found for arn %s", arn)
	},
	Computed: []string{"thumbprintLists"},
	Replace:  []string{"url"},
	Sets:     []string{"clientIdLists"},
	NameOf:   func(o *Op) string { return str(o.Out, "url") },
	Check: checks(func(c *check) {
		if url := str(c.in, "url"); url != "" && !strings.HasPrefix(url, "https://") {
			c.fault("url", "expected \"url\" to have a url with schema of: \"https\", got %s", url)
		}
		for _, id := range strs(c.in, "clientIdLists") {
			if len(id) < 1 || len(id) > 255 {
				c.fault("clientIdLists", "expected length of client_id_list.0 to be in the range (1 - 255), got %s", id)
			}
		}
		for _, print := range strs(c.in, "thumbprintLists") {
			if len(print) != 40 {
				c.fault("thumbprintLists", "expected length of thumbprint_list.0 to be in the range (40 - 40), got %s", print)
			}
		}
	}),
	Fill: fillOpenIDConnect,
	Asked: func(in, asked Props) {
		if url := str(asked, "url"); str(in, "url") == withoutScheme(url) {
			in["url"] = url
		}
	},
})

func withoutScheme(url string) string { return strings.TrimPrefix(url, "https://") }

func fillOpenIDConnect(o *Op) error {
	o.Out["url"] = withoutScheme(str(o.In, "url"))
	ids, prints := strs(o.Out, "clientIdLists"), strs(o.Out, "thumbprintLists")
	if len(ids) > maxClientIDs {
		return fail("LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: %d", maxClientIDs)
	}
	if len(prints) > maxThumbprints {
		return fail("LimitExceeded", "Cannot exceed quota for ThumbprintsPerOpenIdConnectProvider: %d", maxThumbprints)
	}
	for _, p := range prints {
		if !thumbprint.MatchString(p) {
			return fail("InvalidInput", "Invalid thumbprint: %s", p)
		}
	}
	if len(prints) == 0 { // IAM takes that of the authority that signed the provider's certificate
		o.Out["thumbprintLists"] = []any{hexID("", 40)}
		if o.Old != nil {
			o.Out["thumbprintLists"] = o.Old.State["thumbprintLists"]
		}
	}
	return nil
}
