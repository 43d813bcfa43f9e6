package iam_test

import (
	"fmt"
	"reflect"
	"sync"
	"testing"

	"paddock/sandbox/iam"
)

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		``, `{`, `null`, `[]`, `"x"`, `{"Statement":"x"}`, `{"Statement":[1]}`, `{"Statement":null}`, `{"Version":1}`,
		`{"Statement":{"Action":1}}`, `{"Statement":{"Action":[null]}}`, `{"Statement":{"Condition":{"Bool":"x"}}}`,
		`{"Statement":{"Principal":"x"}}`,
	} {
		if d, err := iam.Parse(text); err == nil {
			t.Errorf("%s: got %s", text, d.Text())
		}
	}
}

func TestParseRemembers(t *testing.T) {
	text := policy(`'Effect':'Allow','Action':'a:b','Resource':'*'`)
	if first := parse(t, text); parse(t, text) != first {
		t.Error("parsed twice")
	}
}

// Calls come from many goroutines, and more policies than are remembered must do no harm.
func TestParseAtOnce(t *testing.T) {
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for i := range 5000 {
				d, err := iam.Parse(policy(fmt.Sprintf(`'Effect':'Allow','Action':'a:b%d','Resource':'*'`, i)))
				if err != nil || !iam.Decide([]*iam.Document{d}, iam.Request{Action: fmt.Sprintf("a:B%d", i)}).Allowed {
					t.Errorf("policy %d: %v", i, err)
					return
				}
			}
		})
	}
	wait.Wait()
}

func TestText(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"one statement": {`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["a:b"],"Resource":["x","<y>"]}}`,
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:b","Resource":["x","<y>"]}]}`},
		"trust": {`{"Statement":[{"Effect":"Deny","Principal":"*","NotAction":"sts:*","Note":1}],"Id":"i"}`,
			`{"Id":"i","Statement":[{"Effect":"Deny","Principal":"*","NotAction":"sts:*"}]}`},
		"condition": {`{"Statement":{"Effect":"Allow","Principal":{"Service":["a"],"AWS":"b"},"Condition":{"Bool":{"k":true}}}}`,
			`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"b","Service":"a"},"Condition":{"Bool":{"k":"true"}}}]}`},
		"nothing": {`{}`, `{"Statement":[]}`},
	} {
		got := parse(t, row.text).Text()
		if got != row.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, row.want)
		}
		if again := parse(t, got); again.Text() != got {
			t.Errorf("%s: the text of the text is %s", name, again.Text())
		}
	}
}

func TestWithout(t *testing.T) {
	d := parse(t, policy(`'Sid':'a','Effect':'Allow','Action':'a:*','Resource':'*'`, `'Sid':'b','Effect':'Allow','Action':'b:*','Resource':'*'`))
	less := d.Without(0)
	want := `{"Version":"2012-10-17","Statement":[{"Sid":"b","Effect":"Allow","Action":"b:*","Resource":"*"}]}`
	if less.Text() != want {
		t.Errorf("got %s", less.Text())
	}
	for action, allowed := range map[string]bool{"a:x": false, "b:x": true} {
		if got := iam.Decide([]*iam.Document{less}, iam.Request{Action: action}); got.Allowed != allowed {
			t.Errorf("%s: allowed = %v", action, got.Allowed)
		}
	}
	if len(d.Statements()) != 2 || d.Without(2) != d || d.Without(-1) != d {
		t.Error("the document has changed")
	}
}

// A tool may rewrite what Statements returns; the document, which all share, must not notice.
func TestStatementsAreCopies(t *testing.T) {
	d := parse(t, policy(`'Effect':'Allow','Action':'a:b','Resource':'*','Condition':{'Bool':{'k':'true'}},'NotPrincipal':{'AWS':'x'}`))
	before := d.Text()
	s := d.Statements()[0]
	s.Action[0], s.NotPrincipal.AWS[0], s.Condition["Bool"]["k"][0] = "y", "y", "y"
	s.Condition["Null"] = nil
	if d.Text() != before {
		t.Errorf("now %s", d.Text())
	}
	if again := iam.New(d.Statements()...); !reflect.DeepEqual(again.Statements(), d.Statements()) {
		t.Errorf("New made %s", again.Text())
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]int{"": 0, "{\n\t\"a\": \"b c\"\r\n}": 10, "ä€": 2} {
		if got := iam.Size(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}
