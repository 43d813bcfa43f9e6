#!/bin/bash
# Prepares an AWS account for the pipeline, with an administrator's credentials: from nothing, or again after a change of
# Pulumi.account.yaml. The state of this very program belongs into the bucket that it makes. So the first time it begins in a
# file here, and is moved:
#
#   1. up, with the state in bootstrap/.state
#   2. the state is exported from there, imported into the bucket, and encrypted by the key
#   3. a preview from the bucket finds nothing to change; only then is the file put aside
#
# Wherever it stops, run it again: a file that is still there is the truth.
set -euo pipefail
cd "$(dirname "$0")"
file=$PWD/.state config=Pulumi.account.yaml

say() { echo "bootstrap: $*" >&2; }
die() { say "$*"; exit 1; }
setting() { sed -n "s/^ *paddock-bootstrap:$1: *[\"']\{0,1\}\([^\"' #]*\).*/\1/p" "$config"; }

for tool in pulumi go; do command -v "$tool" >/dev/null || die "missing $tool: see the README, Real AWS"; done
region=$(setting region)
[ -n "$region" ] || die "$config: paddock-bootstrap:region: want the AWS region, such as us-west-2"
bucket=$(setting bucket)
if [ -z "$bucket" ]; then
	account=$(aws sts get-caller-identity --region "$region" --query Account --output text) ||
		die "which account is this? Want the AWS CLI, and credentials of an administrator; or paddock-bootstrap:bucket in $config"
	bucket=paddock-state-$account
fi
url="s3://$bucket?region=$region" key="awskms://alias/paddock-state?region=$region"

# Pulumi writes into a stack file how its secrets are encrypted. The state says that too; the file is the repository's and stays
# as it is.
export PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER=true PULUMI_CONFIG_PASSPHRASE=
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp Pulumi.yaml "$work"
cp "$config" "$work/config.yaml"
in_file() { PULUMI_BACKEND_URL=file://$file "$@"; }
in_bucket() { PULUMI_BACKEND_URL=$url "$@"; }
made() { grep -Eq '"name": *"([^"]*/)?account"' <<<"$1"; }

if [ ! -d "$file/.pulumi" ]; then
	if stacks=$(in_bucket pulumi stack ls --json 2>"$work/why"); then
		made "$stacks" || die "the bucket $bucket is there, but holds no state of bootstrap. If it is somebody else's, name \
another one: paddock-bootstrap:bucket in $config. If it is yours, a former version of \
.pulumi/stacks/paddock-bootstrap/account.json is still there"
		say "the state is in $bucket"
		in_bucket pulumi up --yes --stack account --config-file "$work/config.yaml"
		./variables.sh "$url"
		exit
	fi
	if ! grep -Eq 'NoSuchBucket|NotFound|does not exist' "$work/why"; then
		cat "$work/why" >&2
		die "the bucket $bucket cannot be asked: are these an administrator's credentials, of the right account?"
	fi
	say "there is no bucket $bucket yet"
	mkdir -p "$file"
fi

say "1. up, with the state in $file"
stacks=$(in_file pulumi stack ls --json)
made "$stacks" || in_file pulumi stack init account --cwd "$work" --no-select
in_file pulumi up --yes --stack account --config-file "$work/config.yaml"
say "2. the state moves to $bucket"
in_file pulumi stack export --stack account --file "$work/state.json"
stacks=$(in_bucket pulumi stack ls --json)
made "$stacks" || in_bucket pulumi stack init account --cwd "$work" --no-select --secrets-provider "$key"
in_bucket pulumi stack import --stack account --file "$work/state.json"
in_bucket pulumi stack change-secrets-provider --stack account --cwd "$work" "$key"
say "3. nothing may be left to change"
in_bucket pulumi preview --stack account --config-file "$work/config.yaml" --expect-no-changes
mv "$file" "$file.moved.$(date +%Y%m%d%H%M%S)"
./variables.sh "$url"
