"""Plays a Data Factory pipeline against an embedded workspace.

usage: factory.py PIPELINE_JSON MARKER_FILE URL TOKEN WORKSPACE_ARM_ID NAME=VALUE...

Both ways of the pipeline are played, whichever of them is active: the Lookup of
the marker with the Execute Pipeline activity, whose HTTP calls are those that
Data Factory makes of it, and the Web activities with their expressions.
NAME=VALUE are arguments of the Data Factory pipeline. Exit status 1 when a run
does not complete.
"""

import csv
import json
import re
import sys
import time
import urllib.error
import urllib.request


class Factory:
    """The state of one run of a pipeline."""

    def __init__(self, url, token, workspace, parameters):
        self.url, self.token, self.workspace = url, token, workspace
        self.parameters, self.outputs, self.variables = parameters, {}, {}

    def call(self, method, address, body=None, headers=None):
        """Send a request as the factory's identity; return the JSON answer."""
        data = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(address, data=data, method=method, headers={
            "Authorization": "Bearer " + self.token, "Content-Type": "application/json", **(headers or {}),
        })
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as err:
            raise SystemExit(f"{method} {address}: {err.code} {err.read().decode()[:600]}") from err

    def value(self, what):
        """Evaluate {"value", "type": "Expression"}; anything else is itself."""
        if not isinstance(what, dict) or what.get("type") != "Expression":
            return what
        text = what["value"]
        if text.startswith("@") and not text.startswith("@{"):
            return self.expression(text[1:])
        return re.sub(r"@\{([^}]*)\}", lambda m: str(self.expression(m.group(1))), text)

    def expression(self, text):
        """The few functions that the generated pipelines use."""
        text = text.strip()
        if text.startswith("'"):
            return text[1:-1]
        if m := re.fullmatch(r"pipeline\(\)\.parameters\.(\w+)", text):
            return self.parameters[m.group(1)]
        if m := re.fullmatch(r"variables\('(\w+)'\)", text):
            return self.variables[m.group(1)]
        if m := re.fullmatch(r"activity\('(\w+)'\)\.output\.([\w.]+)", text):
            found = self.outputs[m.group(1)]
            for part in m.group(2).split("."):
                found = found[part]
            return found
        name, _, rest = text.partition("(")
        arguments = [self.expression(a) for a in split(rest[:-1])]
        functions = {
            "concat": lambda *a: "".join(a), "createArray": lambda *a: list(a), "contains": lambda a, b: b in a,
            "equals": lambda a, b: a == b, "not": lambda a: not a,
        }
        return functions[name](*arguments)

    def run(self, activities):
        """Run activities one after the other; the generated ones stand in order."""
        for activity in activities:
            getattr(self, activity["type"])(activity, activity["typeProperties"])

    def Lookup(self, activity, properties):  # noqa: N802: the names are Data Factory's
        with open(self.marker, encoding="utf-8", newline="") as f:
            rows = list(csv.DictReader(f))
        assert properties["firstRowOnly"] and len(rows) == 1, rows
        self.outputs[activity["name"]] = {"firstRow": rows[0]}

    def AzureMLExecutePipeline(self, activity, properties):  # noqa: N802
        base = f"{self.url}/pipelines/v1.0{self.workspace}/PipelineRuns"
        run = self.call("POST", f"{base}/PipelineSubmit/{self.value(properties['mlPipelineId'])}", {
            "ExperimentName": properties["experimentName"],
            "ParameterAssignments": {k: self.value(v) for k, v in properties["mlPipelineParameters"].items()},
            "ContinueOnStepFailure": properties["continueOnStepFailure"], "RunSource": "API",
        })
        status = self.wait(lambda: self.call("GET", f"{self.url}/history/v1.0{self.workspace}/runs/{run['Id']}/details")["status"])
        self.outputs[activity["name"]] = run
        print(f"{activity['name']}: run {run['Id']} {status}")
        assert status == "Completed", status

    def WebActivity(self, activity, properties):  # noqa: N802
        body = self.value(properties["body"]) if "body" in properties else None
        self.outputs[activity["name"]] = self.call(properties["method"], self.value(properties["url"]), body, properties["headers"])

    def SetVariable(self, _, properties):  # noqa: N802
        self.variables[properties["variableName"]] = self.value(properties["value"])

    def Wait(self, _, properties):  # noqa: N802
        time.sleep(min(0.2, properties["waitTimeInSeconds"]))

    def Until(self, activity, properties):  # noqa: N802
        for _ in range(600):
            self.run(properties["activities"])
            if self.value(properties["expression"]):
                print(f"{activity['name']}: {self.variables['status']}")
                return
        raise SystemExit(f"{activity['name']}: it never ended")

    def IfCondition(self, _, properties):  # noqa: N802
        if self.value(properties["expression"]):
            self.run(properties["ifTrueActivities"])

    def Fail(self, _, properties):  # noqa: N802
        raise SystemExit(self.value(properties["message"]))

    @staticmethod
    def wait(ask):
        """Poll until a run has ended."""
        for _ in range(600):
            if (status := ask()) in ("Completed", "Failed", "Canceled"):
                return status
            time.sleep(0.2)
        raise SystemExit("the run never ended")


def split(text):
    """Split arguments at the commas that are in no brackets or quotes."""
    parts, depth, quoted, current = [], 0, False, ""
    for c in text:
        quoted ^= c == "'"
        depth += 0 if quoted else (c == "(") - (c == ")")
        if c == "," and not depth and not quoted:
            parts, current = [*parts, current], ""
        else:
            current += c
    return [p for p in [*parts, current] if p.strip()]


def main(pipeline_file, marker, url, token, workspace, *arguments):
    with open(pipeline_file, encoding="utf-8") as f:
        properties = json.load(f)["properties"]
    parameters = {name: p["defaultValue"] for name, p in properties["parameters"].items()}
    parameters.update(a.split("=", 1) for a in arguments)
    factory = Factory(url, token, workspace, parameters)
    factory.marker = marker
    factory.variables = {name: v["defaultValue"] for name, v in properties["variables"].items()}
    active = [a["name"] for a in properties["activities"] if a.get("state") != "Inactive"]
    print("active:", ", ".join(active))
    factory.run(properties["activities"])
    assert {"LookupPublishedPipeline", "ExecutePublishedPipeline", "InvokeBatchEndpoint"} <= set(factory.outputs), factory.outputs
    print("2 passed, 0 failed")


if __name__ == "__main__":
    main(*sys.argv[1:])
