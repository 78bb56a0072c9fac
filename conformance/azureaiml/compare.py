#!/usr/bin/env python3
"""Compares what ischia and azure-ai-ml say of each definition of the corpus.

    compare.py --ischia BINARY [--corpus FOLDER] [--write] [KIND ...]

Each disagreement stands in disagreements.md with the reason for it. One that
does not, and one that stands there and is none any more, makes this fail; so
does ischia that is not LEAST_RATIO times as fast as `load_job`, whole process
against whole process.

--write brings the table up to date, with `?` for the reasons that are to be
written; those fail as well. KIND: look at these kinds only, and do not look
for what is listed too much.
"""

import argparse
import collections
import os
import sys
import tempfile
from pathlib import Path

import corpus
import judges
import listed
import sdk
import speed

TABLE = judges.HERE / "disagreements.md"

# How many times as fast ischia has to be, at least.
LEAST_RATIO = 50


def main() -> int:
    args = arguments()
    source = Path(args.corpus).resolve()
    binary = str(Path(args.ischia).resolve())
    manifest = corpus.read_manifest(source)
    chosen = [d for d in corpus.definitions(manifest) if not args.kind or d.kind in args.kind]
    with tempfile.TemporaryDirectory() as temp:
        tree = Path(temp) / "open"
        corpus.copy_with_stubs(source, manifest, tree)
        theirs = judges.ask_client(tree, chosen)
        ours = judges.ask_ischia(binary, tree, chosen)
        ok = report(chosen, ours, theirs, args)
        ok = report_speed(binary, tree, chosen) and ok
    return 0 if ok else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", nargs="*", metavar="KIND", help="only these kinds")
    parser.add_argument("--ischia", required=True, help="the binary")
    parser.add_argument("--corpus", default=os.environ.get("ISCHIA_CORPUS", "") + "/open", help="folder with manifest.jsonl")
    parser.add_argument("--write", action="store_true", help="bring disagreements.md up to date")
    args = parser.parse_args()
    if not (Path(args.corpus) / "manifest.jsonl").is_file():
        parser.error(f"there is no manifest.jsonl in {args.corpus}: give --corpus, or set ISCHIA_CORPUS")
    if unknown := set(args.kind) - set(sdk.LOADERS):
        parser.error(f"not a kind: {', '.join(unknown)}; there are {', '.join(sdk.LOADERS)}")
    return args


def report(chosen, ours, theirs, args) -> bool:
    """Prints and checks the comparison."""
    table = listed.read(TABLE)
    found, counts = {}, collections.Counter()
    for definition, our, their in zip(chosen, ours, theirs):
        counts[definition.kind, our.accepts == their.accepts] += 1
        if our.accepts != their.accepts:
            found[definition.path] = listed.Row(definition.path, definition.kind, listed.word(our), listed.word(their))
    for kind in sorted({d.kind for d in chosen}):
        print(f"  {kind:34} agree {counts[kind, True]:4}   disagree {counts[kind, False]:3}")
    detail = {d.path: (d, our, their) for d, our, their in zip(chosen, ours, theirs)}
    if args.write:
        listed.write(TABLE, table, found, {d.path for d in chosen})
        table = listed.read(TABLE)
    problems = listed.compare(table, found, None if args.kind else set())
    for path, problem in problems:
        print(f"{problem}: {path}")
        show(detail.get(path))
    print(f"{len(found)} disagreements, {len(found) - len([p for p in problems if p[0] in found])} of them listed with a reason")
    return not problems


def show(entry) -> None:
    """Prints what the two say of one definition."""
    if entry is None:
        return
    definition, our, their = entry
    print(f"    manifest:    {definition.verdict}")
    print(f"    ischia:      {listed.word(our)} {our.reason}")
    print(f"    azure-ai-ml: {listed.word(their)} {their.reason[:600]}")


def report_speed(binary: str, tree: Path, chosen: list[corpus.Definition]) -> bool:
    """Prints and checks how much faster ischia is."""
    sample = speed.sample(chosen)
    if not sample:
        return True
    ours, theirs = speed.measure(binary, tree, sample)
    ratio = theirs / ours
    print(f"whole process, median of {len(sample)} jobs: ischia {ours * 1000:.1f} ms, azure-ai-ml {theirs * 1000:.0f} ms: {ratio:.0f}x")
    if ratio < LEAST_RATIO:
        print(f"that is below {LEAST_RATIO}x")
    return ratio >= LEAST_RATIO


if __name__ == "__main__":
    sys.exit(main())
