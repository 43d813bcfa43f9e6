package aws

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
)

var _ = operates("kms", map[string]*operation{
	"Encrypt":         {asks: keyAsk("kms:Encrypt"), run: encrypt},
	"Decrypt":         {asks: keyAsk("kms:Decrypt"), run: decrypt},
	"GenerateDataKey": {asks: keyAsk("kms:GenerateDataKey"), run: generateDataKey},
})

const (
	maxPlain    = 4096 // bytes of one Encrypt
	maxDataKey  = 1024 // bytes
	cipherMark  = "paddock-kms-1"
	contextKeys = "kms:EncryptionContext:"
)

// blob is what a ciphertext of the stand-in's says: the key, which KMS finds by it, and what only that key opens.
type blob struct {
	Mark   string `json:"m"`
	KeyID  string `json:"k"`
	Sealed []byte `json:"s"` // nonce and ciphertext
}

// cipher is AES-GCM under a key that is derived from the vault's and the KMS key's id, so that no other key opens it.
func (v vault) cipher(keyID string) cipher.AEAD {
	block, err := aes.NewCipher(v.sum("kms key " + keyID))
	if err != nil {
		panic("aws stand-in: a sum of 32 bytes is a key of AES-256: " + err.Error())
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic("aws stand-in: AES has blocks of 16 bytes: " + err.Error())
	}
	return gcm
}

// seal encrypts for a key; the encryption context is authenticated with it.
func (c *Cloud) seal(k *Record, plain []byte, context map[string]string) ([]byte, error) {
	gcm := c.vault.cipher(k.ID)
	nonce := make([]byte, gcm.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	bound, err := json.Marshal(context) // maps are written in order of their keys
	if err != nil {
		return nil, err
	}
	return json.Marshal(blob{cipherMark, k.ID, gcm.Seal(nonce, nonce, plain, bound)})
}

// open is the inverse of seal.
func (c *Cloud) open(b blob, context map[string]string) ([]byte, error) {
	gcm := c.vault.cipher(b.KeyID)
	bound, err := json.Marshal(context)
	if err != nil || len(b.Sealed) < gcm.NonceSize() {
		return nil, badCiphertext()
	}
	plain, err := gcm.Open(nil, b.Sealed[:gcm.NonceSize()], b.Sealed[gcm.NonceSize():], bound)
	if err != nil {
		return nil, badCiphertext()
	}
	return plain, nil
}

// badCiphertext has no message on AWS either.
func badCiphertext() error { return fail("InvalidCiphertextException", "") }

// encryptionContext is that of a call.
func (in *Call) encryptionContext() map[string]string { return pairs(in.Params, "EncryptionContext") }

// blobOf reads a ciphertext; ok = it is one of the stand-in's.
func (in *Call) blobOf() (b blob, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(str(in.Params, "CiphertextBlob"))
	return b, err == nil && json.Unmarshal(raw, &b) == nil && b.Mark == cipherMark
}

// usable is the key that a call names, if it encrypts and is enabled.
func (c *Cloud) usable(in *Call) (k *Record, err error) {
	c.store.view(func(t *Tx) {
		if k = in.key(t); k == nil {
			err = missingKey(str(in.Params, "KeyId"))
			return
		}
		err = encrypts(k)
	})
	return k, err
}

// encrypts refuses a key that is off or for other uses.
func encrypts(k *Record) error {
	if !yes(k.State, "isEnabled", true) {
		return fail("DisabledException", "%s is disabled.", str(k.State, "arn"))
	}
	if usage := str(k.State, "keyUsage"); usage != "ENCRYPT_DECRYPT" || str(k.State, "customerMasterKeySpec") != "SYMMETRIC_DEFAULT" {
		return fail("InvalidKeyUsageException", "%s key usage is %s which is not valid for this operation: the stand-in encrypts with symmetric keys only.", str(k.State, "arn"), usage)
	}
	return nil
}

func missingKey(name string) error {
	if strings.Contains(name, "alias/") {
		return fail("NotFoundException", "Alias %s is not found.", name)
	}
	return fail("NotFoundException", "Key '%s' does not exist", name)
}

func encrypt(_ context.Context, c *Cloud, in *Call) (Props, error) {
	k, err := c.usable(in)
	if err != nil {
		return nil, err
	}
	plain, err := base64.StdEncoding.DecodeString(str(in.Params, "Plaintext"))
	if err != nil || len(plain) == 0 || len(plain) > maxPlain {
		return nil, fail("ValidationException", "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length between 1 and %d", maxPlain)
	}
	sealed, err := c.seal(k, plain, in.encryptionContext())
	if err != nil {
		return nil, err
	}
	return Props{"CiphertextBlob": base64.StdEncoding.EncodeToString(sealed), "KeyId": k.State["arn"], "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}, nil
}

func decrypt(_ context.Context, c *Cloud, in *Call) (Props, error) {
	b, ok := in.blobOf()
	if !ok {
		return nil, badCiphertext()
	}
	named := str(in.Params, "KeyId")
	var k *Record
	var err error
	c.store.view(func(t *Tx) {
		if k = in.key(t); k == nil {
			err = missingKey(named)
		} else if k.ID != b.KeyID {
			err = fail("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
		} else {
			err = encrypts(k)
		}
	})
	if err != nil {
		return nil, err
	}
	plain, err := c.open(b, in.encryptionContext())
	if err != nil {
		return nil, err
	}
	return Props{"Plaintext": base64.StdEncoding.EncodeToString(plain), "KeyId": k.State["arn"], "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}, nil
}

func generateDataKey(_ context.Context, c *Cloud, in *Call) (Props, error) {
	k, err := c.usable(in)
	if err != nil {
		return nil, err
	}
	size, ok := paramInt(in, "NumberOfBytes", 0)
	switch spec := str(in.Params, "KeySpec"); {
	case spec != "" && size != 0, spec == "" && size == 0:
		return nil, fail("ValidationException", "Please specify either number of bytes or key spec.")
	case spec == "AES_256":
		size = 32
	case spec == "AES_128":
		size = 16
	case spec != "" || !ok || size < 1 || size > maxDataKey:
		return nil, fail("ValidationException", "1 validation error detected: Value at 'keySpec' or 'numberOfBytes' failed to satisfy constraint")
	}
	plain := make([]byte, size)
	if _, err := rand.Read(plain); err != nil {
		return nil, err
	}
	sealed, err := c.seal(k, plain, in.encryptionContext())
	if err != nil {
		return nil, err
	}
	return Props{
		"Plaintext": base64.StdEncoding.EncodeToString(plain), "CiphertextBlob": base64.StdEncoding.EncodeToString(sealed), "KeyId": k.State["arn"],
	}, nil
}
