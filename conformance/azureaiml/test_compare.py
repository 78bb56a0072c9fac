"""Tests of what surrounds the comparison. They need no azure-ai-ml."""

import tempfile
import time
import unittest
from pathlib import Path

import corpus
import ischia
import listed
import sdk

ACCEPTS, REFUSES = listed.word(sdk.Verdict(True)), listed.word(sdk.Verdict(False))


def row(path, ours=ACCEPTS, theirs=REFUSES, reason="because"):
    return listed.Row(path, "data", ours, theirs, reason)


def by_path(*rows):
    return {r.path: r for r in rows}


class Listed(unittest.TestCase):
    def test_what_is_listed_with_a_reason_is_no_problem(self):
        self.assertEqual(listed.compare(by_path(row("a")), by_path(row("a", reason="?")), set()), [])

    def test_problems(self):
        cases = {
            "a disagreement that is not listed": ({}, by_path(row("a"))),
            "a disagreement without a reason": (by_path(row("a", reason="?")), by_path(row("a"))),
            "listed, but no disagreement": (by_path(row("a")), {}),
        }
        for want, (table, found) in cases.items():
            with self.subTest(want):
                self.assertEqual(listed.compare(table, found, set()), [("a", want)])

    def test_the_other_way_round_is_another_disagreement(self):
        table, found = by_path(row("a")), by_path(row("a", REFUSES, ACCEPTS))
        self.assertEqual(listed.compare(table, found, set()), [("a", "a disagreement that is not listed")])

    def test_nothing_is_said_of_what_was_not_read(self):
        self.assertEqual(listed.compare(by_path(row("a")), {}, {"a"}), [])
        self.assertEqual(listed.compare(by_path(row("a")), {}, None), [])

    def test_write_keeps_prose_and_reasons(self):
        with tempfile.TemporaryDirectory() as temp:
            file = Path(temp) / "list.md"
            file.write_text("# Prose\n\n", encoding="utf-8")
            first = row("a", reason="of `x | y` and such")
            listed.write(file, by_path(first, row("gone")), by_path(row("a"), row("new")), {"a", "gone", "new"})
            self.assertTrue(file.read_text(encoding="utf-8").startswith("# Prose\n\n" + listed.HEAD))
            self.assertEqual(listed.read(file), by_path(first, row("new")))


class TimeLimit(unittest.TestCase):
    def test_no_handler_swallows_it(self):
        class Client:
            @staticmethod
            def load_data(source):
                try:
                    time.sleep(30)
                except Exception:
                    return source

        sdk.LIMIT_SECONDS, before = 1, sdk.LIMIT_SECONDS
        self.addCleanup(setattr, sdk, "LIMIT_SECONDS", before)
        verdict = sdk.judge(Client, "data", "x.yml")
        self.assertFalse(verdict.accepts)
        self.assertIn("took longer", verdict.reason)


class Ischia(unittest.TestCase):
    def judge(self, script):
        with tempfile.TemporaryDirectory() as temp:
            binary = Path(temp) / "ischia"
            binary.write_text("#!/bin/sh\n" + script, encoding="utf-8")
            binary.chmod(0o755)
            return ischia.judge(str(binary), Path(temp), "data", "x.yml")

    def test_verdicts(self):
        fault = '{"severity": "error", "code": "%s", "file": "x.yml", "line": 1, "message": "m"}'
        cases = [
            ("accepts", "", 0, True),
            ("refuses", fault % "bad-value", 1, False),
            ("does not read it", fault % ischia.UNREAD, 1, None),
            ("refuses it all the same", fault % ischia.UNREAD + "," + fault % "bad-value", 1, False),
        ]
        for name, diagnostics, status, want in cases:
            with self.subTest(name):
                verdict = self.judge(f"echo '{{\"diagnostics\": [{diagnostics}]}}'; exit {status}")
                self.assertEqual(verdict and verdict.accepts, want)

    def test_an_unknown_kind_is_not_read(self):
        self.assertIsNone(self.judge("""echo 'ERROR: "data" is not a kind' >&2; exit 2"""))

    def test_a_crash_is_no_verdict(self):
        with self.assertRaises(RuntimeError):
            self.judge("exit 3")


class Stubs(unittest.TestCase):
    def test_only_what_exists_upstream_and_lies_inside(self):
        refs = [
            {"path": "r/src", "type": "dir", "exists": True},
            {"path": "r/conda.yml", "type": "file", "exists": True},
            {"path": "r/missing.py", "type": "file", "exists": False},
            {"path": "../outside.py", "type": "file", "exists": True},
        ]
        with tempfile.TemporaryDirectory() as temp:
            source, target = Path(temp) / "source", Path(temp) / "target"
            source.mkdir()
            corpus.copy_with_stubs(source, [{"code_refs": refs, "data_refs": []}], target)
            made = sorted(str(p.relative_to(target)) for p in target.rglob("*") if p.is_file())
            self.assertEqual(made, ["r/conda.yml", "r/src/.stub"])
            self.assertFalse((Path(temp) / "outside.py").exists())


if __name__ == "__main__":
    unittest.main()
