"""How long a user waits: whole processes, from start to end."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from corpus import Definition
from sdk import PREVIEW

# How many definitions are measured, and how often ischia is started for each;
# the client takes seconds, so it is started once.
SAMPLE = 7
STARTS = 5

LOAD = "import sys; from azure.ai.ml import load_job; load_job(source=sys.argv[1])"


def sample(definitions: list[Definition]) -> list[Definition]:
    """Returns valid jobs from all over the corpus."""
    jobs = [d for d in definitions if d.kind in ("pipelineJob", "commandJob") and d.verdict == "VALID"]
    step = max(1, len(jobs) // SAMPLE)
    return jobs[::step][:SAMPLE]


def measure(binary: str, tree: Path, jobs: list[Definition]) -> tuple[float, float]:
    """Returns the median seconds of ischia, and of load_job."""
    ours, theirs = [], []
    for job in jobs:
        # In turn, so that both meet the same load of the machine.
        ours += [_seconds([binary, "validate", job.path], tree) for _ in range(STARTS)]
        theirs.append(_seconds([sys.executable, "-c", LOAD, job.path], tree))
    return statistics.median(ours), statistics.median(theirs)


def _seconds(command: list[str], tree: Path) -> float:
    begin = time.perf_counter()
    subprocess.run(command, cwd=tree, env=os.environ | PREVIEW, capture_output=True, check=False)
    return time.perf_counter() - begin
