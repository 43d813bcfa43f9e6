package iam_test

import (
	"testing"

	"paddock/sandbox/iam"
)

// conditions are written as operator, key and values; the call has k=v, n=5, d=2026-03-01, b=true, ip=10.1.2.3, an ARN,
// many=a,b and an empty key.
var conditions = map[string]bool{
	`'StringEquals':{'k':'v'}`:                                                   true,
	`'StringEquals':{'K':'v'}`:                                                   true, // names of keys have no case
	`'StringEquals':{'k':'V'}`:                                                   false,
	`'StringEquals':{'k':'*'}`:                                                   false, // no wildcards in Equals
	`'StringEquals':{'k':['w','v']}`:                                             true,
	`'StringEquals':{'k':[]}`:                                                    false,
	`'StringEquals':{'none':'v'}`:                                                false,
	`'StringEquals':{'empty':''}`:                                                false,
	`'StringEquals':{'k':'v','n':'5'}`:                                           true, // keys are ANDed
	`'StringEquals':{'k':'v','n':'6'}`:                                           false,
	`'StringEquals':{'k':'v'},'StringLike':{'k':'w*'}`:                           false, // so are operators
	`'StringEquals':{'many':'b'}`:                                                true,
	`'StringEquals':{'k':'${same}'}`:                                             true,
	`'StringEquals':{'k':'${none}'}`:                                             false,
	`'StringEquals':{'n':5}`:                                                     true, // a number is its text
	`'StringNotEquals':{'k':'w'}`:                                                true,
	`'StringNotEquals':{'k':'v'}`:                                                false,
	`'StringNotEquals':{'k':['w','v']}`:                                          false, // NOR
	`'StringNotEquals':{'none':'v'}`:                                             true,
	`'StringNotEquals':{'many':'a'}`:                                             false,
	`'StringEqualsIgnoreCase':{'k':'V'}`:                                         true,
	`'StringNotEqualsIgnoreCase':{'k':'V'}`:                                      false,
	`'StringLike':{'arn':'arn:*role/n?des'}`:                                     true,
	`'StringLike':{'k':'V*'}`:                                                    false,
	`'StringLike':{'star':'${*}'}`:                                               true,
	`'StringLike':{'k':'${*}'}`:                                                  false,
	`'StringNotLike':{'k':'w*'}`:                                                 true,
	`'StringNotLike':{'k':'v*'}`:                                                 false,
	`'NumericEquals':{'n':'5.0'}`:                                                true,
	`'NumericEquals':{'n':'x'}`:                                                  false,
	`'NumericEquals':{'k':'5'}`:                                                  false,
	`'NumericNotEquals':{'n':'5'}`:                                               false,
	`'NumericNotEquals':{'n':6}`:                                                 true,
	`'NumericLessThan':{'n':'6'}`:                                                true,
	`'NumericLessThan':{'n':'5'}`:                                                false,
	`'NumericLessThanEquals':{'n':'5'}`:                                          true,
	`'NumericGreaterThan':{'n':'4'}`:                                             true,
	`'NumericGreaterThan':{'n':'5'}`:                                             false,
	`'NumericGreaterThanEquals':{'n':'5'}`:                                       true,
	`'NumericGreaterThanEquals':{'n':'10'}`:                                      false, // not by letters
	`'DateEquals':{'d':'2026-03-01'}`:                                            true,
	`'DateEquals':{'d':'2026-03-01T01:00:00+01:00'}`:                             true,
	`'DateEquals':{'d':'1772323200'}`:                                            true, // seconds since 1970
	`'DateNotEquals':{'d':'2026-03-01'}`:                                         false,
	`'DateLessThan':{'d':'2026-03-02T00:00Z'}`:                                   true,
	`'DateLessThan':{'d':'2026-03-01'}`:                                          false,
	`'DateLessThanEquals':{'d':'2026-03'}`:                                       true,
	`'DateGreaterThan':{'d':'2026'}`:                                             true,
	`'DateGreaterThan':{'d':'2027'}`:                                             false,
	`'DateGreaterThanEquals':{'d':'2026-03-01T00:00:00Z'}`:                       true,
	`'DateGreaterThan':{'d':'soon'}`:                                             false,
	`'Bool':{'b':'true'}`:                                                        true,
	`'Bool':{'b':true}`:                                                          true,
	`'Bool':{'b':'false'}`:                                                       false,
	`'Bool':{'none':'false'}`:                                                    false,
	`'BoolIfExists':{'none':'true'}`:                                             true,
	`'BinaryEquals':{'bin':'aGk='}`:                                              true,
	`'BinaryEquals':{'bin':'aGo='}`:                                              false,
	`'IpAddress':{'ip':'10.0.0.0/8'}`:                                            true,
	`'IpAddress':{'ip':['192.0.2.0/24','10.1.2.3']}`:                             true,
	`'IpAddress':{'ip':'10.1.3.0/24'}`:                                           false,
	`'IpAddress':{'ip':'somewhere'}`:                                             false,
	`'NotIpAddress':{'ip':'10.0.0.0/8'}`:                                         false,
	`'NotIpAddress':{'none':'10.0.0.0/8'}`:                                       true,
	`'ArnEquals':{'arn':'` + role + `'}`:                                         true,
	`'ArnEquals':{'arn':'arn:aws:iam::*:role/*'}`:                                true, // the same as ArnLike
	`'ArnLike':{'arn':'arn:*:iam::123456789012:role/nodes'}`:                     true,
	`'ArnLike':{'arn':'arn:*role/nodes'}`:                                        false, // part by part
	`'ArnLike':{'arn':'arn:aws:iam::${aws:PrincipalAccount}:*'}`:                 true,
	`'ArnLike':{'arn':'arn:aws:iam::1234:role/*'}`:                               false,
	`'ArnLike':{'asg':'arn:aws:autoscaling:*:*:*/a'}`:                            true,  // the last part may hold colons
	`'ArnLike':{'arn':'arn:aws:iam::*/nodes'}`:                                   false, // five parts are no ARN
	`'ArnLike':{'arn':'arn:aws:iam::${none}:*'}`:                                 false,
	`'BinaryEquals':{'bin':'-'}`:                                                 false,
	`'ArnLike':{'k':'v'}`:                                                        false,
	`'ArnNotEquals':{'arn':'` + role + `'}`:                                      false,
	`'ArnNotLike':{'arn':'arn:aws:iam::*:user/*'}`:                               true,
	`'ArnNotLike':{'none':'arn:aws:iam::*:user/*'}`:                              true,
	`'Null':{'none':'true'}`:                                                     true,
	`'Null':{'empty':true}`:                                                      true,
	`'Null':{'k':'true'}`:                                                        false,
	`'Null':{'k':'false'}`:                                                       true,
	`'Null':{'none':'false'}`:                                                    false,
	`'StringEqualsIfExists':{'none':'v'}`:                                        true,
	`'StringEqualsIfExists':{'k':'w'}`:                                           false,
	`'StringNotEqualsIfExists':{'k':'v'}`:                                        false,
	`'ForAllValues:StringEquals':{'many':['a','b','c']}`:                         true,
	`'ForAllValues:StringEquals':{'many':'a'}`:                                   false,
	`'ForAllValues:StringEquals':{'none':'a'}`:                                   true,
	`'ForAllValues:StringNotEquals':{'many':['c','d']}`:                          true,
	`'ForAllValues:StringNotEquals':{'many':['b','d']}`:                          false,
	`'ForAllValues:StringLike':{'many':'?'}`:                                     true,
	`'ForAnyValue:StringEquals':{'many':['b','z']}`:                              true,
	`'ForAnyValue:StringEquals':{'many':'z'}`:                                    false,
	`'ForAnyValue:StringEquals':{'none':'a'}`:                                    false,
	`'ForAnyValue:StringNotEquals':{'many':'a'}`:                                 true, // b is not a
	`'ForAnyValue:StringNotEquals':{'many':['a','b']}`:                           false,
	`'ForAnyValue:StringNotEquals':{'many':'z'}`:                                 true,
	`'ForAnyValue:StringNotEquals':{'none':'a'}`:                                 false,
	`'ForAnyValue:StringEqualsIfExists':{'none':'a'}`:                            true,
	`'StringEqual':{'k':'v'}`:                                                    false, // AWS knows no such operator
	`'NullIfExists':{'none':'true'}`:                                             false,
	`'StringEquals':{'aws:ResourceTag/k8s.io/cluster-autoscaler/dev':'owned'}`:   true,
	`'StringEquals':{'aws:resourcetag/K8S.io/cluster-autoscaler/dev':'owned'}`:   true,
	`'StringEquals':{'oidc.eks/id/1:sub':'system:serviceaccount:kube-system:x'}`: true,
}

func TestConditions(t *testing.T) {
	context := keys{
		"k": {"v"}, "same": {"v"}, "n": {"5"}, "d": {"2026-03-01T00:00:00Z"}, "b": {"true"}, "ip": {"10.1.2.3"}, "bin": {"aGk="},
		"arn": {role}, "asg": {group}, "many": {"a", "b"}, "empty": {}, "star": {"*"},
		"aws:ResourceTag/k8s.io/cluster-autoscaler/dev": {"owned"}, "oidc.eks/id/1:sub": {"system:serviceaccount:kube-system:x"},
	}
	for block, want := range conditions {
		d := parse(t, policy(`'Effect':'Allow','Action':'*','Resource':'*','Condition':{`+block+`}`))
		got := iam.Decide([]*iam.Document{d}, iam.Request{Principal: caller, Action: "a:b", Keys: context})
		if got.Allowed != want {
			t.Errorf("%s: holds = %v, want %v", block, got.Allowed, want)
		}
	}
}
