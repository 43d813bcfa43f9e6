package delivery

import "paddock/components/policy"

// State is where Pulumi keeps what it knows of a stack.
type State struct {
	Partition string // unset: aws
	Bucket    string
	Project   string // Pulumi's, in the state's paths
	Stack     string
}

func (s State) arn(path string) string {
	partition := s.Partition
	if partition == "" {
		partition = "aws"
	}
	return "arn:" + partition + ":s3:::" + s.Bucket + path
}

// Objects of Pulumi's bucket backend: what is read is also listed, and so a missing one is told from one that is forbidden.
func (s State) files() []string {
	locks := s.arn("/.pulumi/locks/organization/" + s.Project + "/" + s.Stack + "/*")
	return []string{s.arn("/.pulumi/meta.yaml"), s.stack(), locks}
}

func (s State) stack() string { return s.arn("/.pulumi/stacks/" + s.Project + "/" + s.Stack + ".*") }

func (s State) past() []string {
	of := "/" + s.Project + "/" + s.Stack + "/*"
	return []string{s.arn("/.pulumi/history" + of), s.arn("/.pulumi/backups" + of)}
}

// Read is what a preview takes. It takes no lock and writes nothing: of a bucket without .pulumi/meta.yaml Pulumi writes that
// file, but bootstrap's own state is in the bucket before any preview.
func (s State) Read(key string) policy.Document {
	return policy.Document{Statements: []policy.Statement{
		s.list(),
		{Sid: "StateRead", Actions: []string{"s3:GetObject"}, Resources: s.files()},
		{Sid: "StateKey", Actions: []string{"kms:Decrypt"}, Resources: []string{key}},
	}}
}

// Write is what an update takes: lock, state, history and backups of its own stack. kms:Encrypt is for the stack's own key, which
// `pulumi stack init` makes; S3 has a key for each object generated.
func (s State) Write(key string) policy.Document {
	return policy.Document{Statements: []policy.Statement{
		s.list(),
		{Sid: "StateRead", Actions: []string{"s3:GetObject"}, Resources: append(s.files(), s.past()...)},
		{Sid: "StateWrite", Actions: []string{"s3:DeleteObject", "s3:PutObject"}, Resources: append(s.files()[1:], s.past()...)},
		{Sid: "StateKey", Actions: []string{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"}, Resources: []string{key}},
	}}
}

func (s State) list() policy.Statement {
	return policy.Statement{Sid: "StateList", Actions: []string{"s3:ListBucket"}, Resources: []string{s.arn("")}}
}
