"""Tests of the comparison itself: what is the same is, what differs is told."""

import copy
import json
import os
import tempfile
import unittest

import compare

W = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"


def put(url, body=None, digest=None, status=201):
    data = {"size": 1, "mimeType": "application/json"}
    if body is not None:
        data["text"] = json.dumps(body)
    if digest is not None:
        data["_sha256"] = digest
    return {"request": {"method": "PUT", "url": url, "queryString": [], "postData": data},
            "response": {"status": status, "content": {}}}


def submission(names, digest="d1", command="echo"):
    """A job of one step with one file of code, by a client that makes up the
    names."""
    blob = f"https://a.blob.core.windows.net/{names}-container/src"
    arm = "https://management.azure.com" + W
    return [
        put(f"{blob}/main.py", digest=digest),
        put(f"{arm}/codes/{names}/versions/1", {"properties": {"codeUri": blob}}),
        put(f"{arm}/components/azureml_anonymous/versions/{names}", {"properties": {"componentSpec": {
            "command": command, "code": f"azureml:{W}/codes/{names}/versions/1"}}}),
        put(f"{arm}/jobs/{names}", {"properties": {"jobType": "Pipeline", "jobs": {
            "s": {"componentId": f"{W}/components/azureml_anonymous/versions/{names}"}}}}),
    ]


class Compare(unittest.TestCase):
    def job(self, entries):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.har")
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"log": {"entries": entries}}, file)
            return compare.Archive(path).job()

    def differing(self, a, b):
        return [path for path, _, _ in compare.differences(self.job(a), self.job(b))]

    def test_names_do_not_matter(self):
        self.assertEqual(self.differing(submission("x"), submission("y")), [])

    def test_a_file_matters(self):
        self.assertEqual(self.differing(submission("x"), submission("x", digest="d2")),
                         ["/jobs/s/componentId/componentSpec/code/codeUri/files/main.py"])

    def test_a_field_matters(self):
        self.assertEqual(self.differing(submission("x"), submission("y", command="ls")),
                         ["/jobs/s/componentId/componentSpec/command"])

    def test_a_missing_field_matters(self):
        more = copy.deepcopy(submission("x"))
        body = json.loads(more[3]["request"]["postData"]["text"])
        body["properties"]["tags"] = {"a": "b"}
        more[3]["request"]["postData"]["text"] = json.dumps(body)
        self.assertEqual(self.differing(more, submission("y")), ["/tags/a"])

    def test_what_was_refused_does_not_count(self):
        refused = put("https://management.azure.com" + W + "/jobs/z", {"properties": {}}, status=400)
        self.assertEqual(self.differing(submission("x") + [refused], submission("y")), [])

    def test_accepted(self):
        accepted = [("/a/*", "because"), ("/b: 1 -> 2", "for"), ("/c", "stale")]
        right, wrong, stale = compare.judge([("/a/x", "1", "2"), ("/b", "1", "2"), ("/b", "1", "3")], accepted)
        self.assertEqual([line for line, _ in right], ["/a/x: 1 -> 2", "/b: 1 -> 2"])
        self.assertEqual(wrong, ["/b: 1 -> 3"])
        self.assertEqual(stale, ["/c"])


if __name__ == "__main__":
    unittest.main()
