package release_test

import (
	"strings"
	"testing"

	"paddock/components/testkit"
)

// A maximum that neither nodes nor quotas hold is told before anything is made.
func TestMaximaThatCannotBeReached(t *testing.T) {
	for name, tc := range map[string]struct{ old, new, want string }{
		"nodes": {"max: 4", "max: 200", "services of team frontend:\n" +
			"capacity: frontend: max 200 pods of 100m: needs 12 nodes, group default stops at 6\n" +
			"capacity: frontend: max 200: quota limits.cpu 8 of namespace frontend holds 20 pods\n" +
			"capacity: frontend: max 200: quota pods 40 of namespace frontend holds 40 pods\n" +
			"capacity: frontend: max 200: quota requests.cpu 4 of namespace frontend holds 40 pods\n" +
			"capacity: frontend: max 200: quota requests.memory 8Gi of namespace frontend holds 128 pods"},
		"limits": {"request: 100m, limit: 400m", "request: 200m, limit: 3", "services of team frontend:\n" +
			"capacity: frontend: limit 3: limits.maxCpu 2 of namespace frontend refuses its pods\n" +
			"capacity: frontend: max 4: quota limits.cpu 8 of namespace frontend holds 2 pods"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := run(t, frontend(), map[string]string{"shop": strings.Replace(shop, tc.old, tc.new, 1)}, nil, testkit.WithPreview())
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
			for _, key := range got.Keys() {
				if strings.HasPrefix(key, "kubernetes:") {
					t.Errorf("%s registered", key)
				}
			}
		})
	}
}

// Two to four pods of 100m, each 1/17.5 of an m5.large with its volume, 74.08 a month.
func TestCostOfServices(t *testing.T) {
	var told, warned []string
	hear := []testkit.Option{
		testkit.WithPreview(), testkit.WithInfos(func(text string) { told = append(told, text) }), testkit.WithWarnings(func(text string) { warned = append(warned, text) }),
	}
	if _, err := run(t, frontend(), map[string]string{"shop": shop}, nil, hear...); err != nil {
		t.Fatal(err)
	}
	const want = "cost: frontend: 8 to 17 dollars a month (frontend 8-17), as its share of the nodes; list prices of "
	if len(told) != 1 || !strings.HasPrefix(told[0], want) || len(warned) > 0 {
		t.Errorf("told %q, warned %q", told, warned)
	}
	told = nil
	big := strings.NewReplacer("min: 2, max: 4", "min: 2, max: 18", "request: 100m", "request: 200m", "limit: 400m", "limit: 400m").Replace(shop)
	if _, err := run(t, frontend(), map[string]string{"shop": big}, nil, hear...); err != nil {
		t.Fatal(err)
	}
	const warning = "capacity: frontend: max 18: quota limits.cpu 8 of namespace frontend holds 20 pods, and a release needs 5 more while it is under way"
	if len(warned) != 2 || !strings.HasPrefix(warned[0], warning) {
		t.Errorf("warned %q", warned)
	}
}
