package main

import (
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"time"
)

// mostWork bounds the CPU time that one request may ask for.
const mostWork = 500

// work answers after it has used ?ms= of CPU time, unset 20: a load that shows how the service scales. As many requests as there
// are CPUs work at a time and the others wait in line, so that the probes are still answered.
func work() http.HandlerFunc {
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	return func(w http.ResponseWriter, r *http.Request) {
		ms := 20
		if text := r.URL.Query().Get("ms"); text != "" {
			var err error
			if ms, err = strconv.Atoi(text); err != nil || ms < 0 || ms > mostWork {
				http.Error(w, fmt.Sprintf("ms: %q: want 0 to %d", text, mostWork), http.StatusBadRequest)
				return
			}
		}
		select {
		case slots <- struct{}{}:
		case <-r.Context().Done(): // whoever asked has gone
			return
		}
		defer func() { <-slots }()
		burn(time.Duration(ms) * time.Millisecond)
		fmt.Fprintln(w, "done")
	}
}
