package infra

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
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

// rare are the letters of a region that not every account sees: Tokyo's b is
// closed to new accounts, Montreal has a, b and d, and of northern California's
// three each account sees two.
var rare = map[string]string{"ap-northeast-1": "b", "ca-central-1": "c", "us-west-1": "abc"}

// missing is the first zone of those that a count stands for that the account
// may not have; empty if there is none, or the names are listed.
func (z Zones) missing(region string) string {
	if len(z.Names) > 0 {
		return ""
	}
	for _, zone := range z.In(region) {
		if strings.Contains(rare[region], strings.TrimPrefix(zone, region)) {
			return zone
		}
	}
	return ""
}

// In lists the zones of a region by name: a count of two in us-west-2 is
// us-west-2a and us-west-2b. Listed names keep their
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
