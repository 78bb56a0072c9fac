"""Tests of the starter: python -m unittest discover tests"""

import contextlib
import hashlib
import importlib.util
import io
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, HERE)

from steps.components import preprocess  # noqa: E402

HAS_SKLEARN = importlib.util.find_spec("sklearn") is not None

# The starter in Go has the same test with the same digest: the two clean and
# split alike, byte for byte.
CLEANED_DIGEST = "c5d8aa30c6a26fff7bb1450a8d740e1fc84c4cafe53da687332180304d8ac062"


def quietly(function, *args, **kwargs):
    """Call a function and return its result and what it printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        return function(*args, **kwargs), out.getvalue()


class Folder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name

    def run_program(self, script, *args, **environment):
        """Run a script of the starter and return the finished process."""
        command = [sys.executable, os.path.join(HERE, script), *args]
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            capture_output=True,
            text=True,
            check=False,
        )


class Preprocess(Folder):
    def test_test_dataset(self):
        result, out = quietly(
            preprocess.preprocess, preprocess_output=self.folder, use_test_dataset="True"
        )
        self.assertEqual(result, self.folder)
        self.assertIn("rows kept: 333 (Adelie: 146, Chinstrap: 68, Gentoo: 119)", out)
        with open(os.path.join(self.folder, preprocess.CLEANED_FILE), "rb") as file:
            self.assertEqual(hashlib.sha256(file.read()).hexdigest(), CLEANED_DIGEST)

    def test_bad_data(self):
        absent, empty = os.path.join(self.folder, "absent.csv"), os.path.join(self.folder, "e.csv")
        open(empty, "w", encoding="utf-8").close()
        for path, want in ((absent, "no such file"), (empty, "is empty"), (None, "no data_path")):
            with self.assertRaisesRegex(ValueError, want):
                preprocess.preprocess(path, self.folder, "False")

    def test_step_names_the_missing_file(self):
        path = os.path.join(self.folder, "my_data.csv")
        done = self.run_program(
            "steps/01_preprocess_step.py", "--data_path", path, "--preprocess_output", "out"
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn(path, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)


class Driver(Folder):
    def test_no_ischia(self):
        done = self.run_program("driver.py", "--action", "validate", ISCHIA_BIN="no-such-program")
        self.assertEqual(done.returncode, 127)
        self.assertIn("no-such-program", done.stderr)

    def test_flags_and_status_are_passed_on(self):
        # Python stands in for ischia: it gets "driver -f ..." and finds no such script.
        done = self.run_program("driver.py", "--env", "me", ISCHIA_BIN=sys.executable)
        self.assertEqual(done.returncode, 2)
        self.assertIn("driver", done.stderr)

    @unittest.skipIf(os.name == "nt", "a script stands in for ischia")
    def test_parameters(self):
        program = os.path.join(self.folder, "ischia")
        with open(program, "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\nprintf "%s\\n" "$@"\n')
        os.chmod(program, 0o755)
        for action, wanted in (
            ("submit-experiment", ["use_test_dataset=True", "train_test_ratio=0.75"]),
            ("publish-pipeline", ["use_test_dataset=False", "train_test_ratio=0.8"]),
        ):
            flags = ["--action", action, "--parameter", "train_test_ratio=0.6"]
            done = self.run_program("driver.py", *flags, ISCHIA_BIN=program)
            given = [line.removeprefix("--parameter=") for line in done.stdout.splitlines()]
            for parameter in wanted:
                self.assertIn(parameter, given)
            # The command line comes last, and wins.
            self.assertEqual(given[-1], "train_test_ratio=0.6")

    @unittest.skipUnless(HAS_SKLEARN, "scikit-learn is not installed")
    def test_local(self):
        done = self.run_program("driver.py", "--local")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("rows kept: 333", done.stdout)
        self.assertIn("accuracy: 0.9643 (81 of 84)", done.stdout)

    def test_without_sklearn_one_line(self):
        # A module in the way that fails as a missing one does.
        with open(os.path.join(self.folder, "joblib.py"), "w", encoding="utf-8") as file:
            file.write("raise ModuleNotFoundError(\"No module named 'sklearn'\", name='sklearn')\n")
        done = self.run_program("driver.py", "--local", PYTHONPATH=self.folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("pip install -r requirements.txt", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


@unittest.skipUnless(HAS_SKLEARN, "scikit-learn is not installed")
class Train(Folder):
    def setUp(self):
        super().setUp()
        quietly(preprocess.preprocess, preprocess_output=self.folder, use_test_dataset="True")

    def test_ratio_changes_counts(self):
        from steps.components import train

        for ratio, counts in ((0.5, (166, 167)), (0.75, (249, 84)), (0.8, (266, 67))):
            metrics, out = quietly(train.train, self.folder, self.folder, ratio)
            self.assertEqual((metrics["train_rows"], metrics["test_rows"]), counts)
            self.assertIn(f"({counts[0]} rows to train on, {counts[1]} rows to test on)", out)
            self.assertGreater(metrics["accuracy"], 0.9)

    def test_loaded_model_is_the_same(self):
        from steps.components import train

        metrics, _ = quietly(train.train, self.folder, self.folder, 0.75)
        model = train.load_model(os.path.join(self.folder, train.MODEL_FILE))
        _, test = train.split(*train.read_rows(self.folder), 0.75)
        again = train.evaluate(model, test)
        self.assertEqual(again["accuracy"], metrics["accuracy"])
        self.assertEqual(again["confusion_matrix"], metrics["confusion_matrix"])
        self.assertEqual(list(model.predict([[50, 15, 225, 5600, 1]])), ["Gentoo"])

    def test_bad_ratio(self):
        from steps.components import train

        for ratio in (0, 1, -0.5, 75, "most", float("nan"), 0.001, 0.999):
            with self.assertRaisesRegex(ValueError, "train_test_ratio"):
                train.train(self.folder, self.folder, ratio)


class Pins(unittest.TestCase):
    def test_conda_and_requirements_agree(self):
        with open(os.path.join(HERE, "requirements.txt"), encoding="utf-8") as file:
            pins = file.read().split()
        with open(os.path.join(HERE, "conda.yml"), encoding="utf-8") as file:
            conda = file.read()
        for pin in pins:
            self.assertIn(f"- {pin}\n", conda)


if __name__ == "__main__":
    unittest.main()
