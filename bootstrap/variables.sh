#!/bin/sh
# Prints what the pipeline's variables in GitLab are to be. With `json`, as JSON and nothing else.
#   variables.sh URL [json]
set -eu
cd "$(dirname "$0")"
export PULUMI_BACKEND_URL="${1:?the URL of the state}" PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER=true
json=$(pulumi stack output --stack account --json variables)
if [ "${2:-}" = json ]; then echo "$json"; exit; fi
echo
echo "The account is ready. Variables of the platform's project in GitLab (Settings > CI/CD); none of them is a secret:"
echo
echo "$json" | sed -n 's/^ *"\([A-Z_0-9]*\)": "\(.*\)",\{0,1\}$/  \1=\2/p'
