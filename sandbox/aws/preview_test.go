package aws_test

import (
	"context"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"paddock/sandbox/aws"
)

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

func (r *rig) preview(token string, in props) props {
	r.t.Helper()
	urn := r.urn(token)
	resp, err := r.client.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn, Properties: wire(r.t, r.check(token, urn, nil, in)), Preview: true})
	if err != nil {
		r.t.Fatal(err)
	}
	if resp.GetId() != "" {
		r.t.Errorf("%s: preview has id %s", token, resp.GetId())
	}
	return resp.GetProperties().AsMap()
}

func TestPreviewKeepsUnknowns(t *testing.T) {
	r := newRig(t)
	vpc := r.preview("aws:ec2/vpc:Vpc", props{"cidrBlock": "10.0.0.0/16"})
	for name, want := range (props{"arn": unknown, "mainRouteTableId": unknown, "instanceTenancy": "default", "enableDnsSupport": true}) {
		if vpc[name] != want {
			t.Errorf("vpc %s = %v, want %v", name, vpc[name], want)
		}
	}
	subnet := r.preview("aws:ec2/subnet:Subnet", props{"vpcId": unknown, "cidrBlock": "10.0.0.0/24", "availabilityZone": "us-west-2a"})
	if subnet["vpcId"] != unknown || subnet["availabilityZone"] != "us-west-2a" || subnet["availabilityZoneId"] != unknown {
		t.Errorf("subnet: %v", subnet)
	}
	cluster := r.preview("aws:eks/cluster:Cluster", props{
		"name": "dev", "roleArn": unknown, "version": "1.34", "vpcConfig": props{"subnetIds": []any{unknown}}, "accessConfig": props{"authenticationMode": "API"},
	})
	if got := cluster["accessConfig"].(props)["authenticationMode"]; got != "API" {
		t.Errorf("authentication mode %v, want API: pulumi-eks reads it at preview", got)
	}
	if got := cluster["vpcConfig"].(props)["clusterSecurityGroupId"]; got != unknown || cluster["endpoint"] != unknown || cluster["version"] != "1.34" {
		t.Errorf("cluster: %v", cluster)
	}
	nodes := r.preview("aws:eks/nodeGroup:NodeGroup", props{"clusterName": "dev", "nodeRoleArn": unknown, "subnetIds": unknown, "scalingConfig": props{"minSize": 1, "desiredSize": 2, "maxSize": 3}})
	if nodes["resources"] != unknown || nodes["launchTemplate"] != nil {
		t.Errorf("node group: %v", nodes)
	}
	if left := r.cloud.Leftovers(); len(left) != 0 {
		t.Errorf("preview made %v", left)
	}
}

func TestPreviewOfUpdate(t *testing.T) {
	r := newRig(t)
	in := props{"metadataOptions": props{"httpTokens": "required"}}
	template := r.create("aws:ec2/launchTemplate:LaunchTemplate", in)
	preview := func(next props) props {
		resp, err := r.client.Update(context.Background(), &pulumirpc.UpdateRequest{
			Id: template.id, Urn: template.urn, Olds: wire(t, template.out), OldInputs: wire(t, template.in),
			News: wire(t, r.check(template.token, template.urn, template.in, next)), Preview: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		return resp.GetProperties().AsMap()
	}
	if got := preview(over(in, props{"tags": props{"a": "b"}})); got["latestVersion"] != 1.0 {
		t.Errorf("a tag makes no version, got %v", got["latestVersion"])
	}
	if got := preview(props{"metadataOptions": props{"httpTokens": unknown}}); got["latestVersion"] != unknown || got["arn"] != template.out["arn"] {
		t.Errorf("new contents make an unknown version and keep the ARN, got %v", got)
	}
	if got := r.update(template, props{"metadataOptions": props{"httpTokens": "optional"}}); got.out["latestVersion"] != 2.0 || got.out["defaultVersion"] != 1.0 {
		t.Errorf("versions %v and %v, want 2 and 1", got.out["latestVersion"], got.out["defaultVersion"])
	}
}

func TestDiff(t *testing.T) {
	p := newPlatform(t)
	fixedName := p.add("aws:cloudwatch/logGroup:LogGroup", props{"name": "fixed"})
	autoName := p.add("aws:ec2/securityGroup:SecurityGroup", props{"vpcId": p.vpc.id})
	namedRule := props{"securityGroupId": autoName.id, "type": "ingress", "protocol": "tcp", "fromPort": 1, "toPort": 2, "cidrBlocks": []any{"10.0.0.0/8"}}
	rule := p.add("aws:ec2/securityGroupRule:SecurityGroupRule", namedRule)
	nodes := p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	rows := map[string]struct {
		old     thing
		in      props
		ignore  []string
		path    string // of the detailed diff; empty = no change
		replace bool
		first   bool
	}{
		"ignored":           {nodes, over(p.nodeInputs(), props{"scalingConfig": props{"minSize": 1, "desiredSize": 5, "maxSize": 6}}), []string{"scalingConfig.desiredSize"}, "", false, false},
		"limits in place":   {nodes, over(p.nodeInputs(), props{"scalingConfig": props{"minSize": 1, "desiredSize": 2, "maxSize": 9}}), nil, "scalingConfig.maxSize", false, false},
		"order of a set":    {nodes, over(p.nodeInputs(), props{"subnetIds": []any{p.b.id, p.a.id}}), nil, "", false, false},
		"member of a set":   {nodes, over(p.nodeInputs(), props{"subnetIds": []any{p.a.id}}), nil, "subnetIds[1]", true, true},
		"unknown":           {nodes, over(p.nodeInputs(), props{"nodeRoleArn": unknown}), nil, "nodeRoleArn", true, true},
		"nested replaces":   {p.cluster, over(p.clusterInputs(), props{"kubernetesNetworkConfig": props{"serviceIpv4Cidr": "172.16.0.0/16"}}), nil, "kubernetesNetworkConfig", true, true},
		"adding encryption": {p.cluster, over(p.clusterInputs(), props{"encryptionConfig": props{"resources": []any{"secrets"}}}), nil, "encryptionConfig", false, false},
		"own name":          {fixedName, props{"name": "fixed", "logGroupClass": "INFREQUENT_ACCESS"}, nil, "logGroupClass", true, true},
		"automatic name":    {autoName, props{"vpcId": p.vpc.id, "description": "x"}, nil, "description", true, false},
		"rule goes first":   {rule, over(namedRule, props{"toPort": 3}), nil, "toPort", true, true},
		"odd tag key":       {autoName, props{"vpcId": p.vpc.id, "tags": props{"a/b.c": "d"}}, nil, `tags`, false, false},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			d := p.diff(row.old, row.in, row.ignore...)
			if row.path == "" {
				if d.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
					t.Errorf("got %v, want no change", d)
				}
				return
			}
			if _, ok := d.GetDetailedDiff()[row.path]; !ok || (len(d.GetReplaces()) > 0) != row.replace || d.GetDeleteBeforeReplace() != row.first {
				t.Errorf("got %v, want %s, replace %v, delete first %v", d, row.path, row.replace, row.first)
			}
		})
	}
}

func TestWireTakesSecretsAndOutputs(t *testing.T) {
	r := newRig(t)
	secret := props{"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "10.0.0.0/16"}
	output := props{"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4"}
	got := r.preview("aws:ec2/vpc:Vpc", props{"cidrBlock": secret, "tags": output})
	if got["cidrBlock"] != "10.0.0.0/16" || got["tags"] != unknown || got["tagsAll"] != unknown {
		t.Errorf("got %v", got)
	}
}

func TestDefaultTags(t *testing.T) {
	r := newRig(t)
	plain := r.create("aws:ec2/vpc:Vpc", props{"cidrBlock": "10.0.0.0/16", "tags": props{"Name": "mine"}})
	r.client = r.session(props{"region": "us-west-2", "defaultTags": `{"tags":{"Platform":"dev","Name":"theirs"}}`, "allowedAccountIds": `["` + r.cloud.Account() + `"]`})
	d := r.diff(plain, props{"cidrBlock": "10.0.0.0/16", "tags": props{"Name": "mine"}})
	if _, ok := d.GetDetailedDiff()["tags.Platform"]; !ok || len(d.GetReplaces()) > 0 {
		t.Errorf("a new default tag: got %v, want tags.Platform added", d)
	}
	got := r.update(plain, props{"cidrBlock": "10.0.0.0/16", "tags": props{"Name": "mine"}})
	all := got.out["tagsAll"].(props)
	if all["Platform"] != "dev" || all["Name"] != "mine" {
		t.Errorf("tagsAll %v: want the default tag, and the resource's own over it", all)
	}
}

func TestConfigureRefusesOtherAccounts(t *testing.T) {
	r := newRig(t)
	server := r.cloud.NewProvider(r.cloud.Self())
	_, err := server.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: wire(t, props{"region": "us-west-2", "allowedAccountIds": []any{"123456789012"}})})
	mustFail(t, err, "AWS account ID not allowed: "+r.cloud.Account())
}

func TestInvokes(t *testing.T) {
	r := newRig(t)
	rows := map[string][2]string{
		"aws:index/getPartition:getPartition":           {"dnsSuffix", "amazonaws.com"},
		"aws:index/getCallerIdentity:getCallerIdentity": {"arn", r.cloud.Self().CallerID()},
		"aws:index/getRegion:getRegion":                 {"name", "us-west-2"},
	}
	for token, want := range rows {
		resp, err := r.client.Invoke(context.Background(), &pulumirpc.InvokeRequest{Tok: token, Args: &structpb.Struct{}})
		if err != nil || resp.GetReturn().AsMap()[want[0]] != want[1] {
			t.Errorf("%s: got %v %v, want %s", token, resp, err, want[1])
		}
	}
}

// A provider's own settings say who it acts as; its functions need permission like any other call.
func TestProviderActsAsConfigured(t *testing.T) {
	r := newRig(t)
	if err := r.cloud.AddRole(aws.RoleSpec{Name: "bare"}); err != nil {
		t.Fatal(err)
	}
	arn := "arn:aws:iam::" + r.cloud.Account() + ":role/bare"
	held, err := r.cloud.Assume(context.Background(), r.cloud.Self(), arn, "key")
	if err != nil {
		t.Fatal(err)
	}
	for name, config := range map[string]props{
		"assumed role": {"region": "us-west-2", "assumeRole": `{"roleArn":"` + arn + `","sessionName":"ci"}`},
		"keys":         {"region": "us-west-2", "accessKey": held.AccessKeyID, "secretKey": held.SecretAccessKey, "token": held.SessionToken},
	} {
		r.client = r.session(config)
		_, err := r.tryCreate("aws:ec2/vpc:Vpc", props{"cidrBlock": "10.0.0.0/16"})
		mustFail(t, err, ":assumed-role/bare/")
		_, err = r.client.Invoke(context.Background(), &pulumirpc.InvokeRequest{Tok: "aws:index/getAvailabilityZones:getAvailabilityZones", Args: &structpb.Struct{}})
		mustFail(t, err, "is not authorized to perform: ec2:DescribeAvailabilityZones")
		who, err := r.client.Invoke(context.Background(), &pulumirpc.InvokeRequest{Tok: "aws:index/getCallerIdentity:getCallerIdentity", Args: &structpb.Struct{}})
		if got, _ := who.GetReturn().AsMap()["userId"].(string); err != nil || !strings.HasPrefix(got, "AROA") {
			t.Errorf("%s: caller %v, %v", name, who, err)
		}
	}
	_, err = r.cloud.NewProvider(r.cloud.Self()).Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: wire(t, props{"accessKey": "AKIANONE", "secretKey": "x"})})
	mustFail(t, err, "InvalidClientTokenId")
	calls, err := r.cloud.Calls(func(e aws.Entry) bool { return e.Verb == "invoke" })
	if err != nil || len(calls) != 4 {
		t.Errorf("audit of the functions: %v %v, want four", calls, err)
	}
}
