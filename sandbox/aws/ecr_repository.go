package aws

import (
	"regexp"
	"slices"
)

const ecrNameForm = `(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*`

var ecrName = regexp.MustCompile(`^` + ecrNameForm + `$`)

// Images and layers are made by pushes, never by a program; they go with their repository.
const (
	tokenImage = "paddock:sandbox/ecr:Image"
	tokenLayer = "paddock:sandbox/ecr:Layer"
)

var (
	_ = register(&Kind{Token: tokenImage, Internal: true})
	_ = register(&Kind{Token: tokenLayer, Internal: true})
)

var _ = register(&Kind{
	Token: tokenRepository, Tagged: true, Name: "name", NameMax: 256,
	ID:  func(o *Op) string { return o.name() },
	ARN: func(o *Op) string { return o.Env.arn("ecr", "repository/"+o.ID) },
	Taken: func(o *Op) error {
		return fail("RepositoryAlreadyExistsException", "The repository with name '%s' already exists in the registry with id '%s'", o.ID, o.Env.Account)
	},
	Missing: func(id string) *Error {
		return fail("RepositoryNotFoundException", "The repository with name '%s' does not exist in the registry", id)
	},
	Defaults: Props{"imageTagMutability": "MUTABLE", "forceDelete": false},
	Computed: []string{"registryId", "repositoryUrl", "encryptionConfigurations"},
	Replace:  []string{"name", "encryptionConfigurations"},
	Check: checks(func(c *check) {
		c.oneOf("imageTagMutability", "MUTABLE", "IMMUTABLE")
		for i, e := range objs(c.in, "encryptionConfigurations") {
			if i > 0 {
				c.fault("encryptionConfigurations", "Too many list items: No more than 1 \"encryption_configuration\" blocks are allowed")
			}
			if kind := str(e, "encryptionType"); kind != "" && !slices.Contains([]string{"AES256", "KMS"}, kind) {
				c.fault("encryptionConfigurations", "expected encryption_configuration.0.encryption_type to be one of [\"AES256\" \"KMS\"], got %s", kind)
			}
			if key := str(e, "kmsKey"); key != "" && !anARN.MatchString(key) {
				c.fault("encryptionConfigurations", "\"encryption_configuration.0.kms_key\" (%s) is an invalid ARN: arn: invalid prefix", key)
			}
		}
	}),
	Fill:   fillRepository,
	Delete: deleteRepository,
})

func fillRepository(o *Op) error {
	if len(o.ID) < 2 || len(o.ID) > 256 {
		return fail("InvalidParameterException", "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must have length between 2 and 256'")
	}
	if !ecrName.MatchString(o.ID) {
		return fail("InvalidParameterException", "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '%s''", ecrNameForm)
	}
	if mutable := str(o.Out, "imageTagMutability"); mutable != "MUTABLE" && mutable != "IMMUTABLE" {
		return fail("InvalidParameterException", "Invalid parameter at 'imageTagMutability' failed to satisfy constraint: 'Member must satisfy enum value set: [IMMUTABLE, MUTABLE]'")
	}
	o.Out["registryId"] = o.Env.Account
	o.Out["repositoryUrl"] = o.Env.Account + ".dkr.ecr." + o.Env.Region + ".amazonaws.com/" + o.ID
	return o.encryptRepository()
}

// encryptRepository settles how images are encrypted: once and for all, by ECR itself unless told otherwise.
func (o *Op) encryptRepository() error {
	if o.Old != nil {
		o.Out["encryptionConfigurations"] = o.Old.State["encryptionConfigurations"]
		return nil
	}
	kind, id := "AES256", ""
	if asked := objs(o.Out, "encryptionConfigurations"); len(asked) > 0 {
		id = str(asked[0], "kmsKey")
		if given := str(asked[0], "encryptionType"); given != "" {
			kind = given
		}
	}
	switch key := o.keyOf(id); {
	case kind == "AES256" && id != "":
		return fail("InvalidParameterException", "Invalid parameter at 'encryptionConfiguration' failed to satisfy constraint: 'KMS key can not be specified with encryption type AES256'")
	case kind == "AES256":
	case id == "": // the key of AWS's own that ECR makes
		id = o.Env.arn("kms", "key/"+uuid())
	case key == nil:
		return fail("KmsException", "The KMS key %s does not exist", id)
	case !yes(key.State, "isEnabled", true) || str(key.State, "customerMasterKeySpec") != "SYMMETRIC_DEFAULT":
		return fail("KmsException", "The KMS key %s is not an enabled symmetric key", id)
	}
	o.Out["encryptionConfigurations"] = []any{Props{"encryptionType": kind, "kmsKey": id}}
	return nil
}

func deleteRepository(o *Op) error {
	if yes(o.Out, "forceDelete", false) {
		return nil
	}
	if o.Tx.find(tokenImage, func(r *Record) bool { return str(r.State, "repository") == o.ID }) != nil {
		return fail("RepositoryNotEmptyException", "The repository with name '%s' in registry with id '%s' cannot be deleted because it still contains images", o.ID, o.Env.Account)
	}
	return nil
}

// A policy is put under its repository's name. ECR has the provider replace it when it changes.
var _ = register(&Kind{
	Token: tokenLifecyclePolicy, Required: []string{"policy", "repository"}, First: true,
	ID: func(o *Op) string { return str(o.In, "repository") },
	Missing: func(id string) *Error {
		return fail("LifecyclePolicyNotFoundException", "Lifecycle policy does not exist for the repository with name '%s'", id)
	},
	Computed: []string{"registryId"},
	Replace:  []string{"policy", "repository"},
	Refs:     []Ref{{Field: "repository", Kind: tokenRepository, Delete: Cascade}},
	Check: checks(func(c *check) {
		if text := str(c.in, "policy"); text != "" && !isObject(text) {
			c.fault("policy", "\"policy\" contains an invalid JSON: not an object")
		}
	}),
	Fill: func(o *Op) error {
		o.Out["registryId"] = o.Env.Account
		return lifecycleFault(str(o.Out, "policy"))
	},
})
