package aws

import (
	"testing"

	bolt "go.etcd.io/bbolt"
)

// A group that lives for long does not fill the store with what it did.
func TestActivitiesAreTrimmed(t *testing.T) {
	c := stocked(t)
	for range 60 {
		err := c.store.update(func(tx *Tx) error {
			tx.note("asg", "one", "because.", nil)
			tx.note("asg", "two", "because.", nil)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := c.store.db.View(func(tx *bolt.Tx) error {
		if n := tx.Bucket(bucketActivities).Stats().KeyN; n != mostActivities {
			t.Errorf("%d activities are kept, want %d", n, mostActivities)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
