"""Names what accepted.txt accepts and no comparison has met.

    python stale.py LINES [--accepted accepted.txt]

LINES has the accepted lines of all comparisons, as compare.py --note writes
them.
"""

import argparse
import sys

import compare


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("lines")
    parser.add_argument("--accepted", default="accepted.txt")
    args = parser.parse_args()
    with open(args.lines, encoding="utf-8") as file:
        met = [line.rstrip("\n") for line in file]
    found = []
    for line in met:
        path, _, rest = line.partition(": ")
        theirs, _, ours = rest.partition(" -> ")
        found.append((path, theirs, ours))
    _, _, stale = compare.judge(found, compare.read_accepted(args.accepted))
    for pattern in stale:
        print(f"accepted, but it does not occur: {pattern}")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
