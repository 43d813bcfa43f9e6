package aws

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"paddock/sandbox/machine"
)

func readme(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

var quoted = regexp.MustCompile("`([^`]+)`")

// firstCells are the quoted names in the first column of the README's table with that head.
func firstCells(t *testing.T, head string) []string {
	t.Helper()
	_, table, found := strings.Cut(readme(t), head)
	if !found {
		t.Fatalf("no table %s", head)
	}
	table, _, _ = strings.Cut(table, "\n\n")
	var names []string
	for _, row := range strings.Split(table, "\n") {
		if cells := strings.Split(row, "|"); len(cells) > 1 {
			for _, m := range quoted.FindAllStringSubmatch(cells[1], -1) {
				names = append(names, m[1])
			}
		}
	}
	return names
}

// The README's table of types is what there is: every type, and no other.
func TestReadmeNamesEveryType(t *testing.T) {
	named := map[string]bool{} // without aws: and, as two rows have it, without the type's own name
	for _, name := range firstCells(t, "| Type | Modelled | Not modelled |") {
		named[name] = true
	}
	for _, token := range Tokens() {
		whole := strings.TrimPrefix(token, "aws:")
		short, _, _ := strings.Cut(whole, ":")
		if !named[whole] && !named[short] {
			t.Errorf("%s is modelled, but not in the README's table", token)
		}
		delete(named, whole)
		delete(named, short)
	}
	for name := range named {
		t.Errorf("the README's table has %s, which is not modelled", name)
	}
}

func TestReadmeNamesEveryInvoke(t *testing.T) {
	_, list, _ := strings.Cut(readme(t), "\nInvokes: ")
	list, _, _ = strings.Cut(list, "\n\n")
	var named, there []string
	for _, m := range quoted.FindAllStringSubmatch(list, -1) {
		named = append(named, m[1])
	}
	for token := range invokes {
		there = append(there, afterLast(token, ":"))
	}
	slices.Sort(named)
	slices.Sort(there)
	if !slices.Equal(named, there) {
		t.Errorf("the README has the invokes %v, modelled are %v", named, there)
	}
}

func TestAddonsAreThoseOfTheSeam(t *testing.T) {
	if got := slices.Sorted(maps.Keys(addons)); !slices.Equal(got, machine.Addons) {
		t.Errorf("versions are known of %v, machine.Addons has %v", got, machine.Addons)
	}
}

// The README's table of the wire API has every call that is answered, by service, and no other.
func TestReadmeNamesEveryCall(t *testing.T) {
	_, table, found := strings.Cut(readme(t), "| Service | Calls | Left out |")
	if !found {
		t.Fatal("no table of calls")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	var named []string
	for _, row := range strings.Split(table, "\n") {
		cells := strings.Split(row, "|")
		if len(cells) < 4 || !strings.Contains(cells[1], "`") {
			continue
		}
		service := strings.Trim(cells[1], " `")
		for _, m := range quoted.FindAllStringSubmatch(cells[2], -1) {
			named = append(named, service+":"+m[1])
		}
	}
	slices.Sort(named)
	for _, name := range Operations() {
		if !slices.Contains(named, name) {
			t.Errorf("%s is answered, but not in the README's table", name)
		}
	}
	for _, name := range named {
		if operations[name] == nil {
			t.Errorf("the README's table has %s, which is not answered", name)
		}
	}
}

// The README's table of faults is what can be made to happen.
func TestReadmeNamesEveryFault(t *testing.T) {
	named := firstCells(t, "| Fault | Also takes | What happens |")
	slices.Sort(named)
	there := slices.Sorted(slices.Values(Mishaps))
	if !slices.Equal(named, there) {
		t.Errorf("the README has the faults %v, there are %v", named, there)
	}
}
