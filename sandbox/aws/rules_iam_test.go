package aws_test

import (
	"fmt"
	"strings"
)

const (
	aRole     = "aws:iam/role:Role"
	aPolicy   = "aws:iam/policy:Policy"
	attached  = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	inlined   = "aws:iam/rolePolicy:RolePolicy"
	aProfile  = "aws:iam/instanceProfile:InstanceProfile"
	anIssuer  = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
	aKey      = "aws:kms/key:Key"
	anAlias   = "aws:kms/alias:Alias"
	aLogGroup = "aws:cloudwatch/logGroup:LogGroup"
	print40   = "6938fd4d98bab03faadb97b34396831e3780aea1"
)

func role(top props) func(*ground) error {
	return plainly(aRole, over(props{"assumeRolePolicy": trustEC2}, top))
}

// sized is a policy, or with trust the trust policy of a role, of more than n characters.
func sized(n int) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::%s"}]}`, strings.Repeat("x", n))
}

func trustSized(n int) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"%s","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`, strings.Repeat("x", n))
}

func newRole(g *ground, top props) thing {
	return g.create(aRole, over(props{"assumeRolePolicy": trustEC2}, top))
}

func issuer(top props) func(*ground) error {
	return plainly(anIssuer, over(props{"url": "https://example.com/id", "clientIdLists": []any{"sts.amazonaws.com"}}, top))
}

var iamRules = map[string]rule{
	"role twice":       {role(props{"name": "nodes"}), says("EntityAlreadyExists", "Role with name nodes already exists.")},
	"role in capitals": {role(props{"name": "NODES"}), says("EntityAlreadyExists")},
	"role long name":   {role(props{"name": strings.Repeat("x", 65)}), says("expected length of name to be in the range (1 - 64)")},
	"role long name at AWS": {func(g *ground) error {
		return g.raw(aRole, props{"name": strings.Repeat("x", 65), "assumeRolePolicy": trustEC2})
	}, says("ValidationError", "Member must have length less than or equal to 64")},
	"role odd name":        {role(props{"name": "a b"}), says("name: ", "must match")},
	"role odd name at AWS": {func(g *ground) error { return g.raw(aRole, props{"name": "a b", "assumeRolePolicy": trustEC2}) }, says("ValidationError", "roleName is invalid")},
	"role long prefix":     {role(props{"namePrefix": strings.Repeat("x", 39)}), says("(1 - 38)")},
	"role two names":       {role(props{"name": "a", "namePrefix": "b"}), says("conflicts with name_prefix")},
	"role path":            {role(props{"path": "x"}), says("ValidationError", "path is invalid")},
	"role description":     {role(props{"description": strings.Repeat("x", 1001)}), says("expected length of description")},
	"role short session":   {role(props{"maxSessionDuration": 600}), says("in the range (3600 - 43200), got 600")},
	"role long session":    {role(props{"maxSessionDuration": 43201}), says("in the range (3600 - 43200)")},
	"role trust resource":  {role(props{"assumeRolePolicy": allowAll}), says("MalformedPolicyDocument", "Has prohibited field Resource.")},
	"role trust not JSON":  {role(props{"assumeRolePolicy": "{"}), says("MalformedPolicyDocument")},
	"role trust size":      {role(props{"assumeRolePolicy": trustSized(2048)}), says("LimitExceeded", "ACLSizePerRole: 2048")},
	"role trusts nobody": {asks(aRole, func(g *ground) props {
		return props{"assumeRolePolicy": fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:role/none"},"Action":"sts:AssumeRole"}]}`, g.cloud.Account())}
	}), says("MalformedPolicyDocument", `Invalid principal in policy: "AWS":"arn:aws:iam::`)},
	"role boundary":        {role(props{"permissionsBoundary": "arn:aws:iam::aws:policy/None"}), says("NoSuchEntity", "Scope ARN")},
	"role inline":          {role(props{"inlinePolicies": []any{props{"name": "x"}}}), says("is not modelled", "use RolePolicyAttachment or RolePolicy")},
	"role tags":            {role(props{"tags": tags(51)}), says("LimitExceeded")},
	"role reserved tag":    {role(props{"tags": props{"aws:x": "y"}}), says("InvalidInput", "reserved")},
	"role update trust":    {func(g *ground) error { return g.change(g.nodeRole, props{"assumeRolePolicy": trustSized(2048)}) }, says("LimitExceeded", "ACLSizePerRole: 2048")},
	"role delete attached": {func(g *ground) error { return g.tryDelete(g.nodeRole) }, says("DeleteConflict", "must detach all policies first.")},
	"role delete inline": {func(g *ground) error {
		r := newRole(g, nil)
		g.create(inlined, props{"role": r.id, "policy": allowAll})
		return g.tryDelete(r)
	}, says("DeleteConflict", "must delete policies first.")},
	"role delete profile": {func(g *ground) error {
		r := newRole(g, nil)
		g.create(aProfile, props{"role": r.id})
		return g.tryDelete(r)
	}, says("DeleteConflict", "must remove roles from instance profile first.")},
	"role of the account": {func(g *ground) error {
		return g.tryDelete(thing{token: aRole, urn: g.urn(aRole), id: "OrganizationAccountAccessRole"})
	}, says("UnmodifiableEntity")},
	"policy of the account's role": {func(g *ground) error {
		const token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
		return g.tryDelete(thing{token: token, urn: g.urn(token), id: "paddock-sandbox-administrator"})
	}, says("UnmodifiableEntity")},

	"policy not JSON":  {plainly(aPolicy, props{"policy": "{"}), says("MalformedPolicyDocument")},
	"policy resources": {plainly(aPolicy, props{"policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:RunInstances"}]}`}), says("MalformedPolicyDocument", "must contain resources.")},
	"policy size":      {plainly(aPolicy, props{"policy": sized(6144)}), says("LimitExceeded", "PolicySize: 6144")},
	"policy name":      {plainly(aPolicy, props{"policy": allowAll, "name": "a b"}), says("must match")},
	"policy long name": {plainly(aPolicy, props{"policy": allowAll, "name": strings.Repeat("x", 129)}), says("(1 - 128)")},
	"policy path":      {plainly(aPolicy, props{"policy": allowAll, "path": "/x"}), says("ValidationError", "path is invalid")},
	"policy update size": {func(g *ground) error {
		return g.change(g.create(aPolicy, props{"policy": allowAll}), props{"policy": sized(6144)})
	}, says("LimitExceeded", "PolicySize: 6144")},
	"policy other path": {func(g *ground) error {
		g.create(aPolicy, props{"policy": allowAll, "name": "twice"})
		return g.ask(aPolicy, props{"policy": allowAll, "name": "twice", "path": "/x/"})
	}, says("EntityAlreadyExists", "A policy called twice already exists.")},
	"policy delete": {func(g *ground) error {
		p := g.create(aPolicy, props{"policy": allowAll})
		g.create(attached, props{"role": newRole(g, nil).id, "policyArn": p.id})
		return g.tryDelete(p)
	}, says("DeleteConflict", "Cannot delete a policy attached to entities.")},
	"attach to nobody": {plainly(attached, props{"role": "nobody", "policyArn": "x"}), says("NoSuchEntity", "The role with name nobody cannot be found.")},
	"attach nothing":   {plainly(attached, props{"role": "nodes", "policyArn": "arn:aws:iam::aws:policy/None"}), says("NoSuchEntity", "does not exist or is not attachable.")},
	"attach an eleventh": {func(g *ground) error {
		r := newRole(g, nil)
		for range 10 {
			g.create(attached, props{"role": r.id, "policyArn": g.create(aPolicy, props{"policy": allowAll}).id})
		}
		return g.ask(attached, props{"role": r.id, "policyArn": g.create(aPolicy, props{"policy": allowAll}).id})
	}, says("LimitExceeded", "PoliciesPerRole: 10")},
	"inline size": {func(g *ground) error {
		r := newRole(g, props{"name": "small"})
		g.create(inlined, props{"role": r.id, "policy": sized(6000)})
		return g.ask(inlined, props{"role": r.id, "policy": sized(6000)})
	}, says("LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role small")},
	"inline update size": {func(g *ground) error {
		return g.change(g.create(inlined, props{"role": newRole(g, nil).id, "policy": allowAll}), props{"policy": sized(10240)})
	}, says("LimitExceeded", "Maximum policy size of 10240 bytes")},
	"inline of nobody":  {plainly(inlined, props{"role": "nobody", "policy": allowAll}), says("NoSuchEntity")},
	"inline name":       {plainly(inlined, props{"role": "nodes", "policy": allowAll, "name": "a/b"}), says("must match")},
	"profile of nobody": {plainly(aProfile, props{"role": "nobody"}), says("NoSuchEntity")},
	"profile twice": {func(g *ground) error {
		g.create(aProfile, props{"name": "twice"})
		return g.ask(aProfile, props{"name": "Twice"})
	}, says("EntityAlreadyExists", "Instance Profile")},
	"profile path": {plainly(aProfile, props{"path": "x/"}), says("ValidationError")},

	"issuer by http":     {issuer(props{"url": "http://example.com"}), says("url: ", "https")},
	"issuer clients":     {issuer(props{"clientIdLists": many(101, func(i int) any { return fmt.Sprint(i) })}), says("LimitExceeded", "ClientIdsPerOpenIdConnectProvider: 100")},
	"issuer long client": {issuer(props{"clientIdLists": []any{strings.Repeat("x", 256)}}), says("(1 - 255)")},
	"issuer prints":      {issuer(props{"thumbprintLists": many(6, func(i int) any { return fmt.Sprintf("%040d", i) })}), says("LimitExceeded", "ThumbprintsPerOpenIdConnectProvider: 5")},
	"issuer short print": {issuer(props{"thumbprintLists": []any{"abc"}}), says("(40 - 40)")},
	"issuer odd print":   {issuer(props{"thumbprintLists": []any{strings.Repeat("z", 40)}}), says("InvalidInput", "thumbprint")},
	"issuer tags":        {issuer(props{"tags": props{"aws:x": "y"}}), says("InvalidInput", "reserved")},
	"issuer twice": {func(g *ground) error {
		if err := issuer(props{"url": "https://twice.example.com"})(g); err != nil {
			return err
		}
		return issuer(props{"url": "https://twice.example.com", "thumbprintLists": []any{print40}})(g)
	}, says("EntityAlreadyExists", "Provider with url https://twice.example.com already exists.")},
	"issuer update": {func(g *ground) error {
		in := props{"url": "https://update.example.com", "clientIdLists": []any{"x"}}
		return g.change(g.create(anIssuer, in), props{"thumbprintLists": many(6, func(int) any { return print40 })})
	}, says("LimitExceeded", "ThumbprintsPerOpenIdConnectProvider: 5")},
}

// keyPolicy lets principal do action.
func keyPolicy(kind, principal, action string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"%s":"%s"},"Action":"%s","Resource":"*"}]}`, kind, principal, action)
}

func alias(top props) func(*ground) error {
	return asks(anAlias, func(g *ground) props { return over(props{"targetKeyId": g.create(aKey, props{}).id}, top) })
}

func logGroup(top props) func(*ground) error { return plainly(aLogGroup, top) }

var keyRules = map[string]rule{
	"key window":           {plainly(aKey, props{"deletionWindowInDays": 6}), says("(7 - 30), got 6")},
	"key rotation":         {plainly(aKey, props{"enableKeyRotation": true, "rotationPeriodInDays": 89}), says("(90 - 2560), got 89")},
	"key rotation off":     {plainly(aKey, props{"rotationPeriodInDays": 90}), says("must be specified")},
	"key rotation of pair": {plainly(aKey, props{"customerMasterKeySpec": "RSA_2048", "enableKeyRotation": true}), says("UnsupportedOperationException")},
	"key usage":            {plainly(aKey, props{"keyUsage": "SIGN_VERIFY"}), says("ValidationException", "not compatible with KeySpec SYMMETRIC_DEFAULT")},
	"key no usage":         {plainly(aKey, props{"keyUsage": "OPEN"}), says("expected key_usage to be one of")},
	"key no spec":          {plainly(aKey, props{"customerMasterKeySpec": "ROT13"}), says("expected customer_master_key_spec to be one of")},
	"key description":      {plainly(aKey, props{"description": strings.Repeat("x", 8193)}), says("expected length of description")},
	"key policy not JSON":  {plainly(aKey, props{"policy": "{"}), says("invalid JSON policy")},
	"key reserved tag":     {plainly(aKey, props{"tags": props{"aws:x": "y"}}), says("TagException", "reserved")},
	"key tags":             {plainly(aKey, props{"tags": tags(51)}), says("LimitExceededException")},
	"key lock-out":         {plainly(aKey, props{"policy": keyPolicy("Service", "logs.amazonaws.com", "kms:*")}), says("MalformedPolicyDocumentException", "will not allow you to update the key policy in the future")},
	"key lock-out by action": {asks(aKey, func(g *ground) props {
		return props{"policy": keyPolicy("AWS", "arn:aws:iam::"+g.cloud.Account()+":root", "kms:Encrypt")}
	}), says("MalformedPolicyDocumentException")},
	"key lock-out, update": {func(g *ground) error {
		return g.change(g.create(aKey, props{}), props{"policy": keyPolicy("Service", "x", "kms:*")})
	}, says("MalformedPolicyDocumentException", "in the future")},
	"key principal": {asks(aKey, func(g *ground) props {
		return props{"policy": keyPolicy("AWS", "arn:aws:iam::"+g.cloud.Account()+":role/nobody", "kms:*")}
	}), says("MalformedPolicyDocumentException", "invalid principals")},

	"alias start":      {alias(props{"name": "x"}), says("must begin with 'alias/'")},
	"alias of AWS":     {alias(props{"name": "alias/aws/x"}), says("not with 'alias/aws/'")},
	"alias characters": {alias(props{"name": "alias/a.b"}), says("comprised of only")},
	"alias of nothing": {alias(props{"targetKeyId": "none"}), says("NotFoundException")},
	"alias twice": {func(g *ground) error {
		if err := alias(props{"name": "alias/twice"})(g); err != nil {
			return err
		}
		return alias(props{"name": "alias/twice"})(g)
	}, says("AlreadyExistsException", "An alias with the name arn:aws:kms:")},
	"alias to another sort": {func(g *ground) error {
		pair := g.create(aKey, props{"customerMasterKeySpec": "RSA_2048"})
		return g.change(g.create(anAlias, props{"targetKeyId": g.create(aKey, props{}).id}), props{"targetKeyId": pair.id})
	}, says("ValidationException")},
	"alias to nothing": {func(g *ground) error {
		return g.change(g.create(anAlias, props{"targetKeyId": g.create(aKey, props{}).id}), props{"targetKeyId": "none"})
	}, says("NotFoundException")},

	"logs name":        {logGroup(props{"name": "a b"}), says("name: ", "are allowed")},
	"logs name at AWS": {func(g *ground) error { return g.raw(aLogGroup, props{"name": "a b"}) }, says("InvalidParameterException", "logGroupName")},
	"logs of AWS":      {logGroup(props{"name": "aws/x"}), says("InvalidParameterException")},
	"logs long name":   {logGroup(props{"name": strings.Repeat("x", 513)}), says("(1 - 512)")},
	"logs two names":   {logGroup(props{"name": "x", "namePrefix": "y"}), says("conflicts with name_prefix")},
	"logs retention":   {logGroup(props{"retentionInDays": 8}), says("expected retention_in_days to be one of")},
	"logs class":       {logGroup(props{"logGroupClass": "GLACIAL"}), says("expected log_group_class to be one of")},
	"logs no key":      {logGroup(props{"kmsKeyId": "arn:aws:kms:us-west-2:1:key/none"}), says("AccessDeniedException", "does not exist or is not allowed")},
	"logs key":         {asks(aLogGroup, func(g *ground) props { return props{"kmsKeyId": g.create(aKey, props{}).out["arn"]} }), says("AccessDeniedException", "not allowed to be used with LogGroup")},
	"logs update key": {func(g *ground) error {
		return g.change(g.create(aLogGroup, props{}), props{"kmsKeyId": g.create(aKey, props{}).out["arn"]})
	}, says("AccessDeniedException")},
	"logs tags": {logGroup(props{"tags": tags(51)}), says("InvalidParameterException")},
	"logs twice": {func(g *ground) error {
		if err := logGroup(props{"name": "twice"})(g); err != nil {
			return err
		}
		return logGroup(props{"name": "twice"})(g)
	}, says("ResourceAlreadyExistsException", "The specified log group already exists")},
}
