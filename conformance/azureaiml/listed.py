"""The list of known disagreements: disagreements.md, read and written.

The table in it has a row for each. All around the table is prose, which is
kept as it is.
"""

from dataclasses import dataclass
from pathlib import Path

from sdk import Verdict

HEAD = "| kind | ischia | azure-ai-ml | reason |"
RULE = "|---|---|---|---|---|"
TO_WRITE = "?"


@dataclass(frozen=True)
class Row:
    """A definition of which the two say different things, and why."""

    path: str
    kind: str
    ours: str
    theirs: str
    reason: str = TO_WRITE

    def same_verdicts(self, other: "Row") -> bool:
        return (self.ours, self.theirs) == (other.ours, other.theirs)

    def __str__(self) -> str:
        return f"| `{self.path}` | {self.kind} | {self.ours} | {self.theirs} | {self.reason} |"


def word(verdict: Verdict) -> str:
    """Returns how the table words a verdict."""
    return "accepts" if verdict.accepts else "refuses"


def read(file: Path) -> dict[str, Row]:
    """Returns the rows of the table, by path."""
    rows = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split(" | ", 4)]
            row = Row(cells[0].strip("` "), *cells[1:])
            if row.path in rows:
                raise ValueError(f"{file.name} lists {row.path} twice")
            rows[row.path] = row
    return rows


def write(file: Path, table: dict[str, Row], found: dict[str, Row], looked_at: set[str], head: str = "definition") -> None:
    """Brings the table up to date: what was looked at and not found goes."""
    rows = {path: row for path, row in table.items() if path not in looked_at}
    for path, row in found.items():
        known = table.get(path)
        rows[path] = known if known and known.same_verdicts(row) else row
    prose = file.read_text(encoding="utf-8").split(f"| {head} {HEAD}")[0]
    lines = [f"| {head} {HEAD}", RULE] + [str(rows[path]) for path in sorted(rows)]
    file.write_text(prose + "\n".join(lines) + "\n", encoding="utf-8")


def compare(table: dict[str, Row], found: dict[str, Row], unread: set[str] | None) -> list[tuple[str, str]]:
    """Returns what is wrong with the table: (path, problem).

    unread are definitions of which nothing can be said; None: only some kinds
    were looked at, so that nothing can be said of what is missing in found.
    """
    problems = []
    for path, row in found.items():
        known = table.get(path)
        if known is None or not known.same_verdicts(row):
            problems.append((path, "a disagreement that is not listed"))
        elif known.reason == TO_WRITE:
            problems.append((path, "a disagreement without a reason"))
    if unread is not None:
        problems += [(path, "listed, but no disagreement") for path in table if path not in found and path not in unread]
    return problems
