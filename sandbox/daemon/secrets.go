package daemon

import (
	"compress/gzip"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// The secrets of local stacks are encrypted by this daemon, through the four calls that Pulumi makes to its own service.
// Every other provider of secrets would write its key or salt into the checkout's stack files, which belong to AWS.

// secretsToken is what Pulumi has to show; it comes from the sandbox's credentials file.
func (t *tokens) secretsToken() string {
	return base64.RawURLEncoding.EncodeToString(t.sum("secrets service"))
}

func (t *tokens) cipher() (cipher.AEAD, error) {
	block, err := aes.NewCipher(t.sum("secrets key"))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (t *tokens) encrypt(plain []byte) ([]byte, error) {
	gcm, err := t.cipher()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, gcm.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return gcm.Seal(nonce, nonce, plain, nil), nil
}

func (t *tokens) decrypt(sealed []byte) ([]byte, error) {
	gcm, err := t.cipher()
	if err != nil {
		return nil, err
	}
	if len(sealed) < gcm.NonceSize() {
		return nil, errors.New("secret: too short to be one of this sandbox")
	}
	return gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], nil)
}

// secrets adds the service's calls to mux.
func (d *daemon) secrets(mux *http.ServeMux) {
	const stack = "POST /api/stacks/{owner}/{project}/{stack}/"
	mux.HandleFunc(stack+"encrypt", secretCall(d, func(in apitype.EncryptValueRequest) (any, error) {
		sealed, err := d.tokens.encrypt(in.Plaintext)
		return apitype.EncryptValueResponse{Ciphertext: sealed}, err
	}))
	mux.HandleFunc(stack+"decrypt", secretCall(d, func(in apitype.DecryptValueRequest) (any, error) {
		plain, err := d.tokens.decrypt(in.Ciphertext)
		return apitype.DecryptValueResponse{Plaintext: plain}, err
	}))
	mux.HandleFunc(stack+"batch-encrypt", secretCall(d, func(in apitype.BatchEncryptRequest) (any, error) {
		out := apitype.BatchEncryptResponse{}
		for _, plain := range in.Plaintexts {
			sealed, err := d.tokens.encrypt(plain)
			if err != nil {
				return nil, err
			}
			out.Ciphertexts = append(out.Ciphertexts, sealed)
		}
		return out, nil
	}))
	mux.HandleFunc(stack+"batch-decrypt", secretCall(d, func(in apitype.BatchDecryptRequest) (any, error) {
		out := apitype.BatchDecryptResponse{Plaintexts: map[string][]byte{}}
		for _, sealed := range in.Ciphertexts {
			plain, err := d.tokens.decrypt(sealed)
			if err != nil {
				return nil, err
			}
			out.Plaintexts[base64.StdEncoding.EncodeToString(sealed)] = plain
		}
		return out, nil
	}))
}

func secretCall[T any](d *daemon, f func(T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		shown := strings.TrimPrefix(r.Header.Get("Authorization"), "token ")
		if subtle.ConstantTimeCompare([]byte(shown), []byte(d.tokens.secretsToken())) != 1 {
			http.Error(w, "not a caller of this sandbox", http.StatusUnauthorized)
			return
		}
		var in T
		body, err := unpacked(r)
		if err == nil {
			err = json.NewDecoder(body).Decode(&in)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		out, err := f(in)
		reply(w, out, err)
	}
}

// unpacked is the body of a request: Pulumi packs those that may be long.
func unpacked(r *http.Request) (io.Reader, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return r.Body, nil
	}
	return gzip.NewReader(r.Body)
}
