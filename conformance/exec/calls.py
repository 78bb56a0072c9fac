"""Prints what became of each call of a client, a line each:

    library TAB call TAB passes | fails: why | refused: why

A release that a library is in is a line too, with the call "release".
"""

import importlib.metadata
import re

# What is of this run alone does not belong into a table.
RANDOM = [
    (r"(?s)\s(RequestId:|Trace ID:|For troubleshooting help).*", ""),
    (r"(?s).*Native Error: ", ""),
    (r"(?s)\s+VisitError.*", ""),
    (r"\s+", " "),
]
LONGEST = 160


def show(library: str, call: str, result: str) -> None:
    print(library, call, result, sep="\t", flush=True)


def release(library: str) -> None:
    show(library, "release", importlib.metadata.version(library))


def passed(library: str, name: str, outcome: object) -> None:
    """A call passes when what it leads to is true."""
    show(library, name, "passes" if outcome else f"fails: gives {outcome!r}")


def failed(library: str, name: str, error: BaseException) -> None:
    text = str(error)
    for pattern, by in RANDOM:
        text = re.sub(pattern, by, text)
    text = text.strip()[:LONGEST].replace("|", "/")
    if isinstance(error, AssertionError):
        return show(library, name, "fails: " + text)
    refused = getattr(error, "status_code", None) == 501
    show(library, name, ("refused: " if refused else f"fails: {type(error).__name__}: ") + text)


def same(got: object, want: object) -> bool:
    """A comparison whose failure says what came."""
    assert got == want, f"gives {got!r}"
    return True


def call(library: str, name: str, do) -> None:
    try:
        passed(library, name, do())
    except Exception as error:  # the next call is tried all the same
        failed(library, name, error)


async def acall(library: str, name: str, do) -> None:
    try:
        passed(library, name, await do())
    except Exception as error:
        failed(library, name, error)
