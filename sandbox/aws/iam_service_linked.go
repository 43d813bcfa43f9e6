package aws

// tokenServiceLinked is a role that a service makes for itself in the name of whoever needs it first, once in an account.
const tokenServiceLinked = "paddock:sandbox/serviceLinkedRole:ServiceLinkedRole"

var _ = register(&Kind{Token: tokenServiceLinked, Internal: true})

// links has a service make its role, if the account has none yet. refusal is what the service says when the caller may not;
// nil = the denial itself.
func links(service, role string, refusal *Error) act {
	return act{
		action: "iam:CreateServiceLinkedRole", keys: map[string]string{"iam:AWSServiceName": service}, refusal: refusal,
		on: func(o *Op) []Target {
			return []Target{{ARN: o.Env.roleARN("aws-service-role/" + service + "/" + role)}}
		},
		unless: func(o *Op) bool { return o.Tx.peek(tokenServiceLinked, role) != nil },
		then: func(o *Op) {
			o.Tx.put(&Record{Kind: tokenServiceLinked, ID: role, Name: role, Furniture: true, State: Props{"service": service}})
		},
	}
}
