package aws

import (
	"fmt"
	"regexp"
	"time"
)

// furnish puts in place what every account has.
func (c *Cloud) furnish() error {
	return c.store.update(func(t *Tx) error {
		for _, name := range []string{creatorRole, callerRole} {
			c.addFurniture(t, name)
		}
		return nil
	})
}

// roleName is IAM's rule.
var roleName = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)

// AddRole makes an IAM role outside any stack, which everybody of the account may assume: what an account's owner has
// prepared for people and pipelines. It is no leftover of a stack. A role that exists is left as it is.
func (c *Cloud) AddRole(name string) error {
	if !roleName.MatchString(name) {
		return fail("ValidationError", "role name %q: want %s", name, roleName)
	}
	done, err := c.begin()
	if err != nil {
		return err
	}
	defer done()
	return c.store.update(func(t *Tx) error {
		c.addFurniture(t, name)
		return nil
	})
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
