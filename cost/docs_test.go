package cost_test

import (
	"os"
	"strings"
	"testing"

	"paddock/cost"
)

// The page names every price.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../docs/cost.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range cost.Things() {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("%s is not on the page", name)
		}
	}
	if !strings.Contains(string(page), cost.Source("us-west-2")) {
		t.Errorf("the page has another date than %s", cost.Dated)
	}
}
