"""What ischia says of a definition: one process for each."""

import json
import subprocess
from pathlib import Path

from sdk import Verdict

UNREAD = "unsupported-kind"


def judge(binary: str, root: Path, kind: str, path: str) -> Verdict | None:
    """Returns what ischia says of the definition at path below root.

    None means that it does not read the kind, or a step of it, as yet.
    """
    command = [binary, "validate", "--kind", kind, "--format", "json", path]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode == 2 and f'"{kind}" is not a kind' in done.stderr:
        return None
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} ends with {done.returncode}: {done.stderr}")
    found = json.loads(done.stdout)["diagnostics"]
    errors = [d for d in found if d["severity"] == "error"]
    if (done.returncode == 0) != (not errors):
        raise RuntimeError(f"{' '.join(command)} ends with {done.returncode} and {len(errors)} errors")
    # A fault beside the part that is not read would be found without it too.
    faults = [d for d in errors if d["code"] != UNREAD]
    if errors and not faults:
        return None
    return Verdict(not faults, "; ".join(f"{d['file']}:{d['line']}: {d['message']} [{d['code']}]" for d in faults[:3]))
