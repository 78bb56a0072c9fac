"""Says where two clients ask for different things when they submit a pipeline.

    python compare.py THEIRS.har OURS.har [--accepted accepted.txt]

Each archive holds the requests of one submission. Names that clients make up
(of jobs, code, anonymous components and environments, folders of uploads)
cannot be the same, so what they stand for is put in their place: the component
that was sent, the files that were uploaded, by their digests. What is left is
compared field by field. accepted.txt has the differences that are right, with
the reason; one that no longer occurs is an error, as is one that is not there.
"""

import argparse
import fnmatch
import json
import re
import sys
import urllib.parse

import yaml

MANAGER = re.compile(r"^https://management\.[^/]+(/subscriptions/.*)$", re.I)
WORKSPACE = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.machinelearningservices/workspaces/[^/]+", re.I)
STORE = re.compile(r"azureml://(?:subscriptions/[^/]+/resourcegroups/[^/]+/(?:providers/[^/]+/)?workspaces/[^/]+/)?datastores/([^/]+)/paths/(.*)$", re.I)


class Archive:
    """The requests of one submission, by what they are about."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            entries = json.load(file)["log"]["entries"]
        self.bodies = {}  # what was PUT, by its path below the workspace
        self.jobs = []  # the same of jobs, in their order
        self.blobs = {}  # digests, by URL without its query
        self.containers = {}  # URL of a datastore's container, by its name
        for entry in entries:
            if entry["response"]["status"] < 300:
                self.take(entry)
        if not self.jobs:
            # What this machine does not run, it refuses; Azure does not.
            for entry in entries:
                if "/jobs/" in entry["request"]["url"]:
                    self.take(entry)

    def take(self, entry):
        request = entry["request"]
        url = urllib.parse.unquote(request["url"].split("?", 1)[0])
        query = {f["name"]: f["value"] for f in request["queryString"]}
        manager = MANAGER.match(url)
        if manager:
            self.take_managed(request, manager[1], entry["response"])
        elif request["method"] == "PUT" and ".blob." in url and "comp" not in query:
            # An empty file is uploaded without a body.
            self.blobs[url] = request.get("postData", {}).get("_sha256", "empty")

    def take_managed(self, request, path, response):
        below = WORKSPACE.sub("", path).lower()
        if request["method"] == "PUT" and request.get("postData", {}).get("text"):
            body = json.loads(request["postData"]["text"])
            self.bodies[below] = body
            if below.startswith("/jobs/"):
                self.jobs.append(body)
        elif below.startswith("/datastores"):
            for store in stores(response):
                p = store["properties"]
                if p.get("containerName"):
                    self.containers[store["name"].lower()] = (
                        f"https://{p['accountName']}.blob.{p['endpoint']}/{p['containerName']}")

    def job(self):
        """The one job that was submitted, with what its names stand for."""
        if len(self.jobs) != 1:
            raise SystemExit(f"{len(self.jobs)} jobs were submitted, one was expected")
        return self.meaning(self.jobs[0]["properties"])

    def meaning(self, value, key=""):
        if isinstance(value, dict):
            return {k: self.meaning(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [self.meaning(v, key) for v in value]
        if key == "condaFile" and isinstance(value, str):
            return {"yaml": yaml.safe_load(value)}  # its spaces and its order mean nothing
        if isinstance(value, str):
            return self.named(value, key)
        return value

    def named(self, text, key):
        """What a text stands for: something that was PUT, files, or itself."""
        below = WORKSPACE.sub("", text.removeprefix("azureml:"))
        if below != text.removeprefix("azureml:"):
            body = self.bodies.get(below.lower())
            # A component's own place, and one that was registered before, stay.
            return below if body is None else self.meaning(body["properties"])
        if text.startswith("https://") and key == "codeUri":
            return self.files(text)
        store = STORE.match(text)
        if store and "${{" not in text:
            container = self.containers.get(store[1].lower())
            files = self.files(f"{container}/{store[2]}") if container else {}
            return files or f"azureml://datastores/{store[1]}/paths/{store[2]}"
        return text

    def files(self, url):
        """Digests of the files below a URL, by their paths."""
        url = urllib.parse.unquote(url.split("?", 1)[0]).rstrip("/")
        found = {u[len(url) + 1:]: d for u, d in self.blobs.items() if u.startswith(url + "/")}
        if url in self.blobs:
            found[url.rsplit("/", 1)[1]] = self.blobs[url]
        return {"files": found} if found else {}


def stores(response):
    text = response["content"].get("text")
    answer = json.loads(text) if text else {}
    if isinstance(answer.get("value"), list):
        return answer["value"]
    return [answer] if "name" in answer else []


def flatten(value, path=""):
    """Yields the fields of a value and what is in them."""
    if isinstance(value, dict) and value:
        for key in sorted(value):
            yield from flatten(value[key], f"{path}/{key.replace('/', '~1')}")
    elif isinstance(value, list) and value:
        for i, one in enumerate(value):
            yield from flatten(one, f"{path}/{i}")
    else:
        yield path, json.dumps(value, sort_keys=True)


def differences(theirs, ours):
    """Lines "path: theirs -> ours" of the fields in which two jobs differ."""
    a, b = dict(flatten(theirs)), dict(flatten(ours))
    for path in sorted(a.keys() | b.keys()):
        if a.get(path) != b.get(path):
            yield path, a.get(path, "nothing"), b.get(path, "nothing")


def read_accepted(path):
    """Pairs of a pattern of paths (with ": THEIRS -> OURS" where it matters)
    and the reason, which stands in a comment above."""
    accepted, reason = [], []
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.strip()
            if line.startswith("#"):
                reason.append(line.lstrip("# "))
            elif not line:
                reason = []
            elif not reason:
                raise SystemExit(f"{path}: {line} has no reason above it")
            else:
                accepted.append((line, " ".join(reason)))
    return accepted


def judge(found, accepted):
    """Splits differences into those that are accepted, with reasons, and the
    rest; and names what is accepted and does not occur."""
    used, right, wrong = set(), [], []
    for path, theirs, ours in found:
        line = f"{path}: {theirs} -> {ours}"
        for pattern, reason in accepted:
            whole = pattern if ": " in pattern else pattern + ": *"
            # Brackets are letters in paths and values.
            if fnmatch.fnmatchcase(line, whole.replace("[", "[[]")):
                used.add(pattern)
                right.append((line, reason))
                break
        else:
            wrong.append(line)
    return right, wrong, [p for p, _ in accepted if p not in used]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("theirs")
    parser.add_argument("ours")
    parser.add_argument("--accepted", default="accepted.txt")
    parser.add_argument("--note", help="append the accepted patterns that occurred to this file")
    args = parser.parse_args()
    accepted = read_accepted(args.accepted)
    theirs, ours = Archive(args.theirs).job(), Archive(args.ours).job()
    right, wrong, _ = judge(differences(theirs, ours), accepted)
    for line, reason in right:
        print(f"accepted  {line}\n          {reason}")
    for line in wrong:
        print(f"DIFFERENT {line}")
    same = len(dict(flatten(theirs)).keys() & dict(flatten(ours)).keys())
    print(f"{same} fields in both, {len(right)} accepted differences, {len(wrong)} others")
    if args.note:
        with open(args.note, "a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line, _ in right)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
