package conformance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// What one key has encrypted, it alone opens, and only with the same context.
func TestEncryption(t *testing.T) {
	c, alias := kms.NewFromConfig(p.config), ptr("alias/paddock")
	bound := map[string]string{"stack": "dev"}
	sealed := ok[*kms.EncryptOutput](t)(c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: alias, Plaintext: []byte("secret"), EncryptionContext: bound}))
	want(t, "key", at(sealed.KeyId), p.key.arn())
	want(t, "hidden", strings.Contains(string(sealed.CiphertextBlob), "secret"), false)
	for _, key := range []*string{nil, alias, ptr(p.key.id), ptr(p.key.arn())} {
		plain := ok[*kms.DecryptOutput](t)(c.Decrypt(t.Context(), &kms.DecryptInput{KeyId: key, CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: bound}))
		want(t, "plain", string(plain.Plaintext), "secret")
	}
	_, err := c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	modelled[*kmstypes.InvalidCiphertextException](t, err)
	_, err = c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: []byte("nonsense")})
	modelled[*kmstypes.InvalidCiphertextException](t, err)
	other := p.create("aws:kms/key:Key", props{})
	_, err = c.Decrypt(t.Context(), &kms.DecryptInput{KeyId: ptr(other.id), CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: bound})
	modelled[*kmstypes.IncorrectKeyException](t, err)
	_, err = c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: ptr("alias/none"), Plaintext: []byte("x")})
	modelled[*kmstypes.NotFoundException](t, err)
	_, err = c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: alias, Plaintext: make([]byte, 4097)})
	refused(t, err, "ValidationException")
	off := p.create("aws:kms/key:Key", props{"isEnabled": false})
	_, err = c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: ptr(off.id), Plaintext: []byte("x")})
	modelled[*kmstypes.DisabledException](t, err)
	signs := p.create("aws:kms/key:Key", props{"keyUsage": "SIGN_VERIFY", "customerMasterKeySpec": "RSA_2048"})
	_, err = c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: ptr(signs.id), Plaintext: []byte("x")})
	modelled[*kmstypes.InvalidKeyUsageException](t, err)
}

func TestDataKeys(t *testing.T) {
	c := kms.NewFromConfig(p.config)
	made := ok[*kms.GenerateDataKeyOutput](t)(c.GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{KeyId: ptr(p.key.id), KeySpec: kmstypes.DataKeySpecAes256}))
	want(t, "bytes", len(made.Plaintext), 32)
	plain := ok[*kms.DecryptOutput](t)(c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: made.CiphertextBlob}))
	want(t, "plain", string(plain.Plaintext), string(made.Plaintext))
	_, err := c.GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{KeyId: ptr(p.key.id)})
	refused(t, err, "ValidationException")
}

// A key is used by whom its policy names, or by whom the account's own policies allow where it names the account.
func TestRightsToKeys(t *testing.T) {
	r := ownRig(t)
	root := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + r.cloud.Account() + `:root"},"Action":"kms:*","Resource":"*"}`
	allowed, none := r.as(t, "key-user", allowing("kms:*", "*")), r.as(t, "key-nobody", allowing("s3:ListBucket", "*"))
	by := func(name, action, effect string) string {
		return `{"Effect":"` + effect + `","Principal":{"AWS":"arn:aws:iam::` + r.cloud.Account() + `:role/` + name + `"},"Action":"` + action + `","Resource":"*"}`
	}
	self := by("paddock-sandbox", "kms:*", "Allow")
	for name, row := range map[string]struct {
		policy                   string
		userAllowed, noneAllowed bool
	}{
		"the account":          {root, true, false},
		"one by name":          {root + "," + by("key-nobody", "kms:Encrypt", "Allow"), true, true},
		"no account":           {self, false, false},
		"denied by the key":    {root + "," + by("key-user", "kms:Encrypt", "Deny"), false, false},
		"by alias only":        {self + `,{"Effect":"Allow","Principal":"*","Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{"kms:RequestAlias":"alias/x"}}}`, false, false},
		"with a context bound": {self + `,{"Effect":"Allow","Principal":"*","Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:a":"b"}}}`, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			key := r.create("aws:kms/key:Key", props{"policy": keyPolicyOf(row.policy)})
			in := &kms.EncryptInput{KeyId: ptr(key.id), Plaintext: []byte("x"), EncryptionContext: map[string]string{"a": "b"}}
			_, err := kms.NewFromConfig(allowed).Encrypt(t.Context(), in)
			want(t, "with a policy", err == nil, row.userAllowed)
			if !row.userAllowed {
				refused(t, err, "AccessDeniedException")
			}
			_, err = kms.NewFromConfig(none).Encrypt(t.Context(), in)
			want(t, "without one", err == nil, row.noneAllowed)
		})
	}
}

// A key may be known by the aliases that it has, whatever name it is called by.
func TestRightsByAlias(t *testing.T) {
	r := ownRig(t)
	user := kms.NewFromConfig(r.as(t, "key-user", `{"Effect":"Allow","Action":"kms:*","Resource":"*",
		"Condition":{"ForAnyValue:StringEquals":{"kms:ResourceAliases":["alias/state"]}}}`))
	mine, other := r.create("aws:kms/key:Key", props{}), r.create("aws:kms/key:Key", props{})
	for name, key := range map[string]string{"alias/state": mine.id, "alias/more": mine.id, "alias/other": other.id} {
		r.create("aws:kms/alias:Alias", props{"name": name, "targetKeyId": key})
	}
	sealed := ok[*kms.EncryptOutput](t)(user.Encrypt(t.Context(), &kms.EncryptInput{KeyId: ptr(mine.id), Plaintext: []byte("x")}))
	ok[*kms.DecryptOutput](t)(user.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob}))
	for _, key := range []string{other.id, "alias/other"} {
		_, err := user.Encrypt(t.Context(), &kms.EncryptInput{KeyId: ptr(key), Plaintext: []byte("x")})
		refused(t, err, "AccessDeniedException")
	}
}
