package aws

import (
	"fmt"
	"slices"
)

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
	Check: func(in Props) []Fault {
		if n := num(in, "retentionInDays", 0); !slices.Contains(retentions, n) {
			return []Fault{{"retentionInDays", fmt.Sprintf("expected retention_in_days to be one of %v, got %d", retentions, n)}}
		}
		return nil
	},
	Fill: func(o *Op) error {
		if id := str(o.Out, "kmsKeyId"); id != "" && o.Tx.keyOf(id) == nil {
			return fail("InvalidParameterException", "The specified KMS Key Id could not be found.")
		}
		return nil
	},
})
