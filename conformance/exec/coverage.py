"""Writes docs/coverage-exec.md, or compares it with what the clients print.

    coverage.py TABLE NEWEST OLDER [--write]

NEWEST and OLDER are what the clients print, one after the other: see calls.py.
"""

import argparse
import pathlib
import sys

HEAD = """# What other clients get

What Azure's own clients get from the embedded workspace, unmodified, through
`ischia exec`: the calls of the scripts in `conformance/exec`, for the newest release
of each and an older one. `azure-ai-ml` has [a page of its own](coverage-clients.md).

- **passes**: the call does what it does on Azure, and what comes back was looked at.
- **refused**: 501, which names the operation: the embedded workspace does not do that.
- **fails**: something else comes than on Azure.
- **not called**: that release does not have it, or an earlier call has failed that it
  needs.

What fails, and why:

- `azureml-fsspec` and `mltable` do their reading and writing in a native core
  (`azureml-dataprep-rslex`). It heeds `HTTPS_PROXY`, `NO_PROXY` and `SSL_CERT_FILE`, so paths of
  datastores (`azureml://...`) work. For a `wasbs://` address it wants to be on a compute of Azure
  ML's as soon as `MSI_ENDPOINT` is set, which it is in `ischia exec`; set `DEFAULT_IDENTITY_CLIENT_ID`
  to anything, and it takes the identity. An `https://` address it asks for without any credentials, and is
  told 403, as nothing here is public. It sends telemetry too, which is refused, and does without.
- A token that stands in a request's body, or in `x-ms-copy-source-authorization`, is not known to the
  storage: the proxy exchanges the token of the request itself and no other. So a batch of deletions
  needs a key (as the second line shows), and so does a copy from a source with a token of its own. Where
  source and target are both the workspace's, a copy needs none.
- A workspace with jobs in it is not deleted: delete the jobs first.
- Names and passwords of users are not asked for by the stand-in of Microsoft Entra ID. Azure is giving them up
  as well.
- `@azure/arm-machinelearning` 1.0.0, the only release before 2, sends nothing of a job but its type,
  whatever is in it. So it hands in no jobs, here or elsewhere.

CI compares this page with what comes out; `UPDATE_GOLDEN=1 .ci/run exec` rewrites it.
"""


def read(path: pathlib.Path) -> dict[str, dict[str, str]]:
    """What became of each call, by library. Other lines are the libraries' own."""
    found: dict[str, dict[str, str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) == 3:
            library, name, result = fields
            found.setdefault(library, {})[name] = result
    return found


def releases(newest: dict, older: dict) -> str:
    rows = [
        f"| `{library}` | {calls['release']} | {older.get(library, {}).get('release', '')} |"
        for library, calls in newest.items()
        if "release" in calls
    ]
    return "\n| library | newest | older |\n|---|---|---|\n" + "\n".join(sorted(rows)) + "\n"


def section(library: str, newest: dict[str, str], older: dict[str, str]) -> str:
    sides = [newest, older] if older else [newest]
    rows = []
    for name in [*newest, *(n for n in older if n not in newest)]:
        if name == "release":
            continue
        cells, reasons = [], []
        for side in sides:
            word, _, reason = side.get(name, "not called").partition(": ")
            cells.append(word)
            if reason and reason not in reasons:
                reasons.append(reason)
        rows.append(f"| `{name}` | {' | '.join(cells)} | {'; '.join(reasons)} |")
    if not rows:
        return ""
    head = ["call", "newest", "older", "why not"] if older else ["call", "result", "why not"]
    lines = [f"\n## {library}\n", "| " + " | ".join(head) + " |", "|---" * len(head) + "|", *rows]
    return "\n".join(lines) + "\n"


def page(newest: dict, older: dict) -> str:
    libraries = [*newest, *(name for name in older if name not in newest)]
    parts = [section(name, newest.get(name, {}), older.get(name, {})) for name in sorted(libraries, key=str.lower)]
    return HEAD + releases(newest, older) + "".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=pathlib.Path)
    parser.add_argument("newest", type=pathlib.Path)
    parser.add_argument("older", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    text = page(read(args.newest), read(args.older))
    if args.write:
        args.table.write_text(text, encoding="utf-8")
        return 0
    if not args.table.exists() or args.table.read_text(encoding="utf-8") != text:
        print(f"{args.table} is not what came out, which is:\n{text}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
