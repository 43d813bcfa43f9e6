package aws

import (
	"context"
	"strings"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// invocation is a function of the provider: the call that it makes, if any, and its answer.
type invocation struct {
	action string // service:Action; empty = the provider knows the answer itself
	open   bool   // needs no permission
	run    func(c *Cloud, e Env, in Props) Props
}

// invokes are the functions that the stand-in answers.
var invokes = map[string]invocation{
	"aws:index/getPartition:getPartition": {run: func(*Cloud, Env, Props) Props {
		return Props{"dnsSuffix": "amazonaws.com", "id": partition, "partition": partition, "reverseDnsPrefix": "com.amazonaws"}
	}},
	"aws:index/getCallerIdentity:getCallerIdentity": {action: "sts:GetCallerIdentity", open: true, run: func(c *Cloud, e Env, _ Props) Props {
		return Props{"accountId": e.Account, "arn": e.CallerID(), "id": e.Account, "userId": c.userID(e)}
	}},
	"aws:index/getRegion:getRegion": {run: func(_ *Cloud, e Env, in Props) Props {
		name := e.Region
		if asked := str(in, "name"); asked != "" {
			name = asked
		}
		return Props{"description": name, "endpoint": "ec2." + name + ".amazonaws.com", "id": name, "name": name}
	}},
	"aws:index/getAvailabilityZones:getAvailabilityZones": {action: "ec2:DescribeAvailabilityZones", run: func(_ *Cloud, e Env, in Props) Props {
		var names, ids []any
		for _, z := range zonesOf(e.Region) {
			names, ids = append(names, z), append(ids, zoneID(z))
		}
		out := Props{"groupNames": []any{e.Region}, "id": e.Region, "names": names, "zoneIds": ids}
		for k, v := range in {
			out[k] = v
		}
		return out
	}},
}

// userID is the caller by its unique id.
func (c *Cloud) userID(e Env) string {
	id := ""
	c.store.view(func(t *Tx) { id = str(recordState(principal(t, e.Caller)), "uniqueId") })
	return id + ":" + e.session()
}

// Invoke answers a function of the provider.
func (s *session) Invoke(_ context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	f, ok := invokes[req.GetTok()]
	if !ok {
		return nil, answer("invoke", req.GetTok(), notModelled(req.GetTok()))
	}
	env, _, _ := s.at()
	if err := s.cloud.mayInvoke(env, f); err != nil {
		return nil, answer("invoke", req.GetTok(), err)
	}
	out, err := packed(f.run(s.cloud, env, plain(req.GetArgs())))
	return &pulumirpc.InvokeResponse{Return: out}, err
}

// mayInvoke asks for the call that a function makes, and tells the audit of it.
func (c *Cloud) mayInvoke(e Env, f invocation) error {
	if f.action == "" {
		return nil
	}
	var err error
	if !f.open {
		c.store.view(func(t *Tx) { err = c.authorize(t, e, f.action, Target{ARN: "*"}, nil) })
	}
	c.report(e, origin{source: "pulumi", verb: "invoke"}, time.Now(), []asked{{action: f.action, resource: "*"}}, err)
	return err
}

// zonesOf lists the zones of a region: three everywhere, but for the two big ones.
func zonesOf(region string) []string {
	last := 'c'
	switch region {
	case "us-east-1":
		last = 'f'
	case "us-west-2":
		last = 'd'
	}
	var out []string
	for l := 'a'; l <= last; l++ {
		out = append(out, region+string(l))
	}
	return out
}

// zoneID is the id of a zone: us-west-2a is usw2-az1. AWS shuffles them per account; here they are in order.
func zoneID(zone string) string {
	parts := strings.Split(zone, "-")
	if len(parts) < 3 || len(zone) == 0 {
		return ""
	}
	directions := strings.NewReplacer("north", "n", "south", "s", "east", "e", "west", "w", "central", "c")
	last := parts[len(parts)-1]
	middle := directions.Replace(strings.Join(parts[1:len(parts)-1], ""))
	return parts[0] + middle + last[:len(last)-1] + "-az" + string(last[len(last)-1]-'a'+'1')
}
