import argparse
import pathlib

parser = argparse.ArgumentParser()
parser.add_argument("--text")
parser.add_argument("--out", type=pathlib.Path)
args = parser.parse_args()
(args.out / "text.txt").write_text(args.text)
