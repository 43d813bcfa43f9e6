package aws

import "testing"

// Calls that could not be written wait for the next time, before those that came since.
func TestFlushKeepsWhatItCannotWrite(t *testing.T) {
	c := stocked(t)
	if err := c.audit.db.Close(); err != nil {
		t.Fatal(err)
	}
	c.audit.add(Entry{Action: "first"})
	if err := c.audit.flush(); err == nil {
		t.Fatal("wrote to a closed store")
	}
	c.audit.add(Entry{Action: "second"})
	if err := c.audit.flush(); err == nil {
		t.Fatal("wrote to a closed store")
	}
	if w := c.audit.waiting; len(w) != 2 || w[0].Action != "first" {
		t.Errorf("waiting: %v, want both in order", w)
	}
}
