#!/usr/bin/env bash
# The documented REST flow with curl alone: sign in, create a workspace and what
# it needs, hand in a job, wait for it, read its log. It prints what became of
# each request, as calls.py does, and ends at the first that goes wrong.
set -euo pipefail
library="REST, with curl"
manager=https://management.azure.com
version=api-version=2024-04-01
group=$manager/subscriptions/$AZURE_SUBSCRIPTION_ID/resourceGroups/rest
workspace=$group/providers/Microsoft.MachineLearningServices/workspaces/rest
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
token=

show() { printf '%s\t%s\t%s\n' "$library" "$1" "$2"; }

# call WHAT STATUS METHOD ADDRESS [BODY] keeps the answer, which has that status.
call() {
  local status
  status=$(curl -sS --max-time 30 -X "$3" "$4" -o "$answer" -w '%{http_code}' \
    -H "Authorization: Bearer $token" -H 'Content-Type: application/json' ${5:+--data "$5"})
  if [ "$status" != "$2" ]; then
    show "$1" "fails: got $status $(tr '\n\t|' '   ' <"$answer" | cut -c 1-160), want $2"
    exit 1
  fi
  [ -z "$1" ] || show "$1" passes
}

# member NAME prints the first text of that name in the answer.
member() { sed 's/[,{}]/\n/g' "$answer" | sed -n 's/^ *"'"$1"'": *"\([^"]*\)".*/\1/p' | head -n 1; }

# wanted WHAT GOT WANT
wanted() {
  if [ "$2" != "$3" ]; then
    show "$1" "fails: got $2, want $3"
    exit 1
  fi
  show "$1" passes
}

# ends JOB STATUS waits until a job has ended.
ends() {
  local status=
  for _ in $(seq 300); do
    call "" 200 GET "$workspace/jobs/$1?$version"
    status=$(member status)
    case $status in Completed | Failed | Canceled) break ;; esac
    sleep 0.1
  done
  wanted "GET jobs/JOB, until $2" "$status" "$2"
}

# A service principal, by client credentials: version 2 of the endpoint, and 1.
login=https://login.microsoftonline.com/$AZURE_TENANT_ID
principal="grant_type=client_credentials&client_id=11111111-1111-4111-8111-111111111111&client_secret=any"
token=$(curl -sS "$login/oauth2/token" -d "$principal&resource=$manager/" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
call "POST oauth2/token, and GET subscriptions" 200 GET "$manager/subscriptions?api-version=2022-12-01"
token=$(curl -sS "$login/oauth2/v2.0/token" -d "$principal&scope=$manager/.default" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
call "POST oauth2/v2.0/token, and GET subscriptions" 200 GET "$manager/subscriptions?api-version=2022-12-01"

call "PUT resourcegroups/GROUP" 201 PUT "$manager/subscriptions/$AZURE_SUBSCRIPTION_ID/resourcegroups/rest?api-version=2021-04-01" '{"location":"local"}'
status=$(curl -sS --max-time 30 -X PUT "$workspace?$version" -D "$answer" -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" \
  -H 'Content-Type: application/json' -d '{"location":"local","identity":{"type":"systemAssigned"},"properties":{"friendlyName":"rest"}}')
case $status in 200 | 201 | 202) show "PUT workspaces/WORKSPACE" passes ;; *) wanted "PUT workspaces/WORKSPACE" "$status" 201 ;; esac
for _ in $(seq 100); do
  call "" 200 GET "$workspace?$version"
  [ "$(member provisioningState)" = Succeeded ] && break
  sleep 0.1
done
wanted "GET workspaces/WORKSPACE, until Succeeded" "$(member provisioningState)" Succeeded
call "PUT computes/CLUSTER" 201 PUT "$workspace/computes/cluster?$version" '{"location":"local","properties":{"computeType":"AmlCompute",
  "properties":{"vmSize":"Standard_D3","scaleSettings":{"maxNodeCount":1,"minNodeCount":0}}}}'
call "GET computes" 200 GET "$workspace/computes?$version"

# Code is uploaded with a signature, as the client for Python asks for it.
call "GET datastores/workspaceblobstore" 200 GET "$workspace/datastores/workspaceblobstore?$version"
container=https://$(member accountName).blob.core.windows.net/$(member containerName)
call "POST datastores/workspaceblobstore/listSecrets" 200 POST "$workspace/datastores/workspaceblobstore/listSecrets?$version" \
  '{"expirableSecret":true,"expireAfterHours":1}'
signature=$(member sasToken | sed 's/\\u0026/\&/g')
status=$(printf 'echo "code says $1"\n' | curl -sS --max-time 30 -X PUT "$container/LocalUpload/rest/say.sh?$signature" -o /dev/null -w '%{http_code}' \
  -H 'x-ms-blob-type: BlockBlob' -H 'Content-Type: text/plain' --data-binary @-)
wanted "PUT CONTAINER/BLOB, with a signature" "$status" 201
call "PUT codes/CODE/versions/1" 201 PUT "$workspace/codes/say/versions/1?$version" '{"properties":{"codeUri":"'"$container"'/LocalUpload/rest"}}'
call "PUT environments/ENVIRONMENT/versions/1" 201 PUT "$workspace/environments/any/versions/1?$version" '{"properties":{"image":"mcr.microsoft.com/azureml/x:1"}}'

id=${workspace#"$manager"}
body='{"properties":{"jobType":"Command","experimentName":"rest","codeId":"'$id'/codes/say/versions/1","environmentId":"'$id'/environments/any/versions/1",
  "computeId":"'$id'/computes/cluster","command":"sh say.sh hello"}}'
call "PUT jobs/JOB" 201 PUT "$workspace/jobs/one?$version" "$body"
ends one Completed
call "GET jobs" 200 GET "$workspace/jobs?$version"

# The log: run history says where, and a signed link reads it.
call "GET workspaces/WORKSPACE, for its discovery" 200 GET "$workspace?$version"
discovery=$(member discoveryUrl)
call "GET DISCOVERY" 200 GET "${discovery:-none}"
history=$(member history)
call "GET HISTORY/runs/JOB/details" 200 GET "$history/history/v1.0$id/runs/one/details"
link=$(sed 's/\\u0026/\&/g' "$answer" | grep -oE '"user_logs/std_log.txt": *"[^"]*"' | sed 's/.*: *"\(.*\)"/\1/' | head -n 1)
wanted "GET LOG, by the link in it" "$(curl -sS --max-time 30 "$link" | head -n 1)" "code says hello"

call "PUT jobs/JOB, to be cancelled" 201 PUT "$workspace/jobs/two?$version" "${body/sh say.sh hello/sleep 600}"
status=$(curl -sS --max-time 30 -X POST "$workspace/jobs/two/cancel?$version" -d '' -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token")
case $status in 200 | 202) show "POST jobs/JOB/cancel" passes ;; *) wanted "POST jobs/JOB/cancel" "$status" 202 ;; esac
ends two Canceled
