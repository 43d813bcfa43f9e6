package iam_test

import (
	"strings"
	"testing"

	"paddock/sandbox/iam"
)

const (
	syntax   = "Syntax errors in policy."
	legacy   = "The policy failed legacy parsing"
	version  = "Policy document must be version 2012-10-17 or greater."
	vendor   = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	unique   = "Statement IDs (SID) in a single policy must be unique."
	letters  = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
	noAction = "Policy statement must contain actions."
	noThing  = "Policy statement must contain resources."
	whom     = "Policy document should not specify a principal."
)

func TestCheckIdentityDocument(t *testing.T) {
	const good = `{'Effect':'Allow','Action':'a:b','Resource':'*'}`
	for text, want := range map[string]string{
		`{'Version':'2012-10-17','Statement':` + good + `}`:            "",
		`{'Version':'2012-10-17','Id':'x','Statement':[` + good + `]}`: "",
		``:                         syntax,
		`{`:                        syntax,
		`null`:                     syntax,
		`[]`:                       syntax,
		`{'Version':'2012-10-17'}`: syntax,
		`{'Version':'2012-10-17','Statement':[]}`:                      syntax,
		`{'Version':'2012-10-17','Statement':['x']}`:                   syntax,
		`{'Version':'2012-10-17','Statement':null}`:                    syntax,
		`{'Version':'2013-10-17','Statement':` + good + `}`:            syntax,
		`{'Version':2012,'Statement':` + good + `}`:                    syntax,
		`{'Version':'2012-10-17','Id':['x'],'Statement':` + good + `}`: syntax,
		`{'Version':'2012-10-17','Statement':` + good + `,'Note':'x'}`: syntax,
		`{'version':'2012-10-17','Statement':` + good + `}`:            syntax,
		`{'Version':'2012-10-17','Statement':` + good + `} x`:          syntax,
		`{'Statement':` + good + `}`:                                   version,
		`{'Version':'2008-10-17','Statement':` + good + `}`:            version,
	} {
		check(t, iam.CheckIdentity, strings.ReplaceAll(text, "'", `"`), want)
	}
}

func TestCheckIdentityStatement(t *testing.T) {
	const rest = `'Effect':'Allow','Action':'a:b','Resource':'*'`
	const partition = `Partition "%" is not valid for resource "arn:`
	for statement, want := range map[string]string{
		rest:                   "",
		`'Sid':'Az09',` + rest: "",
		`'Sid':'',` + rest:     "",
		`'Sid':'a b',` + rest:  letters,
		`'Sid':'a-b',` + rest:  letters,
		`'Sid':'ä',` + rest:    letters,
		`'Sid':1,` + rest:      syntax,
		`'Sid':null,` + rest:   syntax,
		`'Note':'x',` + rest:   syntax,
		`'Sid':'a',` + rest + `},{'Sid':'a',` + rest:                                       unique,
		`'Sid':'',` + rest + `},{'Sid':'',` + rest:                                         "",
		`'Principal':'*',` + rest:                                                          whom,
		`'NotPrincipal':{'AWS':'*'},` + rest:                                               whom,
		`'Action':'a:b','Resource':'*'`:                                                    syntax,
		`'Effect':'Permit','Action':'a:b','Resource':'*'`:                                  syntax,
		`'Effect':'allow','Action':'a:b','Resource':'*'`:                                   legacy,
		`'Effect':'Allow','Resource':'*'`:                                                  noAction,
		`'Effect':'Allow','Action':[],'Resource':'*'`:                                      noAction,
		`'Effect':'Allow'`:                                                                 noAction,
		`'Effect':'Allow','Action':'a:b'`:                                                  noThing,
		`'Effect':'Allow','Action':'a:b','NotResource':[]`:                                 noThing,
		`'Effect':'Allow','Action':'a:b','NotAction':'c:d','Resource':'*'`:                 syntax,
		`'Effect':'Allow','Action':'a:b','Resource':'*','NotResource':'*'`:                 syntax,
		`'Effect':'Allow','Action':{},'Resource':'*'`:                                      syntax,
		`'Effect':'Allow','Action':[['a:b']],'Resource':'*'`:                               syntax,
		`'Effect':'Allow','Action':1,'Resource':'*'`:                                       syntax,
		`'Effect':'Allow','Action':['*','a:*'],'Resource':'*'`:                             "",
		`'Effect':'Allow','Action':'CreateVpc','Resource':'*'`:                             vendor,
		`'Effect':'Allow','NotAction':'','Resource':'*'`:                                   vendor,
		`'Effect':'Allow','Action':'a:b:c','Resource':'*'`:                                 "Actions/Condition can contain only one colon.",
		`'Effect':'Allow','Action':'a a:b','Resource':'*'`:                                 "Vendor a a is not valid",
		`'Effect':'Allow','Action':'a:b','Resource':'bucket'`:                              `Resource bucket must be in ARN format or "*".`,
		`'Effect':'Allow','Action':'a:b','Resource':['*','']`:                              `Resource  must be in ARN format or "*".`,
		`'Effect':'Allow','Action':'a:b','NotResource':'x'`:                                `Resource x must be in ARN format or "*".`,
		`'Effect':'Allow','Action':'b','Resource':'x'`:                                     `Resource x must be in ARN format or "*".`,
		`'Effect':'Allow','Action':'a:b','Resource':'arn:aws-cn:s3:::x'`:                   "",
		`'Effect':'Allow','Action':'a:b','Resource':'arn:*:ec2:*:*:vpc/*'`:                 "",
		`'Effect':'Allow','Action':'a:b','Resource':'a:b:c'`:                               strings.Replace(partition, "%", "b", 1) + `b:c:*:*:*".`,
		`'Effect':'Allow','Action':'a:b','Resource':'aws:s3:::x'`:                          strings.Replace(partition, "%", "s3", 1) + `s3:::x:*".`,
		`'Effect':'Allow','Action':'a:b','Resource':'arn:aws'`:                             "Resource vendor must be fully qualified and cannot contain regexes.",
		`'Effect':'Allow','Action':'a:b','Resource':'arn:aws:*:*:*:x'`:                     "Resource vendor must be fully qualified and cannot contain regexes.",
		`'Effect':'Allow','Action':'a:b','Resource':'arn:aws::::x'`:                        legacy,
		`'Effect':'Allow','Action':'a:b','Resource':'arn:aws:s3::x'`:                       legacy,
		`'Effect':'Allow','Action':'a:b','Resource':'arn:aws:x'`:                           "",
		`'Effect':'Allow','Action':'a:b','Resource':'arn:aws:s3:us-east-1::x'`:             "Resource arn:aws:s3:us-east-1::x can not contain region information.",
		`'Effect':'Allow','Action':'a:b','Resource':'arn:aws:iam:us-east-1::role/x'`:       "IAM resource arn:aws:iam:us-east-1::role/x cannot contain region information.",
		`'Effect':'Allow','Action':'a:b','Resource':'arn:aws:iam::1:roles'`:                `IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.`,
		`'Effect':'Allow','Action':'a:b','Resource':'arn:aws:iam::1:*'`:                    "",
		`'Condition':{},` + rest:                                                           "",
		`'Condition':{'ForAllValues:StringEqualsIfExists':{'k':['v']}},` + rest:            "",
		`'Condition':{'Bool':{'k':true},'NumericEquals':{'k':1}},` + rest:                  "",
		`'Condition':{'StringEqual':{'k':'v'}},` + rest:                                    syntax,
		`'Condition':{'stringequals':{'k':'v'}},` + rest:                                   syntax,
		`'Condition':{'ForAnyValue::StringEquals':{'k':'v'}},` + rest:                      syntax,
		`'Condition':{'NullIfExists':{'k':'true'}},` + rest:                                syntax,
		`'Condition':{'StringEquals':'v'},` + rest:                                         syntax,
		`'Condition':{'StringEquals':{'k':{}}},` + rest:                                    syntax,
		`'Condition':{'StringEquals':null},` + rest:                                        syntax,
		`'Condition':[],` + rest:                                                           syntax,
		`'Condition':{'DateLessThan':{'k':'soon'}},` + rest:                                legacy,
		`'Condition':{'DateLessThan':{'k':['2026-01-02T03:04:05Z','1700000000']}},` + rest: "",
	} {
		check(t, iam.CheckIdentity, policy(statement), want)
	}
}

func TestCheckTrust(t *testing.T) {
	const (
		sts   = "AssumeRole policy may only specify STS AssumeRole actions."
		empty = "Missing required field Principal cannot be empty!"
		rest  = `'Effect':'Allow','Action':'sts:AssumeRole'`
		pods  = `'Principal':{'Service':'pods.eks.amazonaws.com'},'Effect':'Allow'`
	)
	bad := func(kind, name string) string { return `Invalid principal in policy: "` + kind + `":"` + name + `"` }
	for statement, want := range map[string]string{
		pods + `,'Action':['sts:AssumeRole','sts:TagSession']`:   "",
		pods + `,'Action':'STS:assumerole'`:                      "",
		pods + `,'Action':'sts:*'`:                               "",
		pods + `,'NotAction':'sts:TagSession'`:                   "",
		pods + `,'Action':'*'`:                                   sts,
		pods + `,'Action':'s*'`:                                  sts,
		pods + `,'Action':'sts:GetCallerIdentity'`:               sts,
		pods + `,'Action':['sts:AssumeRole','ec2:RunInstances']`: sts,
		pods: "Missing required field Action",
		pods + `,'Action':'sts:*','NotAction':'sts:*'`:                                 "Statement/policy already has instance of Action",
		pods + `,'Action':'sts:*','Resource':'*'`:                                      "Has prohibited field Resource.",
		pods + `,'Action':'sts:*','NotResource':'*'`:                                   "AssumeRole policy must not contain resources.",
		pods + `,'Action':'sts:*','Note':'x'`:                                          "Unknown field Note",
		pods + `,'Action':'sts:*','Sid':'a b'`:                                         letters,
		pods + `,'Action':'sts:*','Condition':{'X':{'k':'v'}}`:                         "Invalid Condition type : X",
		pods + `,'Action':'sts:*','Sid':'a'},{'Sid':'a',` + pods + `,'Action':'sts:*'`: "The Statement Ids in the policy are not unique",
		`'Principal':'*','Action':'sts:*'`:                                             "Missing required field Effect",
		`'Principal':'*','Action':'sts:*','Effect':'allow'`:                            "Invalid effect: allow",
		`'NotPrincipal':{'AWS':'*'},` + rest:                                           "Allow with NotPrincipal is not allowed.",
		`'NotPrincipal':{'AWS':'*'},'Action':'sts:*','Effect':'Deny'`:                  "AssumeRole policy must not contain NotPrincipal field.",
		rest:                             "Missing required field Principal",
		`'Principal':'*',` + rest:        "",
		`'Principal':{},` + rest:         empty,
		`'Principal':{'AWS':[]},` + rest: empty,
		`'Principal':{'CanonicalUser':'x'},` + rest:                                              `Invalid principal in policy: "CanonicalUser"`,
		`'Principal':{'AWS':['*','123456789012']},` + rest:                                       "",
		`'Principal':{'AWS':'` + role + `'},` + rest:                                             "",
		`'Principal':{'AWS':'` + session + `'},` + rest:                                          "",
		`'Principal':{'AWS':'arn:aws:iam::123456789012:root'},` + rest:                           "",
		`'Principal':{'AWS':'arn:aws:iam::123456789012:user/a/b'},` + rest:                       "",
		`'Principal':{'AWS':'1234'},` + rest:                                                     bad("AWS", "1234"),
		`'Principal':{'AWS':'nodes'},` + rest:                                                    bad("AWS", "nodes"),
		`'Principal':{'AWS':'arn:aws:iam::123456789012:role/*'},` + rest:                         bad("AWS", "arn:aws:iam::123456789012:role/*"),
		`'Principal':{'AWS':'arn:aws:iam::123456789012:group/x'},` + rest:                        bad("AWS", "arn:aws:iam::123456789012:group/x"),
		`'Principal':{'Service':'ec2'},` + rest:                                                  bad("SERVICE", "ec2"),
		`'Principal':{'Service':['ec2.amazonaws.com','*']},` + rest:                              bad("SERVICE", "*"),
		`'Principal':{'Federated':'cognito-identity.amazonaws.com'},` + rest:                     "",
		`'Principal':{'Federated':'arn:aws:iam::123456789012:oidc-provider/gitlab.com'},` + rest: "",
		`'Principal':{'Federated':'https://gitlab.com'},` + rest:                                 bad("FEDERATED", "https://gitlab.com"),
		`'Principal':1,` + rest:                                                                  "This policy contains invalid Json",
	} {
		check(t, iam.CheckTrust, policy(statement), want)
	}
	for text, want := range map[string]string{
		`{`:                              "This policy contains invalid Json",
		`{"Version":"2012-10-17"}`:       "Could not parse the policy: Statement is empty!",
		`{"Statement":[]}`:               "Could not parse the policy: Statement is empty!",
		`{"Version":"1","Statement":[]}`: "The policy must contain a valid version string",
		`{"Statement":[],"Note":"x"}`:    "Unknown field Note",
		strings.Replace(policy(`'Principal':'*',`+rest), "2012", "2008", 1):                "",
		strings.Replace(policy(`'Principal':'*',`+rest), `"Version":"2012-10-17",`, "", 1): "",
	} {
		check(t, iam.CheckTrust, text, want)
	}
}

func check(t *testing.T, by func(string) *iam.Fault, text, want string) {
	t.Helper()
	got := ""
	if fault := by(text); fault != nil {
		got = fault.Message
		if fault.Code != "MalformedPolicyDocument" {
			t.Errorf("%s: code %s", text, fault.Code)
		}
	}
	if got != want {
		t.Errorf("%s\ngot  %q\nwant %q", text, got, want)
	}
}
