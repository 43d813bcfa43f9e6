package aws_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"paddock/sandbox/aws"
)

func dump(t *testing.T, c *aws.Cloud) string {
	t.Helper()
	d, err := c.Dump()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// killed opens a copy of the store as it is on disk this moment: what kill -9 would leave.
func killed(t *testing.T, path string, m *fakeMachine) *aws.Cloud {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(copied, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := aws.Open(copied, m, aws.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestStateSurvivesKill(t *testing.T) {
	p := newPlatform(t)
	p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	p.add("aws:eks/addon:Addon", props{"clusterName": "dev", "addonName": "coredns", "resolveConflictsOnCreate": "OVERWRITE"})
	m := newMachine()
	again := killed(t, p.path, m)
	if got, want := dump(t, again), dump(t, p.cloud); got != want {
		t.Errorf("after kill:\n%s\nwant\n%s", got, want)
	}
	if err := again.Resume(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := m.clusters["dev"]; got.Port != 6443 || got.ID == "" || len(m.nodes) != 2 || len(m.addons) != 1 {
		t.Errorf("resumed %+v, %d nodes, %d add-ons; want the cluster on its port, 2 and 1", got, len(m.nodes), len(m.addons))
	}
	if got, want := dump(t, again), dump(t, p.cloud); got != want {
		t.Errorf("resume changed state:\n%s\nwant\n%s", got, want)
	}
}

func TestResumeAfterKillInTheMiddle(t *testing.T) {
	p := newNetwork(t)
	p.role = p.clusterRole()
	p.machine.gate = make(chan struct{})
	done := make(chan error)
	go func() {
		_, err := p.tryCreate("aws:eks/cluster:Cluster", p.clusterInputs())
		done <- err
	}()
	eventually(t, "the cluster on record", func() bool { return len(p.cloud.Clusters()) == 1 })
	again := killed(t, p.path, newMachine())
	if err := again.Resume(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := again.Counts(); left["aws:eks/cluster:Cluster"] != 0 || left["aws:ec2/networkInterface:NetworkInterface"] != 0 {
		t.Errorf("half a cluster was kept: %v", left)
	}
	close(p.machine.gate)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestCreateOutlivesItsCaller(t *testing.T) {
	p := newNetwork(t)
	p.role = p.clusterRole()
	p.machine.gate = make(chan struct{})
	ctx, kill := context.WithCancel(context.Background())
	token := "aws:eks/cluster:Cluster"
	urn := p.urn(token)
	gone := make(chan struct{})
	go func() {
		_, _ = p.client.Create(ctx, &pulumirpc.CreateRequest{Urn: urn, Properties: wire(t, p.clusterInputs())})
		close(gone)
	}()
	eventually(t, "the cluster on record", func() bool { return len(p.cloud.Clusters()) == 1 })
	kill()
	<-gone
	time.AfterFunc(50*time.Millisecond, func() { close(p.machine.gate) })
	id, ok := p.cloud.CreatedByURN(urn, nil)
	if !ok || id != "dev" {
		t.Fatalf("created by urn: got %q %v, want dev", id, ok)
	}
	if got := p.read(thing{token: token, urn: urn, id: id}); got.out["status"] != "ACTIVE" || got.in["name"] != "dev" || got.in["endpoint"] != nil {
		t.Errorf("import tells the inputs of the create: got %v", got)
	}
}

func TestImport(t *testing.T) {
	p := newPlatform(t)
	gateway, table := p.gateway, p.add("aws:ec2/routeTable:RouteTable", props{"vpcId": p.vpc.id}).id
	p.add("aws:ec2/route:Route", props{"routeTableId": table, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway.id})
	p.add("aws:ec2/routeTableAssociation:RouteTableAssociation", props{"routeTableId": table, "subnetId": p.a.id})
	arn := "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
	p.add("aws:iam/rolePolicyAttachment:RolePolicyAttachment", props{"role": "nodes", "policyArn": arn})
	p.update(p.cluster, over(p.clusterInputs(), props{"enabledClusterLogTypes": []any{"audit"}}))
	rows := map[string]struct{ token, id, input, want string }{
		"route":        {"aws:ec2/route:Route", table + "_0.0.0.0/0", "gatewayId", gateway.id},
		"association":  {"aws:ec2/routeTableAssociation:RouteTableAssociation", p.a.id + "/" + table, "subnetId", p.a.id},
		"attachment":   {"aws:iam/rolePolicyAttachment:RolePolicyAttachment", "nodes/" + arn, "policyArn", arn},
		"role":         {"aws:iam/role:Role", "nodes", "assumeRolePolicy", trustEC2},
		"eks log":      {"aws:cloudwatch/logGroup:LogGroup", "/aws/eks/dev/cluster", "name", "/aws/eks/dev/cluster"},
		"creator":      {"aws:eks/accessEntry:AccessEntry", "dev:" + p.cloud.CallerARN(), "principalArn", p.cloud.CallerARN()},
		"account role": {"aws:iam/role:Role", "OrganizationAccountAccessRole", "path", "/"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			got := p.read(thing{token: row.token, urn: p.urn(row.token), id: row.id})
			if got.id == "" || got.in[row.input] != row.want || got.in["arn"] != nil || got.in["tagsAll"] != nil {
				t.Errorf("got %v, want %s = %s", got, row.input, row.want)
			}
		})
	}
	if got := p.read(thing{token: "aws:ec2/vpc:Vpc", urn: p.urn("aws:ec2/vpc:Vpc"), id: "vpc-none"}); got.id != "" {
		t.Errorf("imported nothing as %v", got)
	}
}

// Many sessions at once, on the same network: every block and address is given once, and nothing is lost.
func TestConcurrentSessions(t *testing.T) {
	p := newPlatform(t)
	nodes := p.add("aws:eks/nodeGroup:NodeGroup", over(p.nodeInputs(), props{"scalingConfig": props{"minSize": 1, "desiredSize": 1, "maxSize": 40}}))
	var wait sync.WaitGroup
	for i := range 8 {
		client := p.session(props{"region": "us-west-2"})
		wait.Add(1)
		go func() {
			defer wait.Done()
			for j := range 10 {
				in := props{"vpcId": p.vpc.id, "cidrBlock": fmt.Sprintf("10.0.%d.0/24", 16+j), "availabilityZone": "us-west-2a"}
				req := &pulumirpc.CreateRequest{Urn: fmt.Sprintf("urn:pulumi:dev::paddock::aws:ec2/subnet:Subnet::s%d-%d", i, j), Properties: wire(t, in)}
				_, _ = client.Create(context.Background(), req) // one session wins each block
				_ = p.cloud.SetDesired(context.Background(), groupName(nodes), 1+(i*j)%20)
				_ = p.cloud.Counts()
			}
		}()
	}
	wait.Wait()
	if got := p.cloud.Counts()["aws:ec2/subnet:Subnet"]; got != 13 { // three of the platform, ten of the sessions
		t.Errorf("got %d subnets, want 13", got)
	}
	if err := p.cloud.SetDesired(context.Background(), groupName(nodes), 20); err != nil {
		t.Fatal(err)
	}
	eventually(t, "20 nodes", func() bool { return len(p.machine.nodeList()) == 20 })
	seen := map[string]bool{}
	for _, n := range p.machine.nodeList() {
		if seen[n.InternalIP] {
			t.Errorf("address %s is given twice", n.InternalIP)
		}
		seen[n.InternalIP] = true
	}
}
