package preview

// Protected are the types whose loss takes the platform, its data or the way to it along, with what they are called. A preview
// that would replace or delete one is refused.
var Protected = map[string]string{
	"aws:eks/cluster:Cluster":                  "cluster",
	"aws:eks/nodeGroup:NodeGroup":              "node group",
	"aws:ec2/vpc:Vpc":                          "VPC",
	"aws:ec2/subnet:Subnet":                    "subnet",
	"aws:kms/key:Key":                          "KMS key",
	"aws:s3/bucket:Bucket":                     "bucket", // where the state is kept
	"aws:s3/bucketV2:BucketV2":                 "bucket",
	"kubernetes:core/v1:PersistentVolumeClaim": "claim", // of a service's data
}

// Endangered gives the changes that replace or delete something of a protected type. What is found to be gone already does not
// count: nobody would be the one to delete it.
func (p *Preview) Endangered(protected map[string]string) []Change {
	var out []Change
	for _, c := range p.Of(Replace, Delete) {
		if protected[c.Type] != "" {
			out = append(out, c)
		}
	}
	return out
}
