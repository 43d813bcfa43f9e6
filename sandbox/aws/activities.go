package aws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// shortage is the code of an instance that EC2 cannot launch for want of capacity.
const shortage = "InsufficientInstanceCapacity"

// mostActivities are told of a group; AWS keeps six weeks of them.
const mostActivities = 100

// Activity is what a group did, as the autoscaler reads it to learn that a launch failed.
type Activity struct {
	ID          string    `json:"id"`
	Description string    `json:"description"`
	Cause       string    `json:"cause"`
	Status      string    `json:"status"` // Successful or Failed
	Message     string    `json:"message,omitempty"`
	Time        time.Time `json:"time"`
}

var bucketActivities = []byte("activities")

// note writes down what a group does, with the transaction.
func (t *Tx) note(group, description, cause string, failed error) {
	now := time.Now().UTC()
	a := Activity{ID: uuid(), Description: description, Cause: fmt.Sprintf("At %s %s", now.Format(time.RFC3339), cause), Status: "Successful", Time: now}
	if failed != nil {
		a.Status, a.Message = "Failed", failed.Error()
	}
	t.notes = append(t.notes, groupNote{group, a})
}

type groupNote struct {
	group string
	is    Activity
}

// saveNotes writes the activities, and drops what is too old or of groups that are gone.
func (t *Tx) saveNotes(tx *bolt.Tx) error {
	b := tx.Bucket(bucketActivities)
	for _, n := range t.notes {
		seq, err := b.NextSequence()
		if err != nil {
			return err
		}
		raw, err := json.Marshal(n.is)
		if err != nil {
			return err
		}
		if err := b.Put(append([]byte(n.group+"\x00"), sequence(seq)...), raw); err != nil {
			return err
		}
	}
	for _, n := range t.notes {
		if err := forgetNotes(b, n.group, mostActivities); err != nil {
			return err
		}
	}
	for _, k := range t.keys {
		if kind, group := splitKey(k); kind == tokenGroup && t.writes[k] == nil {
			if err := forgetNotes(b, group, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// forgetNotes drops the oldest activities of a group, so that no more than these are left.
func forgetNotes(b *bolt.Bucket, group string, most int) error {
	var keys [][]byte
	c := b.Cursor()
	prefix := []byte(group + "\x00")
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k)) // a key is good until the next change
	}
	for _, k := range keys[:max(len(keys)-most, 0)] {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// activities are what a group did, newest first.
func (t *Tx) activities(group string) ([]Activity, error) {
	var out []Activity
	err := t.store.db.View(func(tx *bolt.Tx) error {
		cursor := tx.Bucket(bucketActivities).Cursor()
		prefix := []byte(group + "\x00")
		for k, raw := cursor.Seek(prefix); bytes.HasPrefix(k, prefix); k, raw = cursor.Next() {
			var a Activity
			if err := json.Unmarshal(raw, &a); err != nil {
				return err
			}
			out = append(out, a)
		}
		return nil
	})
	slices.Reverse(out)
	return out[:min(len(out), mostActivities)], err
}

// roomFor is the first subnet whose zone has capacity for the type.
func (c *Cloud) roomFor(t *Tx, subnets []string, of string) (*Record, error) {
	var without, have []string
	for _, id := range subnets {
		subnet := t.peek(tokenSubnet, id)
		zone := str(subnet.State, "availabilityZone")
		if _, none := c.conditions.take(func(m Mishap) bool { return m.Fault == "capacity" && m.Zone == zone }); !none {
			return subnet, nil
		}
		without = append(without, zone)
	}
	region := without[0][:len(without[0])-1]
	for _, z := range zonesOf(region) {
		if z != without[0] {
			have = append(have, z)
		}
	}
	return nil, fail(shortage, "We currently do not have sufficient %s capacity in the Availability Zone you requested (%s). Our system "+
		"will be working on provisioning additional capacity. You can currently get %s capacity by not specifying an Availability Zone in "+
		"your request or choosing %s. Launching EC2 instance failed.", of, without[0], of, strings.Join(have, ", "))
}
