package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	"sigs.k8s.io/yaml"
)

// Conditions are what a day of the cloud is like: how long things take, and what goes wrong. The zero value is instant and
// flawless. They survive a restart.
type Conditions struct {
	Latency       string   `json:"latency,omitempty"`       // aws: operations take the medians of latency.go; empty or none: no time
	LatencyFactor float64  `json:"latencyFactor,omitempty"` // by which these are multiplied; 0 = 1
	BootDelay     Duration `json:"bootDelay,omitempty"`     // from an instance's launch to its node
	PullDelay     Duration `json:"pullDelay,omitempty"`     // from a pod's place on a node to its start; of pods created from then on
	Faults        []Mishap `json:"faults,omitempty"`        // in order: the first that fits happens

	Limits map[string]int `json:"limits,omitempty"` // quotas of the account by their names in limits.go; those left out are AWS's defaults
}

// Mishap is one fault to come.
type Mishap struct {
	Fault  string   `json:"fault"`            // one of Mishaps
	Action string   `json:"action,omitempty"` // throttle, error, lost: which calls, as service:Action with * and ?
	Zone   string   `json:"zone,omitempty"`   // capacity: where there is none
	Addon  string   `json:"addon,omitempty"`  // addon-slow, addon-fails: which; empty = any
	After  Duration `json:"after,omitempty"`  // addon-slow: how much longer it takes; instance-dies: when, from now
	Times  int      `json:"times,omitempty"`  // how often; 0 = once, -1 = until the faults are replaced
}

// Mishaps are the faults that can be made to happen.
var Mishaps = []string{"throttle", "error", "lost", "capacity", "never-joins", "instance-dies", "addon-slow", "addon-fails"}

// Duration reads as Go writes it: 45s, 2m.
type Duration struct{ time.Duration }

// UnmarshalJSON reads a string.
func (d *Duration) UnmarshalJSON(raw []byte) (err error) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf("duration %s: want a string such as 45s", raw)
	}
	d.Duration, err = time.ParseDuration(text)
	return err
}

// MarshalJSON writes a string.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// IsZero lets JSON leave it out.
func (d Duration) IsZero() bool { return d.Duration == 0 }

// ReadConditions decodes YAML or JSON strictly and checks it.
func ReadConditions(text []byte) (Conditions, error) {
	var c Conditions
	if err := yaml.UnmarshalStrict(text, &c); err != nil {
		return c, fmt.Errorf("conditions: %w", err)
	}
	return c, c.Check()
}

// Check tells every fault of the conditions at once, by path, value and rule.
func (c Conditions) Check() error {
	var errs []error
	if !slices.Contains([]string{"", "none", "aws"}, c.Latency) {
		errs = append(errs, fmt.Errorf("latency: %q: want aws or none", c.Latency))
	}
	if c.LatencyFactor < 0 {
		errs = append(errs, fmt.Errorf("latencyFactor: %v: want 0 or more", c.LatencyFactor))
	}
	if c.BootDelay.Duration < 0 {
		errs = append(errs, fmt.Errorf("bootDelay: %v: want 0s or more", c.BootDelay))
	}
	if c.PullDelay.Duration < 0 {
		errs = append(errs, fmt.Errorf("pullDelay: %v: want 0s or more", c.PullDelay))
	}
	if err := settable(c.Limits); err != nil {
		errs = append(errs, fmt.Errorf("limits: %w", err))
	}
	for i, m := range c.Faults {
		if err := m.check(); err != nil {
			errs = append(errs, fmt.Errorf("faults[%d]: %w", i, err))
		}
	}
	return errors.Join(errs...)
}

// factor is what every duration is multiplied by.
func (c Conditions) factor() float64 {
	if c.LatencyFactor == 0 {
		return 1
	}
	return c.LatencyFactor
}

func (m Mishap) check() error {
	_, pattern := path.Match(m.Action, "")
	calls := slices.Contains([]string{"throttle", "error", "lost"}, m.Fault)
	switch {
	case !slices.Contains(Mishaps, m.Fault):
		return fmt.Errorf("fault: %q: want one of %s", m.Fault, strings.Join(Mishaps, ", "))
	case calls && (!strings.Contains(m.Action, ":") && m.Action != "*" || pattern != nil):
		return fmt.Errorf("action: %q: %s wants service:Action, with * and ?", m.Action, m.Fault)
	case !calls && m.Action != "":
		return fmt.Errorf("action: %q: %s takes none", m.Action, m.Fault)
	case m.Fault == "capacity" && m.Zone == "":
		return errors.New("zone: capacity wants one")
	case m.Fault == "addon-slow" && m.After.Duration <= 0:
		return errors.New("after: addon-slow wants more than 0s")
	case m.After.Duration < 0:
		return fmt.Errorf("after: %v: want 0s or more", m.After)
	case m.Fault == "instance-dies" && m.Times < 0:
		return fmt.Errorf("times: %d: instance-dies wants a number; for ever would end every instance", m.Times)
	case m.Times < -1:
		return fmt.Errorf("times: %d: want -1 or more", m.Times)
	}
	return nil
}

// conditions are those in force; faults are used up as they happen.
type conditions struct {
	db   *bolt.DB
	mu   sync.Mutex
	is   Conditions
	halt context.CancelFunc // of the faults that wait for their hour; nil = none do
}

var conditionsKey = []byte("conditions")

func openConditions(db *bolt.DB) (*conditions, error) {
	c := &conditions{db: db}
	return c, db.View(func(tx *bolt.Tx) error {
		if raw := tx.Bucket(bucketMeta).Get(conditionsKey); raw != nil {
			return json.Unmarshal(raw, &c.is)
		}
		return nil
	})
}

// Conditions answers what is in force.
func (c *Cloud) Conditions() Conditions {
	c.conditions.mu.Lock()
	defer c.conditions.mu.Unlock()
	now := c.conditions.is
	now.Faults, now.Limits = slices.Clone(now.Faults), maps.Clone(now.Limits)
	return now
}

// limit is the quota of that name, where it is not AWS's default.
func (c *conditions) limit(name string) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, set := c.is.Limits[name]
	return n, set
}

// SetConditions replaces what is in force. Faults that strike running instances begin at once.
func (c *Cloud) SetConditions(to Conditions) error {
	if err := to.Check(); err != nil {
		return err
	}
	to.Faults, to.Limits = slices.Clone(to.Faults), maps.Clone(to.Limits)
	for i := range to.Faults {
		if to.Faults[i].Times == 0 {
			to.Faults[i].Times = 1
		}
	}
	c.conditions.mu.Lock()
	c.conditions.is = to
	if c.conditions.halt != nil {
		c.conditions.halt()
		c.conditions.halt = nil
	}
	err := c.conditions.save()
	c.conditions.mu.Unlock()
	if err != nil {
		return err
	}
	c.strikes()
	c.rouse() // what waits for capacity may have it now
	return nil
}

// save writes what is in force; the lock is held.
func (c *conditions) save() error {
	raw, err := json.Marshal(c.is)
	if err != nil {
		return err
	}
	return c.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put(conditionsKey, raw) })
}

// take uses up the first fault that fits.
func (c *conditions) take(fits func(Mishap) bool) (Mishap, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, m := range c.is.Faults {
		if !fits(m) {
			continue
		}
		if m.Times > 0 {
			c.is.Faults = slices.Clone(c.is.Faults)
			if c.is.Faults[i].Times--; c.is.Faults[i].Times == 0 {
				c.is.Faults = slices.Delete(c.is.Faults, i, i+1)
			}
			_ = c.save() // a fault that strikes once more after a restart does no harm
		}
		return m, true
	}
	return Mishap{}, false
}

// takeCall uses up the first fault of that name for one of the actions; it answers which.
func (c *conditions) takeCall(faults []string, actions []string) (fault, action string) {
	m, ok := c.take(func(m Mishap) bool {
		if !slices.Contains(faults, m.Fault) {
			return false
		}
		for _, a := range actions {
			if hit, _ := path.Match(m.Action, a); hit {
				action = a
				return true
			}
		}
		return false
	})
	if !ok {
		return "", ""
	}
	return m.Fault, action
}
