"""Checks Azure DevOps pipelines and templates against Azure Pipelines' schema.

usage: check.py SCHEMA FILE...

Prints a line a file, and what is wrong; exit status 1 when anything is.
"""

import json
import sys

import jsonschema
import yaml


def main(schema_file: str, files: list[str]) -> int:
    with open(schema_file, encoding="utf-8") as f:
        validator = jsonschema.Draft7Validator(json.load(f))
    wrong = 0
    for name in files:
        # Azure Pipelines reads every scalar as text.
        with open(name, encoding="utf-8") as f:
            definition = yaml.load(f, Loader=yaml.BaseLoader)
        error = jsonschema.exceptions.best_match(validator.iter_errors(definition))
        print(f"{name}: {'ok' if error is None else error.json_path + ': ' + error.message[:500]}")
        wrong += error is not None
    print(f"{len(files) - wrong} passed, {wrong} failed")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
