package delivery

import (
	"fmt"
	"strings"
	"testing"

	"paddock/components/policy"
)

func statement(i, size int) policy.Statement {
	return policy.Statement{Sid: fmt.Sprint("S", i), Actions: []string{"a:B"}, Resources: []string{strings.Repeat("r", size)}}
}

func TestPack(t *testing.T) {
	var many []policy.Statement
	for i := range 20 {
		many = append(many, statement(i, 1000))
	}
	packed, err := pack(many)
	if err != nil || len(packed) != 4 {
		t.Fatalf("%d policies, %v", len(packed), err)
	}
	var sids []string
	for _, document := range packed {
		if n := len(document.JSON()); n > maxPolicy {
			t.Errorf("%d characters", n)
		}
		for _, s := range document.Statements {
			sids = append(sids, s.Sid)
		}
	}
	if got := strings.Join(sids, " "); got != "S0 S1 S2 S3 S4 S5 S6 S7 S8 S9 S10 S11 S12 S13 S14 S15 S16 S17 S18 S19" {
		t.Errorf("order: %s", got)
	}
}

func TestPackRefuses(t *testing.T) {
	if _, err := pack([]policy.Statement{statement(1, maxPolicy)}); err == nil || !strings.Contains(err.Error(), "statement S1: has 6") {
		t.Errorf("err = %v", err)
	}
	var many []policy.Statement
	for i := range maxPolicies {
		many = append(many, statement(i, 4000))
	}
	if _, err := pack(many); err == nil || !strings.Contains(err.Error(), "take 10 policies") {
		t.Errorf("err = %v", err)
	}
}

// A new kind of resource is noticed here, not by a pipeline that may do more or less than was thought.
func TestNarrowRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, k := range []kindOf{
		{Resource: "arn:aws:dynamodb:us-west-2:*:table/*", Actions: []string{"dynamodb:GetItem"}},
		{Resource: "*", Actions: []string{"ec2:RunInstances"}},
	} {
		if _, err := (Scope{}).narrow(k); err == nil || !strings.Contains(err.Error(), "no limit is known") {
			t.Errorf("%+v: err = %v", k, err)
		}
	}
}
