"""Writes docs/coverage-clients.md, or compares it with what came out.

    coverage.py NEWEST.json OLDER.json TABLE [--write]
"""

import argparse
import json
import pathlib
import sys

HEAD = """# What clients of Azure get

What the unmodified `azure-ai-ml` gets from the embedded workspace, through
`ischia exec`: the calls of `conformance/clients/azureaiml/test_client.py`, for the
newest release and an older one (`requirements.txt`, `requirements-older.txt`).

`refused` is 501 with the name that stands behind it: that of the first operation
which the call sends, as [coverage-operations.md](coverage-operations.md) has it,
or the service and path where the data plane has no names. So are all online
endpoints and their deployments, and all connections. Registries are made, listed
and deleted; a client of what is in one (`MLClient(registry_name=...)`) is
refused, and nobody's registry is there from the start, Azure's neither.
`not called` is what that release does not have.

Not as it should be: operations of the resource manager that only preview versions
of its interface have (`models.package`, `capability_hosts`) get 404, not 501; and
`workspaces.list` gives all kinds of workspaces, whichever were asked for.

CI compares this table with what comes out; `coverage.py --write` brings it up to
date.

| call | newest | older | why not |
|---|---|---|---|
"""


def table(newest: dict, older: dict) -> str:
    rows = []
    for name in sorted(newest.keys() | older.keys()):
        cells, reasons = [], []
        for results in (newest, older):
            word, _, reason = results.get(name, "not called").partition(": ")
            cells.append(word)
            if reason and reason not in reasons:
                reasons.append(reason)
        rows.append(f"| `{name}` | {cells[0]} | {cells[1]} | {'; '.join(reasons)} |")
    return HEAD + "\n".join(rows) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("newest", type=pathlib.Path)
    parser.add_argument("older", type=pathlib.Path)
    parser.add_argument("table", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    text = table(json.loads(args.newest.read_text()), json.loads(args.older.read_text()))
    if args.write:
        args.table.write_text(text)
        return 0
    if not args.table.exists() or args.table.read_text() != text:
        print(f"{args.table} is not what came out; coverage.py --write brings it up to date:\n{text}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
