package aws

import (
	"fmt"
	"regexp"
	"time"

	"paddock/sandbox/iam"
)

// furnish puts in place what every account has.
func (c *Cloud) furnish() error {
	return c.store.update(func(t *Tx) error {
		for _, name := range []string{creatorRole, callerRole} {
			c.addFurniture(t, name)
			id := name + "-administrator"
			if t.peek(tokenAttachment, id) == nil {
				t.put(&Record{Kind: tokenAttachment, ID: id, Furniture: true, State: Props{"role": name, "policyArn": managedPrefix + "AdministratorAccess"}})
			}
		}
		return nil
	})
}

// roleName is IAM's rule.
var roleName = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)

// RoleSpec is a role outside any stack.
type RoleSpec struct {
	Name   string
	Trust  string // trust policy; empty = everybody of the account who is allowed to assume it
	Policy string // inline identity policy; empty = none, so that the role may do nothing in AWS
}

// AddRole makes an IAM role outside any stack: what an account's owner has prepared for people and pipelines. It is no
// leftover of a stack. Of a role that exists, what the specification gives is replaced.
func (c *Cloud) AddRole(spec RoleSpec) error {
	name := spec.Name
	if !roleName.MatchString(name) {
		return fail("ValidationError", "role name %q: want %s", name, roleName)
	}
	if err := spec.check(); err != nil {
		return err
	}
	done, err := c.begin()
	if err != nil {
		return err
	}
	defer done()
	return c.store.update(func(t *Tx) error {
		c.addFurniture(t, name)
		r := t.get(tokenRole, name)
		if spec.Trust != "" {
			r.State["assumeRolePolicy"] = spec.Trust
			t.put(r)
		}
		if spec.Policy != "" {
			t.put(&Record{Kind: tokenRolePolicy, ID: name + ":given", Name: "given", Furniture: true, State: Props{"role": name, "name": "given", "policy": spec.Policy}})
		}
		return nil
	})
}

// check holds the policies to IAM's rules of form and size.
func (s RoleSpec) check() error {
	if s.Policy != "" {
		if f := iam.CheckIdentity(s.Policy); f != nil {
			return fail(f.Code, "policy: %s", f.Message)
		}
		if q := quotas["inline policy size"]; iam.Size(s.Policy) > q.max {
			return fail(q.code, "policy: "+q.text+" for role %s", q.max, s.Name)
		}
	}
	if s.Trust == "" {
		return nil
	}
	if f := iam.CheckTrust(s.Trust); f != nil {
		return fail(f.Code, "trust: %s", f.Message)
	}
	if q := quotas["trust policy size"]; iam.Size(s.Trust) > q.max {
		return fail(q.code, "trust: "+q.text, q.max)
	}
	return nil
}

func (c *Cloud) addFurniture(t *Tx, name string) {
	if t.peek(tokenRole, name) != nil {
		return
	}
	trust := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"sts:AssumeRole"}]}`, c.account)
	t.put(&Record{Kind: tokenRole, ID: name, Name: name, Furniture: true, State: Props{
		"arn": c.env("").roleARN(name), "name": name, "path": "/", "uniqueId": iamID("AROA"), "assumeRolePolicy": trust,
		"maxSessionDuration": 3600, "createDate": time.Now().UTC().Format(time.RFC3339), "tags": Props{}, "tagsAll": Props{},
	}})
}
