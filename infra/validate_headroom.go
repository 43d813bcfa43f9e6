package infra

import (
	"path"
	"strings"

	"paddock/components/headroom"
	"paddock/components/versions"
	"paddock/components/vpc"
)

// headroom judges how much room is kept. As much as the cluster may grow by is too much: the autoscaler would add all of it at once,
// and neither add nor take away a node ever after.
func (c Config) headroom(f *judge) {
	h := c.Headroom
	switch {
	case h.Nodes < 0:
		f.Add("headroom.nodes", h.Nodes, "want 0 or more")
	case h.Nodes > 0 && h.Nodes >= c.growth():
		f.Add("headroom.nodes", h.Nodes, "want fewer than the groups without taints can grow by (max - min): %d", c.growth())
	}
	switch {
	case h.Share < 0 || h.Share > headroom.MaxShare:
		f.Add("headroom.share", h.Share, "want a share of the nodes from 0 to %g, such as 0.1", headroom.MaxShare)
	case h.Share > 0 && h.Nodes != 0:
		f.Add("headroom.share", h.Share, "want nodes or share: say nodes: 0 beside it, got %d", h.Nodes)
	case h.Share > 0 && c.growth() < 2:
		f.Add("headroom.share", h.Share, "want groups without taints that can grow by 2 nodes or more (max - min), got %d: a share is a node at least", c.growth())
	}
	c.image(f, "headroom.image", h.Image, versions.PauseImage, h.on())
	c.image(f, "headroom.scalerImage", h.ScalerImage, versions.ProportionalAutoscalerImage, h.Share > 0)
}

// image judges one that the stack names in place of the version table's, and whether it must because it is used and the original
// cannot be reached.
func (c Config) image(f *judge, at, image, original string, used bool) {
	switch {
	case image != "" && !imagePattern.MatchString(image):
		f.Add(at, image, "want an image with its tag or digest, such as <registry>/%s", path.Base(original))
	case image == "" && used && c.Network.NAT == vpc.NATNone:
		registry, _, _ := strings.Cut(original, "/")
		f.Add(at, nil, "want a copy of %s in a private ECR repository: with network.nat none, %s is out of reach", original, registry)
	}
}
