"""What of the client was called, and whether it did what it does on Azure.

Each test notes its calls here; what came out is written as JSON to the file
that CONFORMANCE_RESULTS names.
"""

import atexit
import contextlib
import json
import os

RESULTS: dict[str, str] = {}


@contextlib.contextmanager
def call(name: str):
    """Notes a call: passed unless the block raises, and once failed, failed."""
    try:
        yield
    except ClientFault as fault:
        RESULTS[name] = f"client's own fault: {fault}"
        return
    except BaseException as error:
        RESULTS[name] = f"fails: {type(error).__name__}"
        raise
    RESULTS.setdefault(name, "passes")


class ClientFault(Exception):
    """The client itself fails, whatever it is answered."""


@contextlib.contextmanager
def fault_of_client(version: str, error: type[Exception]):
    """Inside of a call: what one release of the client gets wrong by itself."""
    from azure.ai.ml import __version__

    try:
        yield
    except error as found:
        if __version__ != version:
            raise
        raise ClientFault(str(found)) from found


@contextlib.contextmanager
def refused(test, name: str, operation: str):
    """Notes a call that is not there: 501, with the operation's name."""
    from azure.core.exceptions import HttpResponseError

    try:
        with test.assertRaises(HttpResponseError) as caught:
            yield
        test.assertEqual(caught.exception.status_code, 501)
        test.assertIn(operation, str(caught.exception))
    except BaseException as error:
        RESULTS[name] = f"fails: {type(error).__name__}"
        raise
    RESULTS.setdefault(name, f"refused: {operation}")


def _write() -> None:
    target = os.environ.get("CONFORMANCE_RESULTS")
    if target:
        with open(target, "w", encoding="utf-8") as out:
            json.dump(RESULTS, out, indent=1, sort_keys=True)


atexit.register(_write)
