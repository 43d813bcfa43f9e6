package target_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"paddock/grade/target"
)

// A curve that is over ends no driver: only its context does. No answer is told of after that.
func TestHTTPEndsWithItsContext(t *testing.T) {
	served := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer served.Close()
	h := &target.HTTP{URL: served.URL}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Drive(ctx, step(0), time.Now(), 1) }()
	sent := 0.0
	eventually(t, "four requests in the second", func() bool {
		s, _ := h.Take()
		sent += s
		return sent == 4
	})
	select {
	case err := <-done:
		t.Errorf("it ended with the curve: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if sent, _ := h.Take(); sent != 0 || h.Total().Sent != 4 {
		t.Errorf("%g more, %d in all; want 4", sent, h.Total().Sent)
	}
}
