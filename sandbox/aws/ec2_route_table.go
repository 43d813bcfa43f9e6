package aws

var _ = register(&Kind{
	Token: tokenRouteTable, IDPrefix: "rtb-", Tagged: true, Required: []string{"vpcId"},
	ARN: func(o *Op) string { return o.Env.arn("ec2", "route-table/"+o.ID) },
	Missing: func(id string) *Error {
		return fail("InvalidRouteTableID.NotFound", "The routeTable ID '%s' does not exist", id)
	},
	InUse: func(id string) *Error {
		return fail("DependencyViolation", "The routeTable '%s' has dependencies and cannot be deleted.", id)
	},
	Defaults: Props{"routes": []any{}, "propagatingVgws": []any{}},
	Computed: []string{"ownerId"},
	Replace:  []string{"vpcId"},
	Refs:     []Ref{{Field: "vpcId", Kind: tokenVpc, Delete: Hold}},
	Fill: func(o *Op) error {
		o.Out["ownerId"] = o.Env.Account
		return o.inlineRoutes()
	},
	Delete: func(o *Op) error {
		if o.Old.Owner != "" { // the main table goes with its VPC, and not before
			return kinds[tokenRouteTable].InUse(o.ID)
		}
		return nil
	},
})
