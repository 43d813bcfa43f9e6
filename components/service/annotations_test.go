package service_test

import (
	"slices"
	"strings"
	"testing"

	"paddock/components/balancer"
)

// What the platform's guard refuses of a team's own Ingresses, no service file may make.
func TestAnnotationsAreListed(t *testing.T) {
	annotations, _ := record(t, args(t, exposed)).Get(t, ingress).Input("metadata.annotations").(map[string]any)
	alike := balancer.Alike()
	for key, value := range annotations {
		if strings.HasPrefix(key, balancer.Prefix) && key != balancer.Group && !slices.Contains(balancer.Own(), key) && alike[key] != value {
			t.Errorf("%s: %v", key, value)
		}
	}
	if len(annotations) < len(alike)+len(balancer.Own()) {
		t.Errorf("annotations %v", annotations)
	}
}
