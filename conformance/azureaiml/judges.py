"""Asks azure-ai-ml and ischia about many definitions."""

import multiprocessing
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import corpus
import ischia
import sdk

HERE = Path(__file__).resolve().parent

# How the manifest names a kind, where ischia names it differently.
RENAMED = {"automlJob": "autoMLJob"}

# Set before the worker processes are forked, which inherit it.
_client = None


def ask_client(tree: Path, chosen: list[corpus.Definition]) -> list[sdk.Verdict]:
    """Asks azure-ai-ml, in as many processes as there are cores."""
    global _client
    begin = time.monotonic()
    _client = _client or sdk.load_client()
    # Some of its checks look for files from the working directory.
    os.chdir(tree)
    with multiprocessing.get_context("fork").Pool() as workers:
        verdicts = workers.map(_judge_one, chosen, chunksize=8)
    os.chdir(HERE)
    print(f"azure-ai-ml {sdk.version()} judged {len(chosen)} definitions in {time.monotonic() - begin:.1f} s")
    return verdicts


def _judge_one(definition: corpus.Definition) -> sdk.Verdict:
    return sdk.judge(_client, definition.kind, definition.path)


def ask_ischia(binary: str, tree: Path, chosen: list[corpus.Definition]) -> list[sdk.Verdict]:
    """Asks ischia, one process for each definition. Not to read one is to refuse it."""
    begin = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        verdicts = list(threads.map(lambda d: ischia.judge(binary, tree, RENAMED.get(d.kind, d.kind), d.path), chosen))
    print(f"ischia judged them in {time.monotonic() - begin:.1f} s")
    return [v or sdk.Verdict(False, "does not read it") for v in verdicts]
