package iam_test

import (
	"testing"

	"paddock/sandbox/iam"
)

func TestTrusts(t *testing.T) {
	const provider = "arn:aws:iam::123456789012:oidc-provider/oidc.eks/id/1"
	pods := iam.Principal{Service: "pods.eks.amazonaws.com", Account: account}
	web := iam.Principal{Federated: provider}
	user := iam.Principal{ARN: "arn:aws:iam::123456789012:user/ann"}
	yes, viaAccount, no := iam.Decision{Allowed: true}, iam.Decision{Allowed: true, Delegated: true}, iam.Decision{}
	for name, row := range map[string]struct {
		principal string // the element, or more fields after it
		who       iam.Principal
		want      iam.Decision
	}{
		"everybody":                    {`'Principal':'*'`, user, yes},
		"everybody of AWS":             {`'Principal':{'AWS':'*'}`, caller, yes},
		"account":                      {`'Principal':{'AWS':'123456789012'}`, caller, viaAccount},
		"root of the account":          {`'Principal':{'AWS':'arn:aws:iam::123456789012:root'}`, caller, viaAccount},
		"account by the ARN":           {`'Principal':{'AWS':'123456789012'}`, user, viaAccount},
		"another account":              {`'Principal':{'AWS':'arn:aws:iam::210987654321:root'}`, caller, no},
		"an account is no service":     {`'Principal':{'AWS':'123456789012'}`, pods, no},
		"role covers its sessions":     {`'Principal':{'AWS':'` + role + `'}`, caller, yes},
		"session":                      {`'Principal':{'AWS':'` + session + `'}`, caller, yes},
		"another session":              {`'Principal':{'AWS':'arn:aws:sts::123456789012:assumed-role/nodes/i-2'}`, caller, no},
		"another role":                 {`'Principal':{'AWS':'arn:aws:iam::123456789012:role/other'}`, caller, no},
		"no wildcards":                 {`'Principal':{'AWS':'arn:aws:iam::123456789012:role/*'}`, caller, no},
		"user":                         {`'Principal':{'AWS':['x','arn:aws:iam::123456789012:user/ann']}`, user, yes},
		"name and account":             {`'Principal':{'AWS':['123456789012','` + role + `']}`, caller, yes},
		"account, then name":           {`'Principal':{'AWS':'123456789012'}},{'Effect':'Allow','Action':'sts:*','Principal':{'AWS':'` + role + `'}`, caller, yes},
		"name, then account":           {`'Principal':{'AWS':'` + role + `'}},{'Effect':'Allow','Action':'sts:*','Principal':{'AWS':'123456789012'}`, caller, yes},
		"service":                      {`'Principal':{'Service':'pods.eks.amazonaws.com'}`, pods, yes},
		"second service":               {`'Principal':{'Service':['ec2.amazonaws.com','pods.eks.amazonaws.com']}`, pods, yes},
		"another service":              {`'Principal':{'Service':'ec2.amazonaws.com'}`, pods, no},
		"a role is no service":         {`'Principal':{'Service':'ec2.amazonaws.com'}`, caller, no},
		"federated":                    {`'Principal':{'Federated':'` + provider + `'}`, web, yes},
		"another provider":             {`'Principal':{'Federated':'` + provider + `2'}`, web, no},
		"nobody set":                   {`'Principal':{'AWS':'','Federated':'','Service':''}`, iam.Principal{}, no},
		"empty":                        {`'Principal':{}`, caller, no},
		"no principal":                 {`'Sid':'x'`, caller, no},
		"NotPrincipal takes the rest":  {`'NotPrincipal':{'AWS':'arn:aws:iam::123456789012:role/other'}`, caller, yes},
		"NotPrincipal leaves out":      {`'NotPrincipal':{'AWS':'` + role + `'}`, caller, no},
		"NotPrincipal of an account":   {`'NotPrincipal':{'AWS':'123456789012'}`, caller, yes},
		"other action":                 {`'Principal':'*','NotAction':'sts:*'`, caller, no},
		"condition holds":              {`'Principal':'*','Condition':{'StringEquals':{'h:sub':'s'}}`, caller, yes},
		"condition does not":           {`'Principal':'*','Condition':{'StringEquals':{'h:sub':'t'}}`, caller, no},
		"principal's own ARN":          {`'Principal':{'AWS':'123456789012'},'Condition':{'ArnLike':{'aws:PrincipalArn':'` + role + `'}}`, caller, viaAccount},
		"with a resource, as of a key": {`'Principal':{'AWS':'*'},'Resource':'*'`, caller, yes},
	} {
		d := parse(t, policy(`'Effect':'Allow','Action':['sts:AssumeRole','sts:AssumeRoleWithWebIdentity'],`+row.principal))
		request := iam.Request{Principal: row.who, Action: "sts:AssumeRole", Resource: role, Keys: keys{"h:sub": {"s"}}}
		if got := d.Trusts(request); got != row.want {
			t.Errorf("%s: got %+v, want %+v", name, got, row.want)
		}
	}
}

func TestNoTrustPolicy(t *testing.T) {
	var none *iam.Document
	if got := none.Trusts(iam.Request{Principal: caller, Action: "sts:AssumeRole"}); got != (iam.Decision{}) {
		t.Errorf("got %+v", got)
	}
}

func TestTrustDenies(t *testing.T) {
	const all = `'Effect':'Allow','Action':'sts:*','Principal':'*'`
	for name, row := range map[string]struct {
		statement string
		explicit  bool
	}{
		"by account": {`'Sid':'No','Effect':'Deny','Action':'*','Principal':{'AWS':'123456789012'}`, true},
		"by name":    {`'Sid':'No','Effect':'Deny','Action':'*','Principal':{'AWS':'` + role + `'}`, true},
		"others":     {`'Sid':'No','Effect':'Deny','Action':'*','NotPrincipal':{'AWS':'` + role + `'}`, false},
		"otherwise":  {`'Sid':'No','Effect':'Deny','Action':'sts:TagSession','Principal':'*'`, false},
	} {
		got := parse(t, policy(all, row.statement)).Trusts(iam.Request{Principal: caller, Action: "sts:AssumeRole"})
		if got.Explicit != row.explicit || got.Allowed == row.explicit {
			t.Errorf("%s: got %+v, want explicit = %v", name, got, row.explicit)
		}
	}
}
