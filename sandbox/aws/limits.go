package aws

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// quota is how many of something AWS allows, and what it says of one too many.
type quota struct {
	max        int
	kind       string // token that is counted when one is made; empty = whoever has the rule counts
	of         string // what each count is for: a path of the state, perRegion or perAccount
	code, text string // text may hold one %d for the maximum
}

const (
	perRegion  = "region"
	perAccount = "account"
)

// quotas are AWS's defaults for a new account, by the name that Conditions.Limits changes them under.
var quotas = map[string]quota{
	"vpcs":                          {5, tokenVpc, perRegion, "VpcLimitExceeded", "The maximum number of VPCs has been reached."},
	"internet gateways":             {5, tokenInternetGateway, perRegion, "InternetGatewayLimitExceeded", "The maximum number of internet gateways has been reached."},
	"elastic addresses":             {5, tokenEip, perRegion, "AddressLimitExceeded", "The maximum number of addresses has been reached."},
	"nat gateways per zone":         {5, "", "", "NatGatewayLimitExceeded", "Performing this operation would exceed the limit of %d NAT gateways"},
	"subnets per vpc":               {200, tokenSubnet, "vpcId", "SubnetLimitExceeded", "The maximum number of subnets for this VPC has been reached."},
	"route tables per vpc":          {200, tokenRouteTable, "vpcId", "RouteTableLimitExceeded", "The maximum number of route tables has been reached."},
	"routes per table":              {50, "", "", "RouteLimitExceeded", "The maximum number of routes has been reached."},
	"security groups":               {2500, tokenSecurityGroup, perRegion, "SecurityGroupLimitExceeded", "The maximum number of security groups has been reached."},
	"rules per security group":      {60, "", "", "RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached."},
	"security groups per interface": {5, "", "", "SecurityGroupsPerInterfaceLimitExceeded", "The maximum number of security groups per interface has been reached."},
	"gateway endpoints":             {20, "", "", "VpcEndpointLimitExceeded", "The maximum number of gateway VPC endpoints (%d) has been reached."},
	"interface endpoints per vpc":   {50, "", "", "VpcEndpointLimitExceeded", "The maximum number of interface VPC endpoints (%d) has been reached."},

	"roles":              {1000, tokenRole, perAccount, "LimitExceeded", "Cannot exceed quota for RolesPerAccount: %d"},
	"policies":           {1500, tokenPolicy, perAccount, "LimitExceeded", "Cannot exceed quota for PoliciesPerAccount: %d"},
	"instance profiles":  {1000, tokenInstanceProfile, perAccount, "LimitExceeded", "Cannot exceed quota for InstanceProfilesPerAccount: %d"},
	"oidc providers":     {100, tokenOpenIDConnect, perAccount, "LimitExceeded", "Cannot exceed quota for OpenIdConnectProvidersPerAccount: %d"},
	"policies per role":  {10, "", "", "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: %d"},
	"policy size":        {6144, "", "", "LimitExceeded", "Cannot exceed quota for PolicySize: %d"}, // sizes: characters that are not white space
	"trust policy size":  {2048, "", "", "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: %d"},
	"inline policy size": {10240, "", "", "LimitExceeded", "Maximum policy size of %d bytes exceeded"}, // of all of a role together
	"aliases per key":    {50, "", "", "LimitExceededException", "The key has the maximum number of aliases, %d"},

	"repositories": {100000, tokenRepository, perRegion, "LimitExceededException", "The maximum number of repositories, %d, has been reached."},
	"buckets":      {10000, tokenBucket, perAccount, "TooManyBuckets", "You have attempted to create more buckets than allowed"},

	"certificates":                 {2500, tokenCertificate, perRegion, "LimitExceededException", "Error: you have reached your limit of %d certificates in the last year."},
	"domain names per certificate": {10, "", "", "LimitExceededException", "Error: the number of domains in the certificate exceeds the limit of %d."},
	"hosted zones":                 {500, tokenZone, perAccount, "TooManyHostedZones", "Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER - Cannot create more hosted zones."},
	"load balancers":               {50, tokenBalancer, perRegion, "TooManyLoadBalancers", "The quota for load balancers has been exceeded"},

	"clusters":                         {100, tokenCluster, perRegion, "ResourceLimitExceededException", "Cluster limit exceeded: %d"},
	"node groups per cluster":          {30, tokenNodeGroup, "clusterName", "ResourceLimitExceededException", "Nodegroup limit exceeded for cluster: %d"},
	"nodes per node group":             {450, "", "", "ResourceLimitExceededException", "Maximum size of a node group exceeds the limit of %d"},
	"access entries per cluster":       {1000, tokenAccessEntry, "clusterName", "ResourceLimitExceededException", "Access entry limit exceeded for cluster: %d"},
	"pod identities per cluster":       {1000, tokenPodIdentity, "clusterName", "ResourceLimitExceededException", "Pod identity association limit exceeded for cluster: %d"},
	"security groups per cluster":      {5, "", "", "InvalidParameterException", "A cluster takes at most %d security groups"},
	"public access blocks per cluster": {40, "", "", "InvalidParameterException", "A cluster takes at most %d public access CIDRs"},
}

// settable refuses limits that AWS does not have, or that allow less than nothing.
func settable(limits map[string]int) error {
	for _, name := range slices.Sorted(maps.Keys(limits)) {
		if _, ok := quotas[name]; !ok {
			return fmt.Errorf("limit %q: there is none of that name; want one of %s", name, strings.Join(slices.Sorted(maps.Keys(quotas)), ", "))
		}
		if limits[name] < 0 {
			return fmt.Errorf("limit %q: want 0 or more, got %d", name, limits[name])
		}
	}
	return nil
}

// within refuses more than the quota of that name.
func (o *Op) within(name string, n int) error {
	q := quotas[name]
	if set, ok := o.Cloud.conditions.limit(name); ok {
		q.max = set
	}
	if n <= q.max {
		return nil
	}
	if strings.Contains(q.text, "%d") {
		q.text = fmt.Sprintf(q.text, q.max)
	}
	return fail(q.code, "%s", q.text)
}

// counted applies the quotas on the number of resources of the kind that is about to be made.
func (o *Op) counted() error {
	for _, name := range slices.Sorted(maps.Keys(quotas)) {
		q := quotas[name]
		if q.kind != o.Kind.Token {
			continue
		}
		n := 1
		o.Tx.find(q.kind, func(r *Record) bool {
			switch q.of {
			case perAccount:
				n++
			case perRegion:
				if r.Region == o.Env.Region {
					n++
				}
			default:
				if str(r.State, q.of) == str(o.Out, q.of) {
					n++
				}
			}
			return false
		})
		if err := o.within(name, n); err != nil {
			return err
		}
	}
	return nil
}
