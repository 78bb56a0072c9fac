"""Small definitions, each one change away from a right one: variations.txt.

In it, `= KIND NAME` begins a right definition, and `* TITLE` a variation of it:
lines with - are taken out of it, and those with + are put in at the place of
the last that was taken out, or at the end.
"""

from dataclasses import dataclass, field
from pathlib import Path

import corpus

# What lies beside every variation.
BESIDE = {
    "src/main.py": "print()\n",
    "src/sub/other.py": "print()\n",
    "c.yml": """\
name: c
type: command
command: echo ${{inputs.x}}
environment: azureml:e:1
inputs:
  x: {type: integer}
outputs:
  o: {type: uri_folder}
""",
}


@dataclass
class Variation:
    """A definition, and what was changed to make it."""

    kind: str
    base: str
    title: str = "as it is"
    lines: list[str] = field(default_factory=list)
    # Where the next line goes; None: to the end.
    at: int | None = None

    @property
    def name(self) -> str:
        return f"{self.base}: {self.title}"

    def change(self, line: str) -> None:
        sign, text = line[0], line[1:]
        if sign == "-":
            if text not in self.lines:
                raise ValueError(f"{self.name}: the definition has no line {text!r}")
            self.at = self.lines.index(text)
            del self.lines[self.at]
        elif sign == "+":
            place = len(self.lines) if self.at is None else self.at
            self.lines.insert(place, text)
            self.at = None if self.at is None else place + 1
        else:
            raise ValueError(f"{self.name}: {line!r} begins neither with - nor with +")


def read(file: Path) -> list[Variation]:
    """Returns the variations of a file, each right definition among them."""
    found, base, current = [], None, None
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            kind, name = line[2:].split(" ", 1)
            base = current = Variation(kind, name)
            found.append(base)
        elif line.startswith("* "):
            current = Variation(base.kind, base.base, line[2:], list(base.lines))
            found.append(current)
        elif line and current is base:
            base.lines.append(line)
        elif line:
            current.change(line)
    _look_for_doubles(found)
    return found


def _look_for_doubles(found: list[Variation]) -> None:
    names, texts = set(), {}
    for v in found:
        text = (v.kind, "\n".join(v.lines))
        if v.name in names or text in texts:
            raise ValueError(f"{v.name} is there twice; see {texts.get(text, v.name)}")
        names.add(v.name)
        texts[text] = v.name


def write(found: list[Variation], tree: Path) -> list[corpus.Definition]:
    """Makes a file of each variation, and of what lies beside them."""
    for name, text in BESIDE.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8")
    made = []
    for number, v in enumerate(found):
        path = f"v{number}.yml"
        (tree / path).write_text("\n".join(v.lines) + "\n", encoding="utf-8")
        made.append(corpus.Definition(path, v.kind, ""))
    return made
