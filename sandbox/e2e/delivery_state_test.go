package e2e

import "testing"

// keepsState is what a team's release does with the state of its own stack, and with that of others.
func (d *delivery) keepsState(t *testing.T) {
	k := d.desk(t, releaseJob)
	k.write(t, "Pulumi.yaml", "name: paddock-apps\nruntime: go\n")
	own, theirs := "--stack frontend-dev", "'"+stateKey+"&context_team=backend'"
	provider := "'" + stateKey + "&context_team=frontend'"
	for _, line := range []string{
		"pulumi stack init frontend-dev --secrets-provider " + provider,
		"pulumi config set --secret key open-sesame " + own,
		`test "$(pulumi config get key ` + own + `)" = open-sesame`,
		"pulumi stack export --file state.json " + own,
		"pulumi stack import --file state.json " + own, // takes the lock, and leaves history
		`test -n "$(pulumi stack output clusterName --stack organization/paddock/dev)"`,
	} {
		allowed(t, line, k.run(t, line))
	}
	for what, line := range map[string]string{
		"another team's stack":         "pulumi stack init backend-dev --secrets-provider " + provider,
		"another environment's":        "pulumi stack init frontend-prod --secrets-provider " + provider,
		"the platform's state":         "pulumi stack import --file state.json --stack organization/paddock/dev",
		"the platform's past":          "aws s3 cp s3://paddock-state-" + d.id + "/.pulumi/history/paddock/dev/ . --recursive",
		"secrets under another's name": "pulumi stack change-secrets-provider " + theirs + " " + own,
		"secrets under none":           "pulumi stack change-secrets-provider '" + stateKey + "' " + own,
		"the state's key":              "aws kms describe-key --key-id alias/paddock-state",
		"what went before":             "aws s3api list-object-versions --bucket paddock-state-" + d.id,
	} {
		refused(t, what, k.run(t, line), "AccessDenied", releaseJob.role)
	}
	refused(t, "bootstrap's state", k.run(t, "pulumi stack export --stack organization/paddock-bootstrap/account"), "PermissionDenied")
	allowed(t, "the end of its stack", k.run(t, "pulumi stack rm --yes frontend-dev"))
}
