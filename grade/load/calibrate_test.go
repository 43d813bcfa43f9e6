package load_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"paddock/grade/load"
)

// One request at a time and 10 ms for each: that is 100 a second, and a queue that meets 200 ms at hardly less.
func TestCalibrationFindsTheCapacity(t *testing.T) {
	t.Parallel()
	var line sync.Mutex
	url := server(t, func(http.ResponseWriter, *http.Request) {
		line.Lock()
		defer line.Unlock()
		time.Sleep(10 * time.Millisecond)
	})
	rate, err := load.Calibration{URL: url, First: 40, Each: time.Second, Precision: 0.15, Say: t.Logf}.Find(context.Background())
	if err != nil || rate < 70 || rate > 115 {
		t.Errorf("%g requests/s, %v; want about 95", rate, err)
	}
}

func TestCalibrationGivesUp(t *testing.T) {
	t.Parallel()
	c := load.Calibration{URL: "http://127.0.0.1:1", First: 1, Each: 20 * time.Millisecond}
	if rate, err := c.Find(context.Background()); err == nil {
		t.Errorf("%g requests/s of a server that is not there", rate)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Find(ctx); err == nil {
		t.Error("no error when interrupted")
	}
}

func TestServerBurnsCPU(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(load.Handler(30 * time.Millisecond))
	defer s.Close()
	for path, least := range map[string]time.Duration{"/": 30 * time.Millisecond, load.Health: 0} {
		from := time.Now()
		resp, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if took := time.Since(from); resp.StatusCode != http.StatusOK || took < least {
			t.Errorf("%s: %s after %v", path, resp.Status, took)
		}
	}
}
