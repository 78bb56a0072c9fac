"""Pipeline logic of the first step: read, clean, encode, place in the split.

It is ordinary Python and needs nothing but the standard library. The driver
calls it in its own process when you pass --local; 01_preprocess_step.py calls
it when the step runs as a job.

The one rule to keep: the same data always gives the same file, byte for byte.
Reuse of steps, and your own peace of mind, rest on it.
"""

import collections
import csv
import hashlib
import json
import math
import os

CLEANED_FILE = "cleaned.csv"
SUMMARY_FILE = "summary.json"

# Travels with the step, so that a first run needs no data of yours.
# data/DATA.md says where it comes from.
TEST_DATASET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "penguins.csv")

# Where the pipeline reads data from, on the workspace's default datastore: the
# folder is data_path's in pipeline.yml.
DATASTORE_PATH = "folder/on/default_datastore/my_data.csv"

# The island and the year are left out on purpose: with the island the model
# would learn the map, not the bird.
CLASS_COLUMN = "species"
MEASUREMENTS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
SEX_COLUMN = "sex"

# A row's place in the split: a number between 0 and 1. train takes the rows
# below train_test_ratio to train on and the others to test on, so a new ratio
# needs no new preprocessing.
SPLIT_COLUMN = "split_at"
# Changes the shuffle; any text will do.
SPLIT_SEED = "1"


def preprocess(data_path=None, preprocess_output="preprocess_output", use_test_dataset="False"):
    """Clean a data set, print what was done, and return the output folder."""
    if parse_bool(use_test_dataset):
        data_path, source = TEST_DATASET, "penguins.csv (the test data set of this step)"
    else:
        data_path = source = check_data_path(data_path)
    try:
        cleaned, summary = clean(data_path)
    except (ValueError, csv.Error) as error:
        raise ValueError(f"clean {source}: {error}") from error
    summary["source"] = source
    print_summary(summary)

    file = write(preprocess_output, cleaned, summary)
    print(f"preprocess: wrote {file}")
    return preprocess_output


def parse_bool(text):
    """Read a boolean as Azure ML hands it to a command: "True" or "False"."""
    word = str(text).strip().lower()
    if word not in ("true", "false"):
        raise ValueError(f"use_test_dataset is True or False, not {str(text)!r}")
    return word == "true"


def check_data_path(path):
    """Return the path of a data file that is there and holds something."""
    if not path:
        raise ValueError("no data_path given; give one, or set use_test_dataset to True")
    if not os.path.exists(path):
        raise ValueError(
            f"data_path {path}: no such file; put your data at {DATASTORE_PATH} on the workspace's "
            f"default datastore, with `{upload_command()}`, or set use_test_dataset to True"
        )
    if os.path.isfile(path) and os.path.getsize(path) == 0:
        raise ValueError(f"data_path {path}: the file is empty")
    return path


def upload_command():
    """Return the command that puts a file where the pipeline reads it.

    In a step, Azure ML says in which workspace it runs.
    """
    command = f"ischia datastore upload my_data.csv {DATASTORE_PATH}"
    workspace = os.environ.get("AZUREML_ARM_WORKSPACE_NAME")
    if workspace:
        command += f" -w {workspace} -g {os.environ.get('AZUREML_ARM_RESOURCEGROUP', '')}"
    return command


def clean(path):
    """Return the rows to write, header first, and the counts."""
    summary = {"rows_read": 0, "rows_dropped": 0}
    reasons, rows = collections.Counter(), []
    # utf-8-sig: spreadsheets like to put a byte order mark first.
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file, strict=True)
        columns = locate(reader)
        for record in reader:
            if None in record or None in record.values():
                raise ValueError(f"line {reader.line_num}: wrong number of fields")
            summary["rows_read"] += 1
            row, reason = encode({name: record[key].strip() for name, key in columns.items()})
            if reason:
                reasons[reason] += 1
            else:
                rows.append(row)
    summary["rows_dropped"] = sum(reasons.values())
    summary["dropped_because"] = dict(sorted(reasons.items()))
    summary["rows_kept"] = len(rows)
    summary["rows_per_class"] = dict(sorted(collections.Counter(row[0] for row in rows).items()))
    if not rows:
        raise ValueError(f"none of {summary['rows_read']} rows can be used ({listed(reasons)})")
    header = [SPLIT_COLUMN, CLASS_COLUMN, *MEASUREMENTS, "sex_male"]
    return [header, *place_in_split(rows)], summary


def locate(reader):
    """Find the columns that are needed in the header line."""
    columns = {name.strip(): name for name in reader.fieldnames or []}
    needed = [CLASS_COLUMN, SEX_COLUMN, *MEASUREMENTS]
    missing = [name for name in needed if name not in columns]
    if missing:
        raise ValueError("the header line lacks " + ", ".join(missing))
    return {name: columns[name] for name in needed}


def encode(record):
    """Turn a record into class, measurements and sex as a number, or say why not.

    The first fault is the reason, so that the reasons add up to the rows
    dropped. Numbers keep the text they had.
    """
    if is_missing(record[CLASS_COLUMN]):
        return None, f"{CLASS_COLUMN} is missing"
    row = [record[CLASS_COLUMN]]
    for name in MEASUREMENTS:
        if is_missing(record[name]):
            return None, f"{name} is missing"
        if not is_number(record[name]):
            return None, f"{name} is not a number"
        row.append(record[name])
    sex = record[SEX_COLUMN].lower()
    if is_missing(sex):
        return None, f"{SEX_COLUMN} is missing"
    if sex not in ("male", "female"):
        return None, f"{SEX_COLUMN} is neither male nor female"
    return [*row, "1" if sex == "male" else "0"], None


def is_missing(value):
    """Know the usual ways to write "we do not know"."""
    return value.lower() in ("", "na", "nan", "null")


def is_number(value):
    """Accept plain decimal numbers only: float() would take 1_000 and inf too."""
    try:
        return math.isfinite(float(value)) and "_" not in value
    except ValueError:
        return False


def place_in_split(rows):
    """Put a place in front of every row and keep the rows' order.

    Places are given class by class, so that every class is split at the same
    ratio (the split is stratified). Rows are shuffled by a digest of what they
    say rather than by a random number: one more row in the file then leaves
    the others in their order, and the starter in Go makes the very same split.
    """
    classes = collections.defaultdict(list)
    for index, row in enumerate(rows):
        text = f"{SPLIT_SEED}:{','.join(row)}"
        classes[row[0]].append((hashlib.sha256(text.encode()).hexdigest(), index))
    placed = [None] * len(rows)
    for members in classes.values():
        for rank, (_, index) in enumerate(sorted(members)):
            placed[index] = [f"{(rank + 0.5) / len(members):.6f}", *rows[index]]
    return placed


def print_summary(summary):
    """Tell what was done."""
    print(f"preprocess: data set: {summary['source']}")
    print(f"preprocess: rows read: {summary['rows_read']}")
    reasons = f" ({listed(summary['dropped_because'])})" if summary["rows_dropped"] else ""
    print(f"preprocess: rows dropped: {summary['rows_dropped']}{reasons}")
    print(f"preprocess: rows kept: {summary['rows_kept']} ({listed(summary['rows_per_class'])})")


def listed(counts):
    """Write counts as "Adelie: 146, Gentoo: 119", sorted by name."""
    return ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))


def write(folder, cleaned, summary):
    """Store the cleaned rows and the summary; return the path of the former."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, CLEANED_FILE)
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(cleaned)
    with open(os.path.join(folder, SUMMARY_FILE), "w", encoding="utf-8") as file:
        json.dump(summary, file, indent=2)
        file.write("\n")
    return path
