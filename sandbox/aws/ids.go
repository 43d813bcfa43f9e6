package aws

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

const (
	callerRole  = "paddock-sandbox"
	creatorRole = "OrganizationAccountAccessRole" // every account that AWS Organizations makes has it
	partition   = "aws"
)

// Env is where and as whom a call is made.
type Env struct {
	Region, Account string
	Caller          string            // ARN of an IAM role; empty = nobody has signed
	Session         string            // name of its session; empty = the account's own key
	Tags            map[string]string // of the session
	RoleID          string            // unique id of the role that the session was made for; empty = the account's own key
	Expires         time.Time         // end of the session; zero = none
}

func (c *Cloud) env(region string) Env {
	e := Env{Region: region, Account: c.account}
	e.Caller = e.roleARN(callerRole)
	return e
}

func (e Env) roleARN(name string) string {
	return fmt.Sprintf("arn:%s:iam::%s:role/%s", partition, e.Account, name)
}

// arn makes the ARN of a resource of this account and region.
func (e Env) arn(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", partition, service, e.Region, e.Account, resource)
}

func hexID(prefix string, digits int) string {
	raw := make([]byte, (digits+1)/2)
	_, _ = rand.Read(raw)
	return prefix + hex.EncodeToString(raw)[:digits]
}

// ec2ID is an id as EC2 gives them today: 17 hex digits, the first a 0.
func ec2ID(prefix string) string { return hexID(prefix+"0", 16) }

// iamID is a unique id of IAM: AROA for roles, ANPA for policies, AIPA for instance profiles.
func iamID(prefix string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	return randomOf(prefix, alphabet, 17)
}

func digits(prefix string, n int) string { return randomOf(prefix, "123456789", n) }

func letters(prefix string, n int) string {
	return randomOf(prefix, "abcdefghijklmnopqrstuvwxyz0123456789", n)
}

func randomOf(prefix, alphabet string, n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw)
	for i := range raw {
		raw[i] = alphabet[int(raw[i])%len(alphabet)]
	}
	return prefix + string(raw)
}

func uuid() string {
	h := hexID("", 32)
	return strings.Join([]string{h[:8], h[8:12], "4" + h[13:16], "a" + h[17:20], h[20:]}, "-")
}
