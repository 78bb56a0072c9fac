"""Tests of what surrounds the comparison. They need no azure-ai-ml."""

import tempfile
import time
import unittest
from pathlib import Path

import corpus
import ischia
import listed
import sdk
import variations

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
            self.assertTrue(file.read_text(encoding="utf-8").startswith("# Prose\n\n| definition " + listed.HEAD))
            self.assertEqual(listed.read(file), by_path(first, row("new")))


class Variations(unittest.TestCase):
    def read(self, text):
        with tempfile.TemporaryDirectory() as temp:
            file = Path(temp) / "v.txt"
            file.write_text(text, encoding="utf-8")
            return {v.name: (v.kind, v.lines) for v in variations.read(file)}

    def test_lines_are_taken_out_and_put_in(self):
        base = "= data thing\na: 1\nb: 2\nc: 3\n\n"
        got = self.read(base + "* last\n+d: 4\n* other\n-b: 2\n+b: 5\n+e: 6\n* shorter\n-a: 1\n-c: 3\n")
        self.assertEqual(got, {
            "thing: as it is": ("data", ["a: 1", "b: 2", "c: 3"]),
            "thing: last": ("data", ["a: 1", "b: 2", "c: 3", "d: 4"]),
            "thing: other": ("data", ["a: 1", "b: 5", "e: 6", "c: 3"]),
            "thing: shorter": ("data", ["b: 2"]),
        })

    def test_what_is_not_there_cannot_be_taken_out(self):
        with self.assertRaisesRegex(ValueError, "no line 'c: 3'"):
            self.read("= data thing\na: 1\n* other\n-c: 3\n")

    def test_nothing_is_there_twice(self):
        for text in ("* x\n+b: 2\n* x\n+c: 3\n", "* x\n+b: 2\n* y\n+b: 2\n"):
            with self.subTest(text), self.assertRaisesRegex(ValueError, "there twice"):
                self.read("= data thing\na: 1\n" + text)

    def test_ours_can_be_read(self):
        self.assertLessEqual({v.kind for v in variations.read(Path(__file__).parent / "variations.txt")}, set(sdk.LOADERS))


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
