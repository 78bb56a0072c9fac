#!/usr/bin/env python3
"""Compares what ischia and azure-ai-ml say of each variation of variations.txt.

    vary.py --ischia BINARY [--write] [--all]

Each is a small definition with one thing changed, so that one rule decides.
Where the two disagree, variations.md has the reason; a disagreement that does
not stand there, and one that stands there and is none any more, makes this
fail.

--write brings the table up to date, with `?` for the reasons that are to be
written. --all prints all of them, with both verdicts.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import judges
import listed
import sdk
import variations

TABLE = judges.HERE / "variations.md"


def main() -> int:
    args = arguments()
    found = variations.read(judges.HERE / "variations.txt")
    with tempfile.TemporaryDirectory() as temp:
        tree = Path(temp)
        made = variations.write(found, tree)
        theirs = judges.ask_client(tree, made)
        ours = judges.ask_ischia(str(Path(args.ischia).resolve()), tree, made)
    return 0 if report(found, ours, theirs, args) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ischia", required=True, help="the binary")
    parser.add_argument("--write", action="store_true", help="bring variations.md up to date")
    parser.add_argument("--all", action="store_true", help="print all variations")
    return parser.parse_args()


def report(found: list[variations.Variation], ours: list[sdk.Verdict], theirs: list[sdk.Verdict], args) -> bool:
    """Prints and checks the comparison."""
    table, differ = listed.read(TABLE), {}
    for v, our, their in zip(found, ours, theirs):
        if args.all:
            print(f"  {v.name:70} azure-ai-ml {listed.word(their)}, ischia {listed.word(our)}")
        if our.accepts != their.accepts:
            differ[v.name] = listed.Row(v.name, v.kind, listed.word(our), listed.word(their))
    if args.write:
        listed.write(TABLE, table, differ, set(table) | {v.name for v in found}, head="variation")
        table = listed.read(TABLE)
    problems = listed.compare(table, differ, set())
    detail = {v.name: (our, their) for v, our, their in zip(found, ours, theirs)}
    for name, problem in problems:
        print(f"{problem}: {name}")
        if name in detail:
            our, their = detail[name]
            print(f"    ischia:      {listed.word(our)} {our.reason}")
            print(f"    azure-ai-ml: {listed.word(their)} {their.reason[:400]}")
    known = len(differ) - len([p for p in problems if p[0] in differ])
    print(f"{len(found)} variations, {len(differ)} disagreements, {known} of them listed with a reason")
    return not problems


if __name__ == "__main__":
    sys.exit(main())
