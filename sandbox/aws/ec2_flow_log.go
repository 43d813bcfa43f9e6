package aws

var flowTargets = []string{"vpcId", "subnetId", "eniId", "transitGatewayId", "transitGatewayAttachmentId"}

var _ = register(&Kind{
	Token: tokenFlowLog, IDPrefix: "fl-", Tagged: true,
	ARN: func(o *Op) string { return o.Env.arn("ec2", "vpc-flow-log/"+o.ID) },
	Defaults: Props{
		"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600, "deliverCrossAccountRole": "",
		"logFormat": "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} " +
			"${packets} ${bytes} ${start} ${end} ${action} ${log-status}",
	},
	Computed: []string{"logDestination", "logGroupName"},
	Replace: append([]string{
		"deliverCrossAccountRole", "destinationOptions", "iamRoleArn", "logDestination", "logDestinationType", "logFormat",
		"logGroupName", "maxAggregationInterval", "trafficType",
	}, flowTargets...),
	Refs: []Ref{
		{Field: "vpcId", Kind: tokenVpc, Delete: Cascade},
		{Field: "subnetId", Kind: tokenSubnet, Delete: Cascade},
		{Field: "iamRoleArn", Kind: tokenRole, By: "arn", Err: unassumable},
	},
	Check: checks(func(c *check) {
		if present(c.in, flowTargets) != 1 {
			c.fault("vpcId", "exactly one of %v must be specified", flowTargets)
		}
		if n := num(c.in, "maxAggregationInterval", 600); n != 60 && n != 600 {
			c.fault("maxAggregationInterval", "expected max_aggregation_interval to be one of [60 600], got %d", n)
		}
		c.oneOf("trafficType", "ACCEPT", "REJECT", "ALL")
		c.oneOf("logDestinationType", "cloud-watch-logs", "s3", "kinesis-data-firehose")
		c.apart("logDestination", "logGroupName")
		c.arn("logDestination")
		c.arn("iamRoleArn")
	}),
	Fill: func(o *Op) error {
		if o.Old != nil {
			return nil
		}
		if str(o.Out, "logDestination") == "" && str(o.Out, "logGroupName") == "" {
			return fail("InvalidParameter", "LogDestination can't be empty if LogGroupName is not provided.")
		}
		if str(o.Out, "logDestinationType") != "cloud-watch-logs" {
			return notModelled(o.Kind.Token + " to " + str(o.Out, "logDestinationType"))
		}
		role := str(o.Out, "iamRoleArn")
		if role == "" {
			return fail("InvalidParameter", "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.")
		}
		if !trusts(o.Tx.role(role), "vpc-flow-logs.amazonaws.com", o.Env.arn("ec2", "vpc-flow-log/"+o.ID), nil) {
			return unassumable(role)
		}
		if str(o.Out, "logDestination") == "" {
			o.Out["logDestination"] = o.Env.arn("logs", "log-group:"+str(o.Out, "logGroupName"))
		}
		if str(o.Out, "logGroupName") == "" {
			o.Out["logGroupName"] = afterLast(str(o.Out, "logDestination"), "log-group:")
		}
		return o.flowOnce()
	},
})

func unassumable(string) *Error { return fail("InvalidParameter", "Unable to assume given IAM role") }

// flowOnce refuses the same log of the same thing a second time.
func (o *Op) flowOnce() error {
	same := o.Tx.find(o.Kind.Token, func(r *Record) bool {
		for _, name := range append([]string{"logDestination", "trafficType"}, flowTargets...) {
			if str(r.State, name) != str(o.Out, name) {
				return false
			}
		}
		return r.ID != o.ID
	})
	if same != nil {
		return fail("FlowLogAlreadyExists", "There is an existing Flow Log with the same configuration and log destination.")
	}
	return nil
}
