// Package quantity reads amounts in Kubernetes' notation, 500m or 2Gi. It is pure.
package quantity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Pattern is the notation. It is bounded: to compare 1e999999999 with anything takes a parser of Kubernetes hours.
const Pattern = `^[0-9]{1,15}(\.[0-9]{1,9})?([numkMGTPE]|[KMGTPE]i|[eE][0-9]{1,2})?$`

// Want says the notation to whoever typed something else.
const Want = "a quantity such as 500m or 2Gi"

var pattern = regexp.MustCompile(Pattern)

// Quantity is an amount as the API server stores it, "1" for 1000m; "" = none is given.
type Quantity string

// Parse reads an amount. Written otherwise than the API server stores it, each refresh would find a difference.
func Parse(text string) (Quantity, error) {
	if !pattern.MatchString(text) {
		return "", fmt.Errorf("want %s", Want)
	}
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return "", fmt.Errorf("want %s", Want)
	}
	q.RoundUp(resource.Milli) // as the API server does; it also drops the text that was parsed
	return Quantity(q.String()), nil
}

// UnmarshalJSON takes a string, or a number without a unit.
func (q *Quantity) UnmarshalJSON(raw []byte) error {
	text := string(bytes.TrimSpace(raw))
	if len(text) > 0 && text[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
	}
	parsed, err := Parse(text)
	if err == nil {
		*q = parsed
	}
	return err
}

// Wanted says the notation.
func (q Quantity) Wanted() string { return Want }

// Milli is the amount in thousandths, rounded up: of CPU, in millicores; 0 if none is given.
func (q Quantity) Milli() int64 { return q.parsed().MilliValue() }

// Bytes is the amount as it is, rounded up; 0 if none is given.
func (q Quantity) Bytes() int64 { return q.parsed().Value() }

func (q Quantity) parsed() *resource.Quantity {
	parsed, err := resource.ParseQuantity(string(q))
	if err != nil {
		return &resource.Quantity{}
	}
	return &parsed
}
