"""Pipeline logic of the second step: split, fit, measure, write.

The classifier is scikit-learn's logistic regression behind a StandardScaler.
Scaling is learnt from the training rows only and is part of the model, so
load_model and model.predict need nothing else.

The one rule to keep: the same rows and the same ratio give the same model.
"""

import collections
import csv
import json
import os
import sys

try:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    import joblib  # comes with scikit-learn
except ModuleNotFoundError as error:
    # One line instead of a traceback: the cause is always the same.
    sys.exit(
        f"scikit-learn is not installed for {sys.executable} (no module {error.name}): "
        "run `pip install -r requirements.txt` in the starter's folder"
    )

MODEL_FILE = "model.joblib"
METRICS_FILE = "metrics.json"

# What preprocess writes: its file, and the columns that are not features.
# Every other column is taken as a feature, so a new one needs no change here.
CLEANED_FILE = "cleaned.csv"
SPLIT_COLUMN = "split_at"
CLASS_COLUMN = "species"

Table = collections.namedtuple("Table", "features values classes")


def train(input, outputs_folder, train_test_ratio):
    """Fit a model, measure it, print and write the result, return the metrics."""
    ratio = check_ratio(train_test_ratio)
    features, rows = read_rows(input)
    training, test = split(features, rows, ratio)
    print(f"train: rows: {len(rows)}, features: {', '.join(features)}")
    print(
        f"train: train_test_ratio: {ratio:g} "
        f"({len(training.values)} rows to train on, {len(test.values)} rows to test on)"
    )
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(training.values, training.classes)
    print("train: fitted multinomial logistic regression")

    metrics = evaluate(model, test)
    metrics["train_test_ratio"] = ratio
    metrics["train_rows"] = len(training.values)
    print_metrics(metrics)
    write(outputs_folder, model, metrics)
    return metrics


def load_model(path):
    """Read a model file that train wrote; load only files that you trust."""
    return joblib.load(path)


def check_ratio(value):
    """Return the ratio as a number between 0 and 1."""
    try:
        ratio = float(value)
    except ValueError:
        ratio = float("nan")
    if not 0 < ratio < 1:
        raise ValueError(
            f"train_test_ratio must lie between 0 and 1 (for example 0.75), not {value}"
        )
    return ratio


def read_rows(folder):
    """Return the names of the features, and (split_at, class, values) per row."""
    path = os.path.join(folder, CLEANED_FILE)
    if not os.path.exists(path):
        raise ValueError(f"read train_input: {path}: no such file; run the preprocess step first")
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        names = reader.fieldnames or []
        if SPLIT_COLUMN not in names or CLASS_COLUMN not in names:
            raise ValueError(f"{path}: the header line lacks {SPLIT_COLUMN} or {CLASS_COLUMN}")
        features = [name for name in names if name not in (SPLIT_COLUMN, CLASS_COLUMN)]
        rows = []
        for record in reader:
            try:
                values = [float(record[name]) for name in features]
                rows.append((float(record[SPLIT_COLUMN]), record[CLASS_COLUMN], values))
            except (TypeError, ValueError) as error:
                raise ValueError(f"{path}: line {reader.line_num}: {error}") from error
    if not rows:
        raise ValueError(f"{path}: the file has no rows")
    return features, rows


def split(features, rows, ratio):
    """Cut the rows at the ratio: those to train on and those to test on.

    Each side must hold every class, or the measures would mean nothing.
    """
    sides = []
    for side in ([r for r in rows if r[0] < ratio], [r for r in rows if r[0] >= ratio]):
        sides.append(Table(features, [r[2] for r in side], [r[1] for r in side]))
    training, test = sides
    names = sorted({row[1] for row in rows})
    if len(names) < 2:
        raise ValueError(f"the rows hold {len(names)} class; two or more are needed")
    for name in names:
        here, there = training.classes.count(name), test.classes.count(name)
        if not here or not there:
            raise ValueError(
                f"train_test_ratio {ratio:g} leaves {here} rows of class {name!r} to train on "
                f"and {there} to test on; both need at least one"
            )
    return training, test


def evaluate(model, test):
    """Measure a model on rows with a known class."""
    names = [str(name) for name in model.classes_]
    predicted = model.predict(test.values)
    confusion = confusion_matrix(test.classes, predicted, labels=names)
    precision, recall, _, support = precision_recall_fscore_support(
        test.classes, predicted, labels=names, zero_division=0
    )
    return {
        "accuracy": float(confusion.trace() / confusion.sum()),
        "log_loss": float(log_loss(test.classes, model.predict_proba(test.values), labels=names)),
        "test_rows": len(test.values),
        "classes": [
            {"class": name, "precision": float(p), "recall": float(r), "rows": int(n)}
            for name, p, r, n in zip(names, precision, recall, support)
        ],
        "confusion_matrix": confusion.tolist(),
    }


def print_metrics(metrics):
    """Show the measures."""
    correct = sum(row[k] for k, row in enumerate(metrics["confusion_matrix"]))
    print(
        f"train: accuracy: {metrics['accuracy']:.4f} ({correct} of {metrics['test_rows']}), "
        f"log loss: {metrics['log_loss']:.4f}"
    )
    names = [entry["class"] for entry in metrics["classes"]]
    print(f"train: {'class':<12} {'precision':>9} {'recall':>9} {'rows':>6}   predicted as")
    for entry, row in zip(metrics["classes"], metrics["confusion_matrix"]):
        counts = " ".join(f"{name}: {count}" for name, count in zip(names, row))
        print(
            f"train: {entry['class']:<12} {entry['precision']:9.4f} "
            f"{entry['recall']:9.4f} {entry['rows']:6d}   {counts}"
        )


def write(folder, model, metrics):
    """Store the model and its metrics."""
    os.makedirs(folder, exist_ok=True)
    model_file, metrics_file = os.path.join(folder, MODEL_FILE), os.path.join(folder, METRICS_FILE)
    joblib.dump(model, model_file)
    with open(metrics_file, "w", encoding="utf-8") as file:
        json.dump(metrics, file, indent=2)
        file.write("\n")
    print(f"train: wrote {model_file} and {metrics_file}")
