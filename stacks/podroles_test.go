package stacks_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/testkit"
	"paddock/infra"
)

func TestBadPodRoles(t *testing.T) {
	const (
		aRole     = "want the ARN of an IAM role, or role/<name> of this account"
		ofDeploys = "want a role named paddock-dev-*, without a path: the pipeline's deploy role passes no other"
	)
	for name, tc := range map[string]struct {
		roles string
		piped bool   // the platform is deployed by a pipeline
		want  string // after the path of the team's roles; "" = no fault
	}{
		"several":              {`{"shop": "role/shop", "till": "role/teams/till", "api": "arn:aws:iam::123456789012:role/shop"}`, false, ""},
		"by a pipeline":        {`{"shop": "role/paddock-dev-shop", "till": "arn:aws:iam::123456789012:role/paddock-dev-till"}`, true, ""},
		"of another name":      {`{"shop": "role/shop"}`, true, ".shop: role/shop: " + ofDeploys},
		"of another, by ARN":   {`{"shop": "arn:aws:iam::123456789012:role/shop"}`, true, ".shop: arn:aws:iam::123456789012:role/shop: " + ofDeploys},
		"with a path":          {`{"shop": "role/teams/paddock-dev-shop"}`, true, ".shop: role/teams/paddock-dev-shop: " + ofDeploys},
		"a star":               {`{"shop": "role/*"}`, false, ".shop: role/*: " + aRole},
		"a path with a star":   {`{"shop": "role/*/shop"}`, false, ".shop: role/*/shop: " + aRole},
		"a variable":           {`{"shop": "role/${aws:username}"}`, false, ".shop: role/${aws:username}: " + aRole},
		"a user":               {`{"shop": "user/shop"}`, false, ".shop: user/shop: " + aRole},
		"nothing":              {`{"shop": ""}`, false, `.shop: "": ` + aRole},
		"a session":            {`{"shop": "arn:aws:sts::123456789012:assumed-role/shop/x"}`, false, ".shop: arn:aws:sts::123456789012:assumed-role/shop/x: " + aRole},
		"of another partition": {`{"shop": "arn:aws-cn:iam::123456789012:role/shop"}`, false, ".shop: arn:aws-cn:iam::123456789012:role/shop: want a role of the region's partition, aws"},
		"no service's name":    {`{"Shop": "role/shop"}`, false, ".Shop: Shop: want 1 to 63 lower-case letters, digits and single inner hyphens, first a letter"},
		"a list":               {`["role/shop"]`, false, `: ["role/shop"]: want an object`},
	} {
		t.Run(name, func(t *testing.T) {
			keys := map[string]string{"teams": fmt.Sprintf(`{"red": {"podRoles": %s}}`, tc.roles)}
			if tc.piped {
				keys["delivery"] = `{"gitlab": "https://gitlab.com", "project": "group/paddock"}`
			}
			want := tc.want
			if want != "" {
				want = "teams.red.podRoles" + want
			}
			faulty(t, keys, want)
		})
	}
}

const podRoles = `{"frontend": {"namespaces": ["frontend", "frontend-batch"], "podRoles": {"shop": "role/shop"}}, "backend": {}}`

// The platform gives roles to pods, wherever the team may run the service, and nobody else can.
func TestPodRoles(t *testing.T) {
	got := with(t, map[string]string{"paddock:teams": podRoles})
	given := map[any]any{}
	for _, r := range got.OfType("aws:eks/podIdentityAssociation:PodIdentityAssociation") {
		if r.Input("serviceAccount") == "shop" {
			given[r.Input("namespace")] = r.Input("roleArn")
		}
	}
	role := "arn:aws:iam::" + testkit.Account + ":role/shop"
	if want := (map[any]any{"frontend": role, "frontend-batch": role}); !reflect.DeepEqual(given, want) {
		t.Errorf("given %v", given)
	}
	released := `{"frontend": {"podRoles": {"shop": "role/paddock-dev-shop"}, "delivery": {"project": "group/frontend", "services": ["shop"]}}}`
	for _, r := range with(t, map[string]string{"paddock:delivery": gitlab, "paddock:teams": released}).OfType("aws:iam/rolePolicy:RolePolicy") {
		if text := fmt.Sprint(r.Input("policy")); strings.HasPrefix(r.Name, "frontend-delivery") && (strings.Contains(text, "PodIdentity") || strings.Contains(text, "PassRole")) {
			t.Errorf("%s: %s", r.Name, text)
		}
	}
}

// A role of another account is found out before anything registers, though only the caller tells which account this is.
func TestForeignPodRole(t *testing.T) {
	cfg, err := load(t, map[string]string{"teams": `{"red": {"podRoles": {"shop": "arn:aws:iam::999999999999:role/shop"}}}`})
	if err != nil {
		t.Fatal(err)
	}
	got, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := infra.Up(ctx, cfg)
		return err
	}, testkit.WithCall(caller))
	const want = "paddock:teams.red.podRoles.shop: arn:aws:iam::999999999999:role/shop: want a role of the cluster's account: EKS associates no other"
	if err == nil || !strings.Contains(err.Error(), want) || len(got.OfType("aws:ec2/vpc:Vpc")) > 0 {
		t.Errorf("%v\n%v", err, got.Keys())
	}
}
