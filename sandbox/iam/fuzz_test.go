package iam_test

import (
	"fmt"
	"testing"

	"paddock/sandbox/iam"
)

// FuzzPolicy: no text makes the package panic, and what has been read once reads the same from its own text.
func FuzzPolicy(f *testing.F) {
	for _, text := range []string{
		``, `null`, `{"Statement":null}`, `{"Statement":[{}]}`, `{"Statement":{"Principal":null}}`,
		policy(`'Effect':'Allow','Action':'a:*','Resource':'arn:aws:s3:::${aws:username,'x'}/?*'`),
		policy(`'Effect':'Deny','NotAction':['*'],'NotResource':'*','Principal':{'AWS':['*'],'Service':'s'}`),
		policy(`'Effect':'Allow','Action':'sts:AssumeRole','NotPrincipal':{'AWS':'arn:aws:iam::123456789012:root'}`),
	} {
		f.Add(text, "a:b", "arn:aws:s3:::x", "ann")
	}
	for block := range conditions {
		f.Add(policy(`'Effect':'Allow','Action':'*','Resource':'*','Principal':'*','Condition':{`+block+`}`), "a:b", "*", "v")
	}
	f.Fuzz(func(t *testing.T, text, action, resource, value string) {
		_, _, _ = iam.CheckIdentity(text), iam.CheckTrust(text), iam.Size(text)
		d, err := iam.Parse(text)
		if err != nil {
			return
		}
		context := keys{"aws:username": {value}, "k": {value}, "many": {value, "b"}, "empty": nil}
		r := iam.Request{Principal: caller, Action: action, Resource: resource, Keys: context}
		mine, theirs := iam.Decide([]*iam.Document{d}, r), d.Trusts(r)
		again, err := iam.Parse(d.Text())
		if err != nil {
			t.Fatalf("%s\nreads as %s: %v", text, d.Text(), err)
		}
		if got, want := fmt.Sprint(iam.Decide([]*iam.Document{again}, r), again.Trusts(r)), fmt.Sprint(mine, theirs); got != want {
			t.Errorf("%s decides %s, its text %s decides %s", text, want, d.Text(), got)
		}
		_ = d.Without(0).Text()
	})
}
