package plane_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"paddock/sandbox/machine"
)

func TestProbeUpgrade(t *testing.T) {
	dir := os.Getenv("PROBE_DIR")
	if dir == "" {
		t.Skip()
	}
	p := newPlane(t, dir)
	spec := dev
	spec.AuthURL, spec.AuthCA = webhook(t)
	_, err := p.EnsureCluster(t.Context(), spec)
	must(t, "start", err)
	bring(t, p)
	time.Sleep(20 * time.Second)
	spec.Version = "1.35"
	b := time.Now()
	_, err = p.EnsureCluster(t.Context(), spec)
	must(t, "upgrade", err)
	fmt.Println("upgrade", since(b), time.Now())
	for _, a := range []machine.Addon{
		{Name: "vpc-cni", Version: "v1.21.0-eksbuild.1", Configuration: allAddons[0].Configuration},
		{Name: "kube-proxy", Version: "v1.35.0-eksbuild.2"},
		{Name: "coredns", Version: "v1.13.0-eksbuild.1"},
		{Name: "vpc-cni", Version: "v1.21.1-eksbuild.1", Configuration: allAddons[0].Configuration},
	} {
		b = time.Now()
		err := p.EnsureAddon(t.Context(), dev.Name, a)
		fmt.Println(a.Name, a.Version, since(b), err, time.Now())
	}
}
