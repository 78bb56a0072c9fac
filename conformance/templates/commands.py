"""Runs the commands of a starter's CI/CD templates, as they are written.

usage: commands.py STARTER_FOLDER

Every command that calls the driver is run with bash in the starter's folder,
with the environment that the template gives it, for each value of the
template's parameter "action". The caller sets HOME, ISCHIA_HOME and PATH.
Prints what was run; exit status 1 when a command failed, or printed no GUID
where it published.
"""

import os
import re
import subprocess
import sys

import yaml

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\Z")

# What the CI system would put in the place of its own variables.
KNOWN = {
    "$(Build.Repository.Name)": "penguins-repo",
    "$(Build.SourceBranchName)": "develop",
    "${{ github.event.repository.name }}": "penguins-repo",
    "${{ github.head_ref || github.ref_name }}": "feature/one",
}


def environment(given: dict, action: str) -> dict:
    """The variables of a step; one that is not known here is an error."""
    values = {**KNOWN, "${{ parameters.action }}": action}
    return {name: values[text] for name, text in given.items()}


def azure_devops(folder: str):
    """Yield (command, environment, action) of the template for Azure DevOps."""
    with open(os.path.join(folder, ".pipelines/templates/amlBuild.yml"), encoding="utf-8") as f:
        template = yaml.safe_load(f)
    (parameter,) = template["parameters"]
    for action in parameter["values"]:
        for step in template["steps"]:
            if "--workspace_name" in step.get("bash", ""):
                yield step["bash"], environment(step["env"], action), action


def github(folder: str):
    """Yield (command, environment, action) of the workflow for GitHub Actions."""
    with open(os.path.join(folder, ".github/workflows/aml.yml"), encoding="utf-8") as f:
        workflow = yaml.safe_load(f)
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if "--workspace_name" in step.get("run", ""):
                action = re.search(r"--action (\S+)", step["run"]).group(1)
                yield step["run"], environment(workflow["env"], action), action


def main(folder: str) -> int:
    failed = ran = 0
    for source in (azure_devops, github):
        for command, variables, action in source(folder):
            if action == "submit-experiment" and os.environ.get("ISCHIA_SKIP_SUBMIT"):
                continue
            done = subprocess.run(
                ["bash", "-c", command], cwd=folder, env={**os.environ, **variables},
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
            )
            last = (done.stdout.strip().splitlines() or [""])[-1]
            good = done.returncode == 0 and (action != "publish-pipeline" or GUID.search(last))
            print(f"{source.__name__} {action}: {'ok' if good else 'FAILED'}: {last}")
            if not good:
                print(command, done.stdout, done.stderr, sep="\n")
            ran, failed = ran + 1, failed + (not good)
    print(f"{ran - failed} passed, {failed} failed")
    return 1 if failed or ran < 4 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
