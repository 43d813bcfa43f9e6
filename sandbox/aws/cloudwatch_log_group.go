package aws

import (
	"regexp"
	"slices"
	"strings"
)

var logGroupName = regexp.MustCompile(`^[.\-_/#A-Za-z\d]*$`)

// retentions are the only retention times that CloudWatch Logs takes, in days; 0 = for ever.
var retentions = []int{0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

var _ = register(&Kind{
	Token: tokenLogGroup, Tagged: true, Name: "name", NameMax: 512,
	ID:  func(o *Op) string { return o.name() },
	ARN: func(o *Op) string { return o.Env.arn("logs", "log-group:"+o.ID) },
	Taken: func(*Op) error {
		return fail("ResourceAlreadyExistsException", "The specified log group already exists")
	},
	Missing: func(string) *Error {
		return fail("ResourceNotFoundException", "The specified log group does not exist.")
	},
	Defaults: Props{"retentionInDays": 0, "skipDestroy": false, "namePrefix": "", "kmsKeyId": "", "logGroupClass": "STANDARD"},
	Replace:  []string{"name", "namePrefix", "logGroupClass"},
	Check: checks(func(c *check) {
		if n := num(c.in, "retentionInDays", 0); !slices.Contains(retentions, n) {
			c.fault("retentionInDays", "expected retention_in_days to be one of %v, got %d", retentions, n)
		}
		if name := str(c.in, "name"); !logGroupName.MatchString(name) {
			c.fault("name", "%q isn't a valid log group name (alphanumeric characters, underscores, hyphens, slashes, hash signs and dots are allowed): %q", "name", name)
		}
		c.length("name", 1, 512)
		c.apart("name", "namePrefix")
		c.oneOf("logGroupClass", "STANDARD", "INFREQUENT_ACCESS", "DELIVERY")
		c.arn("kmsKeyId")
	}),
	Fill: func(o *Op) error {
		if strings.HasPrefix(o.ID, "aws/") || len(o.ID) > 512 || !logGroupName.MatchString(o.ID) {
			return fail("InvalidParameterException", "1 validation error detected: Value '%s' at 'logGroupName' failed to satisfy constraint: "+
				"Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+", o.ID)
		}
		id := str(o.Out, "kmsKeyId")
		if id == "" {
			return nil
		}
		key := o.keyOf(id)
		if key == nil || !keyLogs(key, o.Env, str(o.Out, "arn")) {
			return fail("AccessDeniedException", "The specified KMS key does not exist or is not allowed to be used with LogGroup '%s'", str(o.Out, "arn"))
		}
		return nil
	},
})
