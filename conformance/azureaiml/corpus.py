"""The corpus of real definitions: its manifest, and a copy to work on.

The corpus leaves out code and large data. Where the manifest says that it
exists upstream, the copy gets a stub, so that nobody misses it there.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Definition:
    """One line of the manifest."""

    path: str
    kind: str
    verdict: str


def read_manifest(folder: Path) -> list[dict]:
    """Returns the lines of manifest.jsonl."""
    with open(folder / "manifest.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def definitions(manifest: list[dict]) -> list[Definition]:
    """Returns the definitions that the manifest lists, in its order."""
    return [Definition(line["path"], line["kind"], line["verdict"]) for line in manifest]


def copy_with_stubs(folder: Path, manifest: list[dict], target: Path) -> None:
    """Copies the corpus to target and adds what exists upstream only."""
    shutil.copytree(folder, target)
    # Other tools read files that lie beside a definition or above it, so a
    # stub is made inside the copy only.
    root = target.resolve()
    for line in manifest:
        for ref in line["code_refs"] + line["data_refs"]:
            place = (root / ref["path"]).resolve()
            if not ref["exists"] or place.exists() or not place.is_relative_to(root):
                continue
            if ref["type"] == "dir":
                place.mkdir(parents=True)
                place = place / ".stub"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(_stub(place), encoding="utf-8")


def _stub(place: Path) -> str:
    # What is missing in YAML are conda environments; they are read, and are
    # mappings. Of the rest only the existence is looked at.
    return "name: stub\n" if place.suffix in (".yml", ".yaml") else "x"
