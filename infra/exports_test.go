package infra

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/testkit"
)

// What the teams' programs read is as configured, and known at preview.
func TestExports(t *testing.T) {
	c, _ := Preset(Prod)
	c.Region = "us-west-2"
	batch := DefaultNodeGroup()
	batch.Capacity, batch.Taints = "spot", []Taint{{Key: "batch", Effect: "NoSchedule"}}
	c.NodeGroups["batch"] = batch
	c.Cost.Prices = map[string]float64{"m5.large": 0.1}
	limits := DefaultTeam().Limits
	limits.MaxCPU = ""
	bill, err := c.bill()
	if err != nil {
		t.Fatal(err)
	}
	exports := make(chan map[string]any, 1)
	_, err = testkit.RunErr(t, func(ctx *pulumi.Context) error {
		pulumi.Map{
			"nodeGroups": c.groups(), "headroom": c.Headroom.room(), "limits": limits.exports(), "prices": c.Cost.exports(), "cost": exported(bill, 500),
		}.ToMapOutput().ApplyT(func(known map[string]any) error {
			exports <- known
			return nil
		})
		return nil
	}, testkit.WithPreview())
	if err != nil {
		t.Fatal(err)
	}
	select {
	case known := <-exports:
		testkit.Golden(t, "exports.json", known)
	case <-time.After(10 * time.Second):
		t.Error("not known at preview")
	}
}
