package iam_test

import (
	"testing"

	"paddock/sandbox/iam"
)

func TestMatching(t *testing.T) {
	for name, row := range map[string]struct {
		statement, action, resource string
		want                        bool
	}{
		"exact":                       {`'Action':'ec2:CreateVpc','Resource':'*'`, "ec2:CreateVpc", "*", true},
		"other action":                {`'Action':'ec2:CreateVpc','Resource':'*'`, "ec2:DeleteVpc", "*", false},
		"longer action":               {`'Action':'ec2:CreateVpc','Resource':'*'`, "ec2:CreateVpcEndpoint", "*", false},
		"case of the action":          {`'Action':'EC2:createvpc','Resource':'*'`, "ec2:CreateVpc", "*", true},
		"case with a star":            {`'Action':'EC2:CREATE*','Resource':'*'`, "ec2:CreateVpc", "*", true},
		"all":                         {`'Action':'*','Resource':'*'`, "ec2:CreateVpc", "*", true},
		"all of a service":            {`'Action':'ec2:*','Resource':'*'`, "ec2:CreateVpc", "*", true},
		"all of another service":      {`'Action':'eks:*','Resource':'*'`, "ec2:CreateVpc", "*", false},
		"star in the middle":          {`'Action':'ec2:*Vpc','Resource':'*'`, "ec2:CreateVpc", "*", true},
		"star steps back":             {`'Action':'a:*bc','Resource':'*'`, "a:bbcbc", "*", true},
		"two stars":                   {`'Action':'ec2:*e*Vpc','Resource':'*'`, "ec2:CreateVpc", "*", true},
		"star is also nothing":        {`'Action':'ec2:CreateVpc*','Resource':'*'`, "ec2:CreateVpc", "*", true},
		"one":                         {`'Action':'ec2:CreateVp?','Resource':'*'`, "ec2:CreateVpc", "*", true},
		"one is not nothing":          {`'Action':'ec2:CreateVpc?','Resource':'*'`, "ec2:CreateVpc", "*", false},
		"second of a list":            {`'Action':['a:b','ec2:CreateVpc'],'Resource':'*'`, "ec2:CreateVpc", "*", true},
		"empty list":                  {`'Action':[],'Resource':'*'`, "ec2:CreateVpc", "*", false},
		"NotAction leaves out":        {`'NotAction':'iam:*','Resource':'*'`, "iam:GetRole", "*", false},
		"NotAction takes the rest":    {`'NotAction':['iam:*','sts:*'],'Resource':'*'`, "ec2:CreateVpc", "*", true},
		"Action and NotAction":        {`'Action':'*','NotAction':'iam:*','Resource':'*'`, "ec2:CreateVpc", "*", false},
		"no action":                   {`'Resource':'*'`, "ec2:CreateVpc", "*", false},
		"no resource":                 {`'Action':'*'`, "ec2:CreateVpc", "*", false},
		"resource":                    {`'Action':'*','Resource':'` + group + `'`, "a:b", group, true},
		"star crosses : and /":        {`'Action':'*','Resource':'arn:aws:autoscaling:*/a'`, "a:b", group, true},
		"case of a resource":          {`'Action':'*','Resource':'arn:aws:s3:::X'`, "a:b", "arn:aws:s3:::x", false},
		"one in a resource":           {`'Action':'*','Resource':'arn:aws:s3:::?'`, "a:b", "arn:aws:s3:::x", true},
		"one is a letter, not a byte": {`'Action':'*','Resource':'arn:aws:s3:::?x'`, "a:b", "arn:aws:s3:::äx", true},
		"no letter is two":            {`'Action':'*','Resource':'arn:aws:s3:::*??'`, "a:b", "arn:aws:s3:::€", false},
		"one crosses /":               {`'Action':'*','Resource':'arn:aws:s3:::a?b'`, "a:b", "arn:aws:s3:::a/b", true},
		"ARN against no resource":     {`'Action':'*','Resource':'` + group + `'`, "autoscaling:DescribeAutoScalingGroups", "*", false},
		"unset resource is *":         {`'Action':'*','Resource':'*'`, "a:b", "", true},
		"NotResource leaves out":      {`'Action':'*','NotResource':'arn:aws:s3:::x'`, "a:b", "arn:aws:s3:::x", false},
		"NotResource takes the rest":  {`'Action':'*','NotResource':'arn:aws:s3:::x'`, "a:b", "arn:aws:s3:::y", true},
		"NotResource and no resource": {`'Action':'*','NotResource':'arn:aws:s3:::x'`, "a:b", "*", true},
		"both resources":              {`'Action':'*','Resource':'*','NotResource':'arn:aws:s3:::x'`, "a:b", "*", false},
		"name of a field":             {`'action':'*','Resource':'*'`, "a:b", "*", false},
		"principal has no place":      {`'Action':'*','Resource':'*','Principal':'*'`, "a:b", "*", false},
	} {
		d := parse(t, policy(`'Effect':'Allow',`+row.statement))
		got := iam.Decide([]*iam.Document{d}, iam.Request{Principal: caller, Action: row.action, Resource: row.resource})
		if got.Allowed != row.want {
			t.Errorf("%s: allowed = %v, want %v", name, got.Allowed, row.want)
		}
	}
}

func TestDecide(t *testing.T) {
	const (
		allow = `'Sid':'Yes','Effect':'Allow','Action':'*','Resource':'*'`
		deny  = `'Sid':'No','Effect':'Deny','Action':'ec2:Delete*','Resource':'*'`
		typo  = `'Effect':'allow','Action':'*','Resource':'*'`
	)
	for name, row := range map[string]struct {
		policies []string
		action   string
		want     iam.Decision
	}{
		"no policy":             {nil, "ec2:DeleteVpc", iam.Decision{}},
		"allowed":               {[]string{policy(allow)}, "ec2:CreateVpc", iam.Decision{Allowed: true, Sid: "Yes"}},
		"denied after":          {[]string{policy(allow, deny)}, "ec2:DeleteVpc", iam.Decision{Explicit: true, Sid: "No"}},
		"denied before":         {[]string{policy(deny, allow)}, "ec2:DeleteVpc", iam.Decision{Explicit: true, Sid: "No"}},
		"denied elsewhere":      {[]string{policy(allow), policy(deny)}, "ec2:DeleteVpc", iam.Decision{Explicit: true, Sid: "No"}},
		"a deny allows nothing": {[]string{policy(deny)}, "ec2:CreateVpc", iam.Decision{}},
		"effect in lower case":  {[]string{policy(typo)}, "ec2:CreateVpc", iam.Decision{}},
	} {
		docs := []*iam.Document{nil}
		for _, text := range row.policies {
			docs = append(docs, parse(t, text))
		}
		if got := iam.Decide(docs, iam.Request{Principal: caller, Action: row.action}); got != row.want {
			t.Errorf("%s: got %+v, want %+v", name, got, row.want)
		}
	}
}

func TestVariables(t *testing.T) {
	context := keys{"aws:username": {"ann"}, "aws:PrincipalTag/team": {"red"}, "aws:PrincipalTag/star": {"*"}, "aws:TagKeys": {"a", "b"}}
	for name, row := range map[string]struct {
		version, pattern, resource string
		want                       bool
	}{
		"put in":               {"2012-10-17", "arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::ann/x", true},
		"another's":            {"2012-10-17", "arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::bob/x", false},
		"case of the key":      {"2012-10-17", "arn:aws:s3:::${AWS:UserName}", "arn:aws:s3:::ann", true},
		"two":                  {"2012-10-17", "${aws:PrincipalTag/team}-${aws:username}", "red-ann", true},
		"no such key":          {"2012-10-17", "arn:aws:s3:::${aws:userid}*", "arn:aws:s3:::", false},
		"default":              {"2012-10-17", "arn:aws:s3:::${aws:userid, 'any'}", "arn:aws:s3:::any", true},
		"default not needed":   {"2012-10-17", "arn:aws:s3:::${aws:username, 'any'}", "arn:aws:s3:::any", false},
		"several values":       {"2012-10-17", "arn:aws:s3:::${aws:TagKeys}", "arn:aws:s3:::a", false},
		"value is a literal":   {"2012-10-17", "arn:aws:s3:::${aws:PrincipalTag/star}", "arn:aws:s3:::x", false},
		"value with a star":    {"2012-10-17", "arn:aws:s3:::${aws:PrincipalTag/star}", "arn:aws:s3:::*", true},
		"literal star":         {"2012-10-17", "arn:aws:s3:::${*}", "arn:aws:s3:::*", true},
		"literal star only":    {"2012-10-17", "arn:aws:s3:::${*}", "arn:aws:s3:::x", false},
		"literal ?":            {"2012-10-17", "arn:aws:s3:::${?}", "arn:aws:s3:::x", false},
		"literal $":            {"2012-10-17", "arn:aws:s3:::${$}{a}", "arn:aws:s3:::${a}", true},
		"caller's own ARN":     {"2012-10-17", "${aws:PrincipalArn}", role, true},
		"caller's own account": {"2012-10-17", "a:${aws:PrincipalAccount}", "a:" + account, true},
		"not closed":           {"2012-10-17", "arn:aws:s3:::${aws:username", "arn:aws:s3:::${aws:username", true},
		"old version":          {"2008-10-17", "arn:aws:s3:::${aws:username}", "arn:aws:s3:::ann", false},
		"old version, literal": {"2008-10-17", "arn:aws:s3:::${aws:username}", "arn:aws:s3:::${aws:username}", true},
	} {
		d := parse(t, `{"Version":"`+row.version+`","Statement":{"Effect":"Allow","Action":"*","Resource":"`+row.pattern+`"}}`)
		got := iam.Decide([]*iam.Document{d}, iam.Request{Principal: caller, Action: "a:b", Resource: row.resource, Keys: context})
		if got.Allowed != row.want {
			t.Errorf("%s: allowed = %v, want %v", name, got.Allowed, row.want)
		}
	}
}

func TestDenial(t *testing.T) {
	const who = "User: " + session + " is not authorized to perform: "
	web := iam.Principal{Federated: "arn:aws:iam::123456789012:oidc-provider/h"}
	for want, row := range map[string]struct {
		request  iam.Request
		explicit bool
		kind     iam.Kind
	}{
		who + "a:b on resource: * because no identity-based policy allows the a:b action": {iam.Request{Principal: caller, Action: "a:b"}, false, iam.Identity},
		who + "a:b on resource: r because no identity-based policy allows the a:b action": {iam.Request{Principal: caller, Action: "a:b", Resource: "r"}, false, iam.Identity},
		who + "a:b on resource: r with an explicit deny in an identity-based policy":      {iam.Request{Principal: caller, Action: "a:b", Resource: "r"}, true, iam.Identity},
		who + "a:b on resource: r because no resource-based policy allows the a:b action": {iam.Request{Principal: caller, Action: "a:b", Resource: "r"}, false, iam.Resource},
		who + "a:b on resource: r with an explicit deny in a resource-based policy":       {iam.Request{Principal: caller, Action: "a:b", Resource: "r"}, true, iam.Resource},
		who + "sts:AssumeRole on resource: r":                                             {iam.Request{Principal: caller, Action: "sts:AssumeRole", Resource: "r"}, false, iam.Trust},
		who + "sts:AssumeRole with an explicit deny in the role trust policy":             {iam.Request{Principal: caller, Action: "sts:AssumeRole", Resource: "r"}, true, iam.Trust},
		"User: pods.eks.amazonaws.com is not authorized to perform: a:b on resource: r":   {iam.Request{Principal: iam.Principal{Service: "pods.eks.amazonaws.com"}, Action: "a:b", Resource: "r"}, false, iam.Trust},
		"Not authorized to perform sts:AssumeRoleWithWebIdentity":                         {iam.Request{Principal: web, Action: "sts:AssumeRoleWithWebIdentity", Resource: "r"}, false, iam.Trust},
	} {
		if got := iam.Denial(row.request, iam.Decision{Explicit: row.explicit}, row.kind); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
