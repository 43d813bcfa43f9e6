package rubric_test

import (
	"os"
	"strings"
	"testing"

	"paddock/grade/rubric"
)

// TestPageHasTheTable holds docs/grading.md against the code.
func TestPageHasTheTable(t *testing.T) {
	page, err := os.ReadFile("../../docs/grading.md")
	if err != nil {
		t.Fatal(err)
	}
	for what, want := range map[string]string{"table": rubric.Markdown(), "letters": rubric.Letters()} {
		if !strings.Contains(strings.Join(strings.Fields(string(page)), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("docs/grading.md lacks this %s:\n%s", what, want)
		}
	}
}
