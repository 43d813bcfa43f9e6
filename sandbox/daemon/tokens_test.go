package daemon

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

func keysIn(t *testing.T, dir string) *tokens {
	t.Helper()
	k, err := openTokens(filepath.Join(dir, "token.key"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestTokens(t *testing.T) {
	dir := t.TempDir()
	k := keysIn(t, dir)
	token, err := k.sign("one", "arn:aws:iam::111122223333:role/x")
	if err != nil {
		t.Fatal(err)
	}
	head, mark, _ := strings.Cut(token.Token, ".")
	body, sum, _ := strings.Cut(mark, ".")
	for name, tc := range map[string]struct{ cluster, token, fault string }{
		"good":             {"one", token.Token, ""},
		"another cluster":  {"two", token.Token, "token: for cluster one, not two"},
		"forged signature": {"one", head + "." + body + "." + strings.Repeat("A", len(sum)), "token: bad signature"},
		"no signature":     {"one", head + "." + body, "not a token of this sandbox"},
		"something else":   {"one", "eyJhbGciOi.J9.x", "not a token of this sandbox"},
		"empty":            {"one", "", "not a token of this sandbox"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := keysIn(t, dir).read(tc.cluster, tc.token) // as a later daemon of the same folder reads it
			if tc.fault == "" && (err != nil || got.ARN != "arn:aws:iam::111122223333:role/x") {
				t.Errorf("read = %+v, %v", got, err)
			}
			if tc.fault != "" && (err == nil || err.Error() != tc.fault) {
				t.Errorf("err = %v, want %q", err, tc.fault)
			}
		})
	}
	if _, err := keysIn(t, t.TempDir()).read("one", token.Token); err == nil {
		t.Error("another sandbox takes the token")
	}
}

func TestAccessKey(t *testing.T) {
	k := keysIn(t, t.TempDir())
	id, secret := k.accessKey()
	if len(id) != 20 || len(secret) != 40 {
		t.Errorf("key %d and %d characters long, want 20 and 40 as on AWS", len(id), len(secret))
	}
	if !k.knows(id, secret) || k.knows(id, secret[1:]) || k.knows("", "") {
		t.Error("knows takes a wrong key, or refuses the right one")
	}
}

func TestSecretsComeBack(t *testing.T) {
	dir := t.TempDir()
	plain := []byte("hush")
	sealed, err := keysIn(t, dir).encrypt(plain)
	if err != nil || bytes.Contains(sealed, plain) {
		t.Fatalf("sealed %q, %v", sealed, err)
	}
	if got, err := keysIn(t, dir).decrypt(sealed); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("decrypt = %q, %v", got, err)
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := keysIn(t, dir).decrypt(sealed); err == nil {
		t.Error("a changed secret is taken")
	}
	if _, err := keysIn(t, dir).decrypt([]byte("x")); err == nil {
		t.Error("rubbish is taken")
	}
}

func TestListenKeepsItsPort(t *testing.T) {
	file := filepath.Join(t.TempDir(), "port")
	first, err := listen(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := listen(file); err == nil || !strings.Contains(err.Error(), "make clean") {
		t.Errorf("a taken port: %v, want the remedy", err)
	}
	first.Close()
	again, err := listen(file)
	if err != nil || again.Addr().String() != first.Addr().String() {
		t.Fatalf("again: %v", err)
	}
	again.Close()
}
