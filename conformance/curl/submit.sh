#!/usr/bin/env bash
# What Data Factory does with a published pipeline, with curl alone:
#
#   submit.sh URL TOKEN WORKSPACE GUID
#
# URL is the address that `ischia serve` prints, TOKEN what is in the home's file
# token, WORKSPACE the ARM id of the workspace, GUID what `publish-pipeline` and
# the marker say. The pipeline is that of the starter. The last line is the name
# of the job, which has completed.
set -euo pipefail
url=$1 token=$2 workspace=$3 guid=$4
pipelines=$url/pipelines/v1.0$workspace

fail() {
  echo "fails: $*" >&2
  exit 1
}

# call STATUS METHOD ADDRESS [BODY] prints the answer, which has that status.
call() {
  local answer status
  answer=$(curl -sS --noproxy '*' --max-time 30 -X "$2" "$3" -w '\n%{http_code}' \
    -H "Authorization: Bearer $token" ${4:+--data "$4"})
  status=${answer##*$'\n'}
  [ "$status" = "$1" ] || fail "$2 ${3#"$url"}: got $answer, want $1"
  echo "${answer%$'\n'*}"
}

# member NAME prints a text of the JSON object on standard input.
member() { sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p' | head -n 1; }

# submit BODY prints the name of the job.
submit() {
  local name
  name=$(call 200 POST "$pipelines/PipelineRuns/PipelineSubmit/$guid" "$1" | member Id)
  [ -n "$name" ] || fail "the answer to a submission has no Id"
  echo "$name"
}

# ends NAME STATUS... waits until the job has ended, with one of these.
ends() {
  local status= name=$1
  shift
  for _ in $(seq 600); do
    status=$(call 200 GET "$url/history/v1.0$workspace/runs/$name/details" | member status)
    case $status in
      Completed | Failed | Canceled) break ;;
    esac
    sleep 0.1
  done
  [[ " $* " == *" $status "* ]] || fail "job $name is $status, want $*"
}

# Which parameters there are, without running anything.
call 200 GET "$pipelines/Pipelines/$guid" | grep -q '"train_test_ratio"' || fail "the parameters are not told"

# Without the token, and of what is not there, nothing is run.
right=$token
token=wrong
call 401 POST "$pipelines/PipelineRuns/PipelineSubmit/$guid" '{}' >/dev/null
token=$right
call 404 POST "$pipelines/PipelineRuns/PipelineSubmit/00000000-0000-4000-8000-000000000000" '{}' >/dev/null
call 400 POST "$pipelines/PipelineRuns/PipelineSubmit/$guid" '{"ParameterAssignments":{"train_test_ration":"0.6"}}' >/dev/null

job=$(submit '{
  "ExperimentName": "from-curl",
  "ParameterAssignments": {"use_test_dataset": "True", "train_test_ratio": 0.6}
}')
ends "$job" Completed
[ "$(call 200 GET "$pipelines/PipelineRuns/$job" | member StatusCode)" = Finished ] || fail "job $job is not Finished"

# One that is cancelled, unless it is faster.
other=$(submit '{"ExperimentName": "from-curl", "ParameterAssignments": {"use_test_dataset": "True"}}')
call 200 POST "$pipelines/PipelineRuns/$other/Cancel" >/dev/null
ends "$other" Canceled Completed

# Disabled it runs nothing, until it is enabled.
call 200 POST "$pipelines/Pipelines/$guid/Disable" >/dev/null
call 400 POST "$pipelines/PipelineRuns/PipelineSubmit/$guid" '{}' >/dev/null
call 200 POST "$pipelines/Pipelines/$guid/Enable" >/dev/null

echo "$job"
