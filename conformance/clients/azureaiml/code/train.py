import argparse
import pathlib

parser = argparse.ArgumentParser()
parser.add_argument("--rows")
parser.add_argument("--rate", type=float)
parser.add_argument("--model")
args = parser.parse_args()

rows = (pathlib.Path(args.rows) / "rows.csv").read_text().splitlines()
mean = sum(float(row.split(",")[1]) for row in rows) / len(rows)
target = pathlib.Path(args.model)
target.mkdir(parents=True, exist_ok=True)
(target / "model.txt").write_text(f"{mean * args.rate}\n")
outputs = pathlib.Path("outputs")
outputs.mkdir(exist_ok=True)
(outputs / "notes.txt").write_text(f"trained on {len(rows)} rows\n")
print(f"the mean is {mean}")
