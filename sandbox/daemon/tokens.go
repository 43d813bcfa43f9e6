package daemon

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"

	"paddock/sandbox/atomicfile"
)

// keySize is that of the HMAC's hash, bytes.
const keySize = sha256.Size

// tokens holds the one key of a sandbox, from which everything secret is derived.
type tokens struct {
	key []byte
}

// openTokens reads the signing key of a sandbox, or makes one.
func openTokens(file string) (*tokens, error) {
	key, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		key = make([]byte, keySize)
		if _, err := rand.Read(key); err != nil {
			return nil, err
		}
		err = atomicfile.Write(file, key, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("token key: %w", err)
	}
	if len(key) != keySize {
		return nil, fmt.Errorf("token key: %s: %d bytes, want %d; start anew with `make clean`", file, len(key), keySize)
	}
	return &tokens{key: key}, nil
}

func (t *tokens) sum(text string) []byte {
	mac := hmac.New(sha256.New, t.key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
