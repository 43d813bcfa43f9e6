package delivery

import (
	"fmt"

	"paddock/components/policy"
)

// Where an account keeps the state of its stacks, if it is not said otherwise: bootstrap makes both.
const StateAlias = "alias/paddock-state" // of the key

// StateBucket is the bucket's name.
func StateBucket(account string) string { return "paddock-state-" + account }

// Store is where an account keeps the state of all its stacks, seen from one platform.
type Store struct {
	State        // of the platform itself
	Alias string // of the key that encrypts it all, with its alias/
}

// TeamProject is the Pulumi project of the teams' own stacks.
const TeamProject = "paddock-apps"

// TeamStack is the one that holds a team's services on the platform of a stack. Spelt out, not by a pattern: the stacks of team a
// would be those of a-b as well, and dev's role is not to get at prod's.
func TeamStack(team, platform string) string { return team + "-" + platform }

// TeamContext is the key of the encryption context that a team's stack encrypts its secrets under, with the team's name: that much
// of the account's one key is the team's. In the URL of the secrets provider it is context_team=<team>.
const TeamContext = "team"

// stateRights keep the state of the team's own stack, and read the platform's, by which the team's program knows the platform. The
// bucket may be of a name that nobody has taken yet, so it is held to the account: else whoever takes it would be given the state.
func (args *TeamArgs) stateRights() []policy.Statement {
	platform := args.State.State
	if platform.Bucket == "" {
		return nil
	}
	own := State{Partition: platform.Partition, Bucket: platform.Bucket, Project: TeamProject, Stack: TeamStack(args.Name, platform.Stack)}
	return append(policy.Document{Statements: []policy.Statement{
		own.list(),
		{Sid: "StateRead", Actions: []string{"s3:GetObject"}, Resources: append(append(own.files(), own.past()...), platform.stack())},
		{Sid: "StateWrite", Actions: []string{"s3:DeleteObject", "s3:PutObject"}, Resources: append(own.files()[1:], own.past()...)},
	}}.When(policy.StringEquals("s3:ResourceAccount", args.Account.ID)).Statements, args.stateKey(own)...)
}

// stateKey is the account's key, by its alias, since only bootstrap knows it by its ARN. What it is used for tells the encryption
// context: S3 names the bucket or the object, the team's stack the team, and stacks of platforms nothing.
func (args *TeamArgs) stateKey(own State) []policy.Statement {
	keys := []string{fmt.Sprintf("arn:%s:kms:*:%s:key/*", args.Account.Partition, args.Account.ID)}
	return policy.Document{Statements: []policy.Statement{
		{Sid: "StateObjects", Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: keys,
			Conditions: policy.StringLike("kms:EncryptionContext:aws:s3:arn", own.arn(""), own.arn("/*"))},
		{Sid: "StateSecrets", Actions: []string{"kms:Decrypt", "kms:Encrypt"}, Resources: keys,
			Conditions: policy.StringEquals("kms:EncryptionContext:"+TeamContext, args.Name)},
		{Sid: "PlatformSecrets", Actions: []string{"kms:Decrypt"}, Resources: keys,
			Conditions: policy.Conditions{"Null": {"kms:EncryptionContextKeys": {"true"}}}},
	}}.When(policy.Conditions{"ForAnyValue:StringEquals": {"kms:ResourceAliases": {args.State.Alias}}}).Statements
}
