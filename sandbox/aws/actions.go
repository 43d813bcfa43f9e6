package aws

import (
	"fmt"
	"maps"
	"strings"
)

// act is one call that AWS's provider makes for a resource.
type act struct {
	action string                   // service:Action
	when   []string                 // inputs: at create, one of them is set; at update, one of them changes; empty = always
	only   func(was, in Props) bool // in place of when; was is nil but for an update
	on     func(o *Op) []Target     // nil = the resource itself
	tags   bool                     // it carries the resource's tags
	keys   map[string]string        // of the request, for conditions
	input  map[string]string        // likewise, taken from inputs

	asks    func(o *Op) map[string][]string // likewise, of what the operation is about; nil = none
	tagKeys map[string][]string             // likewise, of the tags that the call brings or takes

	unless  func(o *Op) bool // it is not made; nil = never
	refusal *Error           // what the caller hears who may not; nil = the denial itself
	then    func(o *Op)      // what the call does, beside what the operation is for
}

// acts are the calls for one kind: those of create, read, update and delete, and those that set and remove tags.
type acts struct{ create, read, update, delete, tag, untag []act }

// callsOf are the calls for every kind that a program can ask for.
var callsOf = map[string]*acts{}

// provides adds the calls of kinds to the table.
func provides(calls map[string]*acts) bool {
	maps.Copy(callsOf, calls)
	return true
}

func calls(names ...string) []act {
	var out []act
	for _, n := range names {
		out = append(out, act{action: n})
	}
	return out
}

// anywhere is what actions without resource types are authorized on.
func anywhere(*Op) []Target { return []Target{{ARN: "*"}} }

// reads are calls that describe or list, which know no resources.
func reads(names ...string) []act {
	out := calls(names...)
	for i := range out {
		out[i].on = anywhere
	}
	return out
}

func with(first []act, more ...act) []act { return append(first, more...) }

func when(action string, inputs ...string) act { return act{action: action, when: inputs} }

// hands passes a role to a service, which takes iam:PassRole on that role.
func hands(field, service string) act {
	return act{action: "iam:PassRole", when: []string{field}, on: named(field), keys: map[string]string{passedTo: service}}
}

// named is the resource whose ARN an input holds.
func named(field string) func(*Op) []Target {
	return func(o *Op) []Target {
		var out []Target
		for _, arn := range strs(o.In, field) {
			out = append(out, o.Tx.byARN(arn))
		}
		return out
	}
}

// its is the record that an input points to.
func its(kind, by, field string) func(*Op) []Target {
	return func(o *Op) []Target {
		in := o.In
		if len(in) == 0 && o.Old != nil {
			in = o.Old.State
		}
		var out []Target
		for _, v := range strs(in, field) {
			if r := o.Tx.resolve(Ref{Kind: kind, By: by}, v); r != nil {
				out = append(out, o.Tx.target(r))
			} else {
				out = append(out, Target{ARN: arnPattern(o.Env, kind, v)})
			}
		}
		return out
	}
}

// together is several targets, all of which must be allowed.
func together(each ...func(*Op) []Target) func(*Op) []Target {
	return func(o *Op) []Target {
		var out []Target
		for _, f := range each {
			out = append(out, f(o)...)
		}
		return out
	}
}

func on(target func(*Op) []Target, names ...string) []act {
	out := calls(names...)
	for i := range out {
		out[i].on = target
	}
	return out
}

// itself is the resource that the operation is about.
func itself(o *Op) []Target {
	if o.Old != nil {
		return []Target{o.Tx.target(o.Old)}
	}
	return []Target{{ARN: o.ownARN()}}
}

// made is the resource that the operation has made: with its tags, and before its record is there.
func made(o *Op) []Target { return []Target{{ARN: o.ownARN(), Tags: pairs(o.In, "tags")}} }

// creates is the call that makes a resource, with its tags. EC2 asks for the others that it names, too: the VPC of a subnet.
func creates(action string) act { return act{action: action, on: withParents, tags: true} }

// createsOn is one that is authorized on something else.
func createsOn(target func(*Op) []Target, action string) act {
	return act{action: action, on: target, tags: true}
}

func withParents(o *Op) []Target {
	out := itself(o)
	if !strings.HasPrefix(o.Kind.Token, "aws:ec2/") {
		return out
	}
	for _, ref := range o.Kind.Refs {
		if k := kinds[ref.Kind]; k.ARN == nil && arnTypes[ref.Kind] == "" || !strings.HasPrefix(ref.Kind, "aws:ec2/") {
			continue
		}
		out = append(out, its(ref.Kind, ref.By, ref.Field)(o)...)
	}
	return out
}

// ownARN is the ARN of what is being made; EC2 and KMS know no id before, and take a star.
func (o *Op) ownARN() string {
	if o.Kind.IDPrefix != "" || o.Kind.Token == tokenKey || o.Kind.Token == tokenCertificate {
		return arnPattern(o.Env, o.Kind.Token, "*")
	}
	if o.Kind.Token == tokenPodIdentity {
		return arnPattern(o.Env, o.Kind.Token, str(o.In, "clusterName")+"/*")
	}
	if o.Kind.ARN == nil {
		return arnPattern(o.Env, o.Kind.Token, o.ID)
	}
	draft := *o
	draft.Out = merge(o.Kind.Defaults, o.In)
	return o.Kind.ARN(&draft)
}

// arnTypes are the forms of ARNs of kinds that AWS's provider does not tell the ARN of, or that are asked for by id.
var arnTypes = map[string]string{
	tokenVpc: "ec2:vpc/", tokenSubnet: "ec2:subnet/", tokenInternetGateway: "ec2:internet-gateway/", tokenEip: "ec2:elastic-ip/",
	tokenNatGateway: "ec2:natgateway/", tokenRouteTable: "ec2:route-table/", tokenSecurityGroup: "ec2:security-group/",
	tokenDefaultSecurityGroup: "ec2:security-group/", tokenSecurityGroupRule: "ec2:security-group-rule/",
	tokenIngressRule: "ec2:security-group-rule/", tokenEgressRule: "ec2:security-group-rule/",
	tokenCertificate: "acm:certificate/", tokenBalancer: "elasticloadbalancing:loadbalancer/app/",
	tokenVpcEndpoint: "ec2:vpc-endpoint/", tokenFlowLog: "ec2:vpc-flow-log/", tokenLaunchTemplate: "ec2:launch-template/",
	tokenNetworkInterface: "ec2:network-interface/", tokenInstance: "ec2:instance/", tokenKey: "kms:key/", tokenAlias: "kms:",
	tokenLogGroup: "logs:log-group:", tokenCluster: "eks:cluster/",
	tokenRole: "iam:role/", tokenPolicy: "iam:policy/", tokenInstanceProfile: "iam:instance-profile/",
	tokenPodIdentity: "eks:podidentityassociation/", tokenGroup: "autoscaling:autoScalingGroup:*:autoScalingGroupName/",
}

// eksTypes are the forms of what is in a cluster: their ARNs end in an id that nobody knows before.
var eksTypes = map[string]string{tokenNodeGroup: "nodegroup/", tokenAddon: "addon/", tokenAccessEntry: "access-entry/"}

func arnPattern(e Env, kind, id string) string {
	if form, ok := eksTypes[kind]; ok {
		cluster, name, _ := strings.Cut(id, ":")
		if kind == tokenAccessEntry { // its ARN has kind, account and name of the principal
			name = "*"
		}
		return e.arn("eks", form+cluster+"/"+name+"/*")
	}
	service, kindOf, _ := strings.Cut(arnTypes[kind], ":")
	if strings.HasPrefix(id, "arn:") || service == "" {
		return id
	}
	if service == "iam" {
		return fmt.Sprintf("arn:%s:iam::%s:%s%s", partition, e.Account, kindOf, id)
	}
	return e.arn(service, kindOf+id)
}

// target is a resource that is there.
func (t *Tx) target(r *Record) Target {
	tags := map[string]string{}
	for k, v := range mapAt(r.State, "tags") {
		tags[k] = fmt.Sprint(v)
	}
	for _, field := range []string{"arn", "accessEntryArn", "associationArn"} {
		if arn := str(r.State, field); arn != "" {
			return Target{ARN: arn, Tags: tags}
		}
	}
	return Target{ARN: arnPattern(Env{Region: r.Region, Account: t.store.account}, r.Kind, r.ID), Tags: tags}
}

// byARN is the role or key of an ARN, with its tags if it is there.
func (t *Tx) byARN(arn string) Target {
	if r := t.role(arn); r != nil {
		return t.target(r)
	}
	if r := t.keyOf(arn); r != nil {
		return t.target(r)
	}
	return Target{ARN: arn}
}
