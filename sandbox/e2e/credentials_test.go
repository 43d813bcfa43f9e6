package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eks"
)

// sdk is AWS's SDK as a user of the sandbox has it after `. env`.
func (s *sandbox) sdk(t *testing.T) aws.Config {
	t.Helper()
	set := strings.Fields(s.shell(t, "echo $AWS_REGION $AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY").out)
	if len(set) != 4 {
		t.Fatalf("env sets %d of the four variables", len(set))
	}
	return aws.Config{Region: set[0], BaseEndpoint: &set[1], Credentials: credentials.NewStaticCredentialsProvider(set[2], set[3], "")}
}

// podRights asks for the credentials of a pod, as the node's agent does: with the token of its service account.
func (s *sandbox) podRights(t *testing.T, c aws.Config, namespace, account string) aws.Config {
	t.Helper()
	token := s.kubectl(t, "create", "token", account, "-n", namespace, "--audience", "pods.eks.amazonaws.com")
	if token.code != 0 {
		t.Fatalf("kubectl create token: %s", token.all())
	}
	body, err := json.Marshal(object{"token": strings.TrimSpace(token.out)})
	must(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, *c.BaseEndpoint+"/clusters/paddock-dev/assume-role-for-pod-identity", bytes.NewReader(body))
	must(t, err)
	own, err := c.Credentials.Retrieve(t.Context())
	must(t, err)
	must(t, signer.NewSigner().SignHTTP(t.Context(), own, r, fmt.Sprintf("%x", sha256.Sum256(body)), "eks-auth", c.Region, time.Now()))
	resp, err := http.DefaultClient.Do(r)
	must(t, err)
	defer resp.Body.Close()
	var out struct {
		Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }
		Message     string
	}
	must(t, json.NewDecoder(resp.Body).Decode(&out))
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("credentials of %s/%s: %s: %s", namespace, account, resp.Status, out.Message)
	}
	k := out.Credentials
	c.Credentials = credentials.NewStaticCredentialsProvider(k.AccessKeyID, k.SecretAccessKey, k.SessionToken)
	return c
}

// rights shows that the role which the program gives the autoscaler allows what that calls, on groups of its cluster, and
// nothing else.
func (p *platform) rights(t *testing.T) {
	admin := p.sdk(t)
	own := p.podRights(t, admin, "kube-system", "cluster-autoscaler")
	group, scaler := p.group(t, "default"), autoscaling.NewFromConfig(own)
	groups, err := scaler.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
	must(t, err)
	if len(groups.AutoScalingGroups) != 1 || *groups.AutoScalingGroups[0].AutoScalingGroupName != group {
		t.Errorf("sees %d groups, want its own", len(groups.AutoScalingGroups))
	}
	_, err = scaler.DescribeScalingActivities(t.Context(), &autoscaling.DescribeScalingActivitiesInput{AutoScalingGroupName: &group})
	must(t, err)
	name := p.nodeGroupName(t)
	_, err = eks.NewFromConfig(own).DescribeNodegroup(t.Context(), &eks.DescribeNodegroupInput{ClusterName: aws.String("paddock-dev"), NodegroupName: &name})
	must(t, err)
	size := *groups.AutoScalingGroups[0].DesiredCapacity
	for _, n := range []int32{size + 1, size} {
		_, err = scaler.SetDesiredCapacity(t.Context(), &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: &group, DesiredCapacity: &n})
		must(t, err)
		p.nodes(t, int(n))
	}
	p.settled(t)
	_, err = ec2.NewFromConfig(own).DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
	deniedAs(t, err, "UnauthorizedOperation", "ec2:DescribeVpcs", "-autoscaler")
	_, err = eks.NewFromConfig(own).DescribeCluster(t.Context(), &eks.DescribeClusterInput{Name: aws.String("paddock-dev")})
	deniedAs(t, err, "AccessDeniedException", "eks:DescribeCluster", "-autoscaler")
}

// nodeGroupName is the name of the one node group.
func (s *sandbox) nodeGroupName(t *testing.T) string {
	t.Helper()
	for _, r := range s.dump(t) {
		if r.Kind == nodeGroup {
			return strings.TrimPrefix(r.ID, "paddock-dev:")
		}
	}
	t.Fatal("no node group")
	return ""
}

func deniedAs(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("got %v, want %q", err, word)
		}
	}
}
