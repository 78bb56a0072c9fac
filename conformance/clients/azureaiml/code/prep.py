import argparse
import pathlib

parser = argparse.ArgumentParser()
parser.add_argument("--raw")
parser.add_argument("--lines", type=int)
parser.add_argument("--out")
args = parser.parse_args()

source = pathlib.Path(args.raw)
if source.is_dir():
    source = source / "rows.csv"
rows = source.read_text().splitlines()[: args.lines]
target = pathlib.Path(args.out)
target.mkdir(parents=True, exist_ok=True)
(target / "rows.csv").write_text("\n".join(rows) + "\n")
print(f"prepared {len(rows)} rows")
