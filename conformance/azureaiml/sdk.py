"""What azure-ai-ml says of a definition, offline and within this process.

A definition is accepted when its load function returns and the offline
validation of what was loaded, where it has one, finds no error.
"""

import contextlib
import gc
import importlib.metadata
import io
import logging
import os
import re
import signal
import socket
import threading
import warnings
from dataclasses import dataclass

# Without it the client does not know control flow, which the service runs.
# It is read while azure.ai.ml is imported, hence before that.
PREVIEW = {"AZURE_ML_CLI_PRIVATE_FEATURES_ENABLED": "true"}
os.environ.update(PREVIEW)

LOADERS = {
    "pipelineJob": "load_job",
    "commandJob": "load_job",
    "sweepJob": "load_job",
    "sparkJob": "load_job",
    "automlJob": "load_job",
    "commandComponent": "load_component",
    "pipelineComponent": "load_component",
    "sparkComponent": "load_component",
    "parallelComponent": "load_component",
    "automlComponent": "load_component",
    "schedule": "load_schedule",
    "data": "load_data",
    "environment": "load_environment",
    "model": "load_model",
    "datastore": "load_datastore",
    "compute": "load_compute",
    "workspace": "load_workspace",
    "batchEndpoint": "load_batch_endpoint",
    "batchDeployment": "load_batch_deployment",
    "modelBatchDeployment": "load_model_batch_deployment",
    "pipelineComponentBatchDeployment": "load_pipeline_component_batch_deployment",
}

# The longest that one definition may take.
LIMIT_SECONDS = 30


@dataclass(frozen=True)
class Verdict:
    """Whether a definition is accepted; if not, why."""

    accepts: bool
    reason: str = ""


class TooSlow(BaseException):
    """Not an Exception, so that no handler of the client swallows it."""


def load_client():
    """Imports azure-ai-ml, quietly, and keeps it from the network."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    # Not all load functions are exported.
    from azure.ai.ml.entities import _load_functions

    socket.socket.connect = _refuse_connection
    # Half of the time would go to looking for garbage among what was imported.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    return _load_functions


def _refuse_connection(*_args):
    raise OSError("there is no network here")


def judge(client, kind: str, path: str) -> Verdict:
    """Returns what the client says of the definition at path."""
    with _time_limit(LIMIT_SECONDS), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            return _load_and_validate(client, kind, path)
        except TooSlow:
            return Verdict(False, f"took longer than {LIMIT_SECONDS} s")
        except Exception as err:  # whatever it raises: it did not load
            return Verdict(False, _one_line(f"{type(err).__name__}: {err}"))


def _load_and_validate(client, kind: str, path: str) -> Verdict:
    entity = getattr(client, LOADERS[kind])(source=path)
    # Environment calls it validate, and calls it when it is sent.
    validate = getattr(entity, "_validate", None) or getattr(entity, "validate", None)
    if validate is None:
        return Verdict(True)
    try:
        result = validate()
    except NotImplementedError:
        # Monitors inherit the method, but have nothing to check; the client
        # does not call it for them.
        return Verdict(True)
    if getattr(result, "passed", True):
        return Verdict(True)
    return Verdict(False, _one_line(f"_validate: {result.error_messages}"))


@contextlib.contextmanager
def _time_limit(seconds: int):
    def give_up(_signal, _frame):
        raise TooSlow

    assert threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _one_line(text: str) -> str:
    without_colours = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return " ".join(without_colours.split())


def version() -> str:
    """Returns the version of azure-ai-ml."""
    return importlib.metadata.version("azure-ai-ml")
