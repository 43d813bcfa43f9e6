package quantity_test

import (
	"encoding/json"
	"testing"

	"paddock/components/quantity"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]struct {
		stored quantity.Quantity
		milli  int64
		bytes  int64
	}{
		"1000m":  {"1", 1000, 1},
		"0.5":    {"500m", 500, 1},
		"0.0001": {"1m", 1, 1}, // rounded up, as the API server does
		"128Mi":  {"128Mi", 128 << 20 * 1000, 128 << 20},
		"1024Mi": {"1Gi", 1 << 30 * 1000, 1 << 30},
		"2G":     {"2G", 2e12, 2e9},
		"1e3":    {"1e3", 1e6, 1e3},
		"0":      {"0", 0, 0},
	} {
		got, err := quantity.Parse(text)
		if err != nil || got != want.stored || got.Milli() != want.milli || got.Bytes() != want.bytes {
			t.Errorf("%s: %q, %d thousandths, %d, %v; want %+v", text, got, got.Milli(), got.Bytes(), err, want)
		}
	}
	for _, text := range []string{"", "lots", "128MB", "-1", "+1", "1 Gi", "1e999999999", "0x10", "1_000", ".5"} {
		if got, err := quantity.Parse(text); err == nil {
			t.Errorf("%q: accepted as %q", text, got)
		}
	}
}

func TestJSON(t *testing.T) {
	var got struct{ A, B, C quantity.Quantity }
	if err := json.Unmarshal([]byte(`{"A": "0.5", "B": 2}`), &got); err != nil || got.A != "500m" || got.B != "2" || got.C != "" || got.C.Milli() != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, raw := range []string{`true`, `{}`, `"a"`, `["1"]`} {
		var q quantity.Quantity
		if err := json.Unmarshal([]byte(raw), &q); err == nil {
			t.Errorf("%s: accepted as %q", raw, q)
		}
	}
}
