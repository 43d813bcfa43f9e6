package fakekube_test

import (
	"bufio"
	"strings"
	"testing"

	"paddock/grade/internal/fakekube"
)

// TestNothingIsMissed: what changes between a list and the watch that follows reaches the watch.
func TestNothingIsMissed(t *testing.T) {
	s := fakekube.New(t)
	s.Put("/things", "old", map[string]any{})
	var list struct {
		Metadata struct{ ResourceVersion string }
	}
	if err := s.Client.Get(t.Context(), "/things", &list); err != nil {
		t.Fatal(err)
	}
	s.Put("/things", "new", map[string]any{})
	body, err := s.Client.Stream(t.Context(), "/things?watch=1&resourceVersion="+list.Metadata.ResourceVersion)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if line, err := bufio.NewReader(body).ReadString('\n'); err != nil || !strings.Contains(line, `"new"`) {
		t.Errorf("%q, %v", line, err)
	}
}
