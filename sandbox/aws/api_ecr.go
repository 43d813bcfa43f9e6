package aws

import (
	"context"
	"encoding/base64"
	"strings"
	"time"
)

var _ = operates("ecr", map[string]*operation{
	"CreateRepository":              {on: onRepository, run: createRepository},
	"DescribeRepositories":          {on: onRepositories, run: reading(describeRepositories)},
	"DeleteRepository":              {on: onRepository, run: removeRepository},
	"PutLifecyclePolicy":            {on: onRepository, run: putLifecycle},
	"GetLifecyclePolicy":            {on: onRepository, run: reading(getLifecycle)},
	"DeleteLifecyclePolicy":         {on: onRepository, run: deleteLifecycle},
	"PutImageTagMutability":         {on: onRepository, run: putMutability},
	"PutImageScanningConfiguration": {on: onRepository, run: putScanning},
	"TagResource":                   {on: onRepositoryARN, run: tagRepository},
	"UntagResource":                 {on: onRepositoryARN, run: untagRepository},
	"ListTagsForResource":           {on: onRepositoryARN, run: reading(listRepositoryTags)},
	"GetAuthorizationToken":         {run: reading(authorizationToken)},
})

var ecrPages = paging{
	size: "maxResults", token: "nextToken", next: "nextToken", usual: 100, low: 1, high: 1000,
	badSize: "InvalidParameterException", badToken: "InvalidParameterException",
}

// ecrTokenLife is how long docker may use a token.
const ecrTokenLife = 12 * time.Hour

// repository is the one that a call names in the caller's region; nil = none.
func (in *Call) repository(t *Tx) *Record {
	return in.repositoryOf(t, str(in.Params, "repositoryName"))
}

func (in *Call) repositoryOf(t *Tx, name string) *Record {
	if r := t.peek(tokenRepository, name); r != nil && r.Region == in.Region {
		return r
	}
	return nil
}

func (in *Call) noRepository(name string) error {
	return fail("RepositoryNotFoundException", "The repository with name '%s' does not exist in the registry with id '%s'", name, in.Account)
}

func onRepository(t *Tx, in *Call) []Target {
	return in.repositoryTarget(t, str(in.Params, "repositoryName"))
}

func (in *Call) repositoryTarget(t *Tx, name string) []Target {
	if r := in.repositoryOf(t, name); r != nil {
		return []Target{t.target(r)}
	}
	return []Target{{ARN: in.arn("ecr", "repository/"+name)}}
}

func onRepositories(t *Tx, in *Call) []Target {
	names := strs(in.Params, "repositoryNames")
	if len(names) == 0 {
		return []Target{{ARN: in.arn("ecr", "repository/*")}}
	}
	var out []Target
	for _, name := range names {
		out = append(out, in.repositoryTarget(t, name)...)
	}
	return out
}

// repositoryNamed is the name in the ARN that a call has.
func (in *Call) repositoryNamed() string {
	_, name, _ := strings.Cut(str(in.Params, "resourceArn"), ":repository/")
	return name
}

func onRepositoryARN(t *Tx, in *Call) []Target { return in.repositoryTarget(t, in.repositoryNamed()) }

func repositoryItem(r *Record) Props {
	item := Props{
		"repositoryArn": r.State["arn"], "registryId": r.State["registryId"], "repositoryName": r.ID, "repositoryUri": r.State["repositoryUrl"],
		"createdAt": r.Created, "imageTagMutability": r.State["imageTagMutability"],
		"imageScanningConfiguration": Props{"scanOnPush": yes(r.State, "imageScanningConfiguration.scanOnPush", false)},
	}
	for _, e := range objs(r.State, "encryptionConfigurations") {
		item["encryptionConfiguration"] = Props{"encryptionType": e["encryptionType"], "kmsKey": some(str(e, "kmsKey"))}
	}
	return item
}

func describeRepositories(t *Tx, in *Call) (Props, error) {
	list := []any{}
	names := strs(in.Params, "repositoryNames")
	for _, name := range names {
		r := in.repositoryOf(t, name)
		if r == nil {
			return nil, in.noRepository(name)
		}
		list = append(list, repositoryItem(r))
	}
	if len(names) == 0 {
		for _, r := range byName(regional(t, in, tokenRepository)) {
			list = append(list, repositoryItem(r))
		}
	}
	return ecrPages.page(in, "repositories", list)
}

// createRepository keeps the rules of the kind that programs ask for: there is one ECR.
func createRepository(_ context.Context, c *Cloud, in *Call) (Props, error) {
	asked := Props{"name": str(in.Params, "repositoryName"), "imageTagMutability": in.Params["imageTagMutability"], "imageScanningConfiguration": in.Params["imageScanningConfiguration"]}
	if e := mapAt(in.Params, "encryptionConfiguration"); e != nil {
		asked["encryptionConfigurations"] = []any{e}
	}
	if tags := tagsIn(in, "tags"); len(tags) > 0 {
		asked["tags"] = tags
	}
	made, err := c.placed(in, tokenRepository, asked)
	if err != nil {
		return nil, err
	}
	return Props{"repository": repositoryItem(made)}, nil
}

// tagsIn are the tags of a call, as a kind has them.
func tagsIn(in *Call, field string) Props {
	tags := Props{}
	for _, t := range objs(in.Params, field) {
		tags[str(t, "Key")] = str(t, "Value")
	}
	return tags
}

func removeRepository(_ context.Context, c *Cloud, in *Call) (out Props, err error) {
	name := str(in.Params, "repositoryName")
	err = c.altered(tokenRepository, name, func(t *Tx) error {
		if in.repository(t) == nil {
			return in.noRepository(name)
		}
		r := t.get(tokenRepository, name)
		out = Props{"repository": repositoryItem(r)}
		o := &Op{Cloud: c, Tx: t, Env: in.Env, Kind: kinds[tokenRepository], ID: name, Old: r, Out: clone(r.State), In: clone(r.Inputs), Private: r.Private}
		o.Out["forceDelete"] = paramYes(in, "force")
		_, err := o.leave(r)
		return err
	})
	return out, err
}

// changed sets state of the repository that a call names.
func (c *Cloud) changed(in *Call, name, path string, value func(r *Record) (any, error)) error {
	return c.altered(tokenRepository, name, func(t *Tx) error {
		if in.repositoryOf(t, name) == nil {
			return in.noRepository(name)
		}
		r := t.get(tokenRepository, name)
		v, err := value(r)
		if err != nil {
			return err
		}
		r.State[path] = v
		t.put(r)
		return nil
	})
}

func putMutability(_ context.Context, c *Cloud, in *Call) (Props, error) {
	name, to := str(in.Params, "repositoryName"), str(in.Params, "imageTagMutability")
	err := c.changed(in, name, "imageTagMutability", func(*Record) (any, error) {
		if to != "MUTABLE" && to != "IMMUTABLE" {
			return nil, fail("InvalidParameterException", "Invalid parameter at 'imageTagMutability' failed to satisfy constraint: 'Member must satisfy enum value set: [IMMUTABLE, MUTABLE]'")
		}
		return to, nil
	})
	return Props{"registryId": in.Account, "repositoryName": name, "imageTagMutability": to}, err
}

func putScanning(_ context.Context, c *Cloud, in *Call) (Props, error) {
	name, to := str(in.Params, "repositoryName"), Props{"scanOnPush": yes(in.Params, "imageScanningConfiguration.scanOnPush", false)}
	err := c.changed(in, name, "imageScanningConfiguration", func(*Record) (any, error) { return to, nil })
	return Props{"registryId": in.Account, "repositoryName": name, "imageScanningConfiguration": to}, err
}

func tagRepository(_ context.Context, c *Cloud, in *Call) (Props, error) {
	return Props{}, c.retagged(in, func(tags Props) error {
		for k, v := range tagsIn(in, "tags") {
			if what := tagFault(k, v.(string)); what != "" {
				return fail("InvalidTagParameterException", "%s", what)
			}
			tags[k] = v
		}
		if len(tags) > maxTags {
			return fail("TooManyTagsException", "The resource has %d tags, more than the maximum of %d", len(tags), maxTags)
		}
		return nil
	})
}

func untagRepository(_ context.Context, c *Cloud, in *Call) (Props, error) {
	return Props{}, c.retagged(in, func(tags Props) error {
		for _, k := range strs(in.Params, "tagKeys") {
			delete(tags, k)
		}
		return nil
	})
}

func (c *Cloud) retagged(in *Call, f func(tags Props) error) error {
	name := in.repositoryNamed()
	return c.changed(in, name, "tags", func(r *Record) (any, error) {
		tags := merge(mapAt(r.State, "tags"), nil)
		if err := f(tags); err != nil {
			return nil, err
		}
		r.State["tagsAll"] = clone(tags)
		return tags, nil
	})
}

func listRepositoryTags(t *Tx, in *Call) (Props, error) {
	r := in.repositoryOf(t, in.repositoryNamed())
	if r == nil {
		return nil, in.noRepository(in.repositoryNamed())
	}
	return Props{"tags": tagList(tagsOf(r), "Key", "Value")}, nil
}

// authorizationToken is what docker would log in with; the stand-in has no registry that takes it.
func authorizationToken(_ *Tx, in *Call) (Props, error) {
	token := base64.StdEncoding.EncodeToString([]byte("AWS:" + hexID("", 64)))
	return Props{"authorizationData": []any{Props{
		"authorizationToken": token, "expiresAt": time.Now().Add(ecrTokenLife), "proxyEndpoint": "https://" + in.Account + ".dkr.ecr." + in.Region + ".amazonaws.com",
	}}}, nil
}

func lifecycleAnswer(in *Call, r *Record) Props {
	return Props{"registryId": in.Account, "repositoryName": r.ID, "lifecyclePolicyText": r.State["policy"], "lastEvaluatedAt": r.Created}
}

func putLifecycle(_ context.Context, c *Cloud, in *Call) (Props, error) {
	name, text := str(in.Params, "repositoryName"), str(in.Params, "lifecyclePolicyText")
	var made *Record
	err := c.altered(tokenLifecyclePolicy, name, func(t *Tx) error {
		if in.repository(t) == nil {
			return in.noRepository(name)
		}
		if err := lifecycleFault(text); err != nil {
			return err
		}
		if made = t.get(tokenLifecyclePolicy, name); made == nil {
			made = &Record{Kind: tokenLifecyclePolicy, ID: name, Name: name, Region: in.Region, State: Props{"repository": name, "registryId": in.Account}}
		}
		made.State["policy"] = text
		t.put(made)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return Props{"registryId": in.Account, "repositoryName": name, "lifecyclePolicyText": text}, nil
}

func getLifecycle(t *Tx, in *Call) (Props, error) {
	name := str(in.Params, "repositoryName")
	if in.repository(t) == nil {
		return nil, in.noRepository(name)
	}
	if r := t.peek(tokenLifecyclePolicy, name); r != nil {
		return lifecycleAnswer(in, r), nil
	}
	return nil, kinds[tokenLifecyclePolicy].missing(name)
}

func deleteLifecycle(_ context.Context, c *Cloud, in *Call) (out Props, err error) {
	name := str(in.Params, "repositoryName")
	err = c.altered(tokenLifecyclePolicy, name, func(t *Tx) error {
		if in.repository(t) == nil {
			return in.noRepository(name)
		}
		r := t.get(tokenLifecyclePolicy, name)
		if r == nil {
			return kinds[tokenLifecyclePolicy].missing(name)
		}
		out = lifecycleAnswer(in, r)
		return t.erase(kinds[tokenLifecyclePolicy], r)
	})
	return out, err
}
