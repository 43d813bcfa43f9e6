package daemon

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Pulumi asks for all secrets of a state at once, and packs what it sends.
func TestSecretsCallsMayBePacked(t *testing.T) {
	d := &daemon{tokens: keysIn(t, t.TempDir())}
	mux := http.NewServeMux()
	d.secrets(mux)
	sealed, err := d.tokens.encrypt([]byte("plain"))
	if err != nil {
		t.Fatal(err)
	}
	for _, packed := range []bool{false, true} {
		raw, err := json.Marshal(apitype.BatchDecryptRequest{Ciphertexts: [][]byte{sealed}})
		if err != nil {
			t.Fatal(err)
		}
		req := httptest.NewRequest(http.MethodPost, "/api/stacks/o/p/s/batch-decrypt", bytes.NewReader(raw))
		if packed {
			var body bytes.Buffer
			z := gzip.NewWriter(&body)
			if _, err := z.Write(raw); err != nil {
				t.Fatal(err)
			}
			z.Close()
			req = httptest.NewRequest(http.MethodPost, "/api/stacks/o/p/s/batch-decrypt", &body)
			req.Header.Set("Content-Encoding", "gzip")
		}
		req.Header.Set("Authorization", "token "+d.tokens.secretsToken())
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, req)
		var out apitype.BatchDecryptResponse
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatalf("packed %v: %d %s", packed, w.Code, w.Body)
		}
		if got := string(out.Plaintexts[base64.StdEncoding.EncodeToString(sealed)]); got != "plain" {
			t.Errorf("packed %v: %q", packed, got)
		}
	}
}
