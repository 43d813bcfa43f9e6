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
