package e2e

import (
	"strings"
	"testing"
)

// meddle does by hand what the next deploy puts right: it reads all that there is before it looks for what to do.
func (d *delivery) meddle(t *testing.T) {
	t.Helper()
	scaler := d.arn(t, d.of(t, "aws:iam/role:Role", "-autoscaler-role"))
	for _, change := range [][]string{
		{"aws:ecr/repository:Repository", "", "--set", "imageTagMutability=MUTABLE"},
		{"aws:ecr/repository:Repository", "", "--set", "imageScanningConfiguration.scanOnPush=false"},
		{"aws:iam/role:Role", "-release", "--set", "description=x"},
		{"aws:kms/key:Key", "", "--set", "description=x"},
		{"aws:eks/podIdentityAssociation:PodIdentityAssociation", "-volumes", "--set", "roleArn=" + scaler},
		{"aws:ec2/subnet:Subnet", "", "--set", "mapPublicIpOnLaunch=true"},
	} {
		d.drift(t, d.of(t, change[0], change[1]), append([]string{"--type", strings.TrimPrefix(change[0], "aws:")}, change[2:]...)...)
	}
}

// of is the id of one of the platform's resources.
func (d *delivery) of(t *testing.T, kind, name string) string {
	t.Helper()
	for _, r := range d.dump(t) {
		if r.Kind == kind && strings.Contains(r.URN, "::paddock::") && strings.HasSuffix(r.URN, name) {
			return r.ID
		}
	}
	t.Fatalf("no %s of a name that ends in %q", kind, name)
	return ""
}
