package aws

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

var _ = register(&Kind{
	Token: tokenEip, IDPrefix: "eipalloc-", Tagged: true,
	ARN: func(o *Op) string { return o.Env.arn("ec2", "elastic-ip/"+o.ID) },
	Missing: func(id string) *Error {
		return fail("InvalidAllocationID.NotFound", "The allocation ID '%s' does not exist", id)
	},
	InUse: func(id string) *Error {
		return fail("InvalidIPAddress.InUse", "Address %s is in use.", id)
	},
	Defaults: Props{
		"domain": "vpc", "publicIpv4Pool": "amazon", "vpc": true, "associationId": "", "carrierIp": "", "customerOwnedIp": "",
		"customerOwnedIpv4Pool": "", "instance": "", "networkInterface": "", "privateIp": "", "ptrRecord": "",
	},
	Computed: []string{"allocationId", "networkBorderGroup", "publicDns", "publicIp"},
	Replace:  []string{"address", "domain", "ipamPoolId", "networkBorderGroup", "publicIpv4Pool", "vpc"},
	Refs: []Ref{
		{Field: "instance", Kind: tokenInstance, Err: func(id string) *Error {
			return fail("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
		}},
		{Field: "networkInterface", Kind: tokenNetworkInterface, Err: func(id string) *Error {
			return fail("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '%s' does not exist", id)
		}},
	},
	Check: checks(func(c *check) { c.oneOf("domain", "vpc", "standard") }),
	Fill: func(o *Op) error {
		if o.Old != nil {
			return nil
		}
		ip := fmt.Sprintf("52.%d.%d.%d", 24+rand.IntN(200), rand.IntN(256), 1+rand.IntN(254))
		o.Out["publicIp"], o.Out["allocationId"], o.Out["networkBorderGroup"] = ip, o.ID, o.Env.Region
		o.Out["publicDns"] = fmt.Sprintf("ec2-%s.%s.compute.amazonaws.com", strings.ReplaceAll(ip, ".", "-"), o.Env.Region)
		return nil
	},
})
