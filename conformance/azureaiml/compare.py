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
import multiprocessing
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import corpus
import ischia
import listed
import sdk
import speed

HERE = Path(__file__).resolve().parent

# The kinds that ischia reads. Those that are missing here are not compared; once
# none is, not to read a definition is to refuse it.
KINDS = ["pipelineJob", "commandJob", "commandComponent", "pipelineComponent"]

# How the manifest names a kind, where ischia names it differently.
RENAMED = {"automlJob": "autoMLJob"}

# How many times as fast ischia has to be, at least.
LEAST_RATIO = 50

# Set before the worker processes are forked, which inherit it.
_client = None


def main() -> int:
    args = arguments()
    source = Path(args.corpus).resolve()
    binary = str(Path(args.ischia).resolve())
    manifest = corpus.read_manifest(source)
    kinds = args.kind or KINDS
    chosen = [d for d in corpus.definitions(manifest) if d.kind in kinds]
    with tempfile.TemporaryDirectory() as temp:
        tree = Path(temp) / "open"
        corpus.copy_with_stubs(source, manifest, tree)
        theirs = judge_with_client(tree, chosen)
        ours = judge_with_ischia(binary, tree, chosen)
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


def judge_with_client(tree: Path, chosen: list[corpus.Definition]) -> list[sdk.Verdict]:
    """Asks azure-ai-ml, in as many processes as there are cores."""
    global _client
    begin = time.monotonic()
    _client = sdk.load_client()
    # Some of its checks look for files from the working directory.
    os.chdir(tree)
    with multiprocessing.get_context("fork").Pool() as workers:
        verdicts = workers.map(_judge_one, chosen, chunksize=8)
    os.chdir(HERE)
    print(f"azure-ai-ml {sdk.version()} judged {len(chosen)} definitions in {time.monotonic() - begin:.1f} s")
    return verdicts


def _judge_one(definition: corpus.Definition) -> sdk.Verdict:
    return sdk.judge(_client, definition.kind, definition.path)


def judge_with_ischia(binary: str, tree: Path, chosen: list[corpus.Definition]) -> list[sdk.Verdict | None]:
    """Asks ischia, one process for each definition."""
    begin = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        verdicts = list(threads.map(lambda d: ischia.judge(binary, tree, RENAMED.get(d.kind, d.kind), d.path), chosen))
    print(f"ischia judged them in {time.monotonic() - begin:.1f} s")
    if set(KINDS) == set(sdk.LOADERS):
        verdicts = [v or sdk.Verdict(False, "does not read it") for v in verdicts]
    return verdicts


def report(chosen, ours, theirs, args) -> bool:
    """Prints and checks the comparison."""
    table = listed.read(HERE / "disagreements.md")
    found, unread, counts = {}, [], collections.Counter()
    for definition, our, their in zip(chosen, ours, theirs):
        if our is None:
            unread.append(definition)
            continue
        counts[definition.kind, our.accepts == their.accepts] += 1
        if our.accepts != their.accepts:
            found[definition.path] = listed.Row(definition.path, definition.kind, listed.word(our), listed.word(their))
    for kind in sorted({d.kind for d in chosen}):
        print(f"  {kind:34} agree {counts[kind, True]:4}   disagree {counts[kind, False]:3}")
    if unread:
        print(f"  ischia does not read {len(unread)} of them yet, or a step in them")
    detail = {d.path: (d, our, their) for d, our, their in zip(chosen, ours, theirs)}
    if args.write:
        listed.write(HERE / "disagreements.md", table, found, {d.path for d in chosen})
        table = listed.read(HERE / "disagreements.md")
    problems = listed.compare(table, found, None if args.kind else {d.path for d in unread})
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
    print(f"    ischia:      {listed.word(our)} {our.reason if our else ''}")
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
