import argparse
import pathlib

parser = argparse.ArgumentParser()
parser.add_argument("--model")
parser.add_argument("--score")
args = parser.parse_args()

value = float((pathlib.Path(args.model) / "model.txt").read_text())
pathlib.Path(args.score).parent.mkdir(parents=True, exist_ok=True)
pathlib.Path(args.score).write_text(f"score,{value}\n")
print(f"accuracy 0.{int(value)}")
