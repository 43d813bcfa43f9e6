package infra

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Zones is how many availability zones a platform spans, or which.
type Zones struct {
	Count int      // the region's first ones by letter; not looked at if Names is set
	Names []string // full names, such as us-west-2a
}

// zoneLetters are those that have a slot in the VPC's plan.
const zoneLetters = "abcdefg"

// UnmarshalJSON reads a count or a list of names.
func (z *Zones) UnmarshalJSON(raw []byte) error {
	var count int
	if json.Unmarshal(raw, &count) == nil {
		*z = Zones{Count: count}
		return nil
	}
	var names []string
	if json.Unmarshal(raw, &names) == nil && names != nil {
		*z = Zones{Names: names}
		return nil
	}
	return errors.New("want a count from 2 to 4, or a list of zone names such as us-west-2a")
}

// In lists the zones of a region by name: a count of two in us-west-2 is
// us-west-2a and us-west-2b. Regions differ in the letters that an account sees;
// where a or b is missing, the names must be listed. Listed names keep their
// order, since the first is where a single NAT gateway lives.
func (z Zones) In(region string) []string {
	if len(z.Names) > 0 {
		return slices.Clone(z.Names)
	}
	var zones []string
	for i := range min(max(z.Count, 0), len(zoneLetters)) {
		zones = append(zones, fmt.Sprintf("%s%c", region, zoneLetters[i]))
	}
	return zones
}

// String is what the operator typed.
func (z Zones) String() string {
	if len(z.Names) > 0 {
		return fmt.Sprint(z.Names)
	}
	return fmt.Sprint(z.Count)
}
