"""Memory while one long statement is made and sent, by a process of its own (item 5.3).

The process has the real parts, from Flash's pages over real sockets to the upload at WhatsApp, both of them the sandbox
in another process. Before the measurement it makes a short statement, so that code and connections are there already.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, get_args

import msgspec

from profiles.experiments.statement_child import Job

__all__ = ["ROWS", "Kind", "measure_statement", "statement_memory"]

Kind = Literal["csv", "pdf"]

ROWS = 50_000
"""All movements of the demo user whose statement it is."""

_TIMEOUT_S = 240.0
_TOKEN, _PHONE_NUMBER_ID = "experiment-token", "15550000000"


def measure_statement(kind: Kind = "csv") -> dict[str, dict[str, float]]:
    """The figures of `statement_memory` with item 5.3 off and on, by "off" and "on"."""
    return {"off": statement_memory("", kind), "on": statement_memory("5.3", kind)}


def statement_memory(switches: str, kind: Kind = "csv", rows: int = ROWS) -> dict[str, float]:
    """One arm, by the keys of the items that are on ("5.2 5.3"); in MB, which are millions of bytes.

    `rss_spike_mb`: the most resident memory, less what was resident before. `heap_spike_mb`: the same of what Python
    has allocated, in a second run, as counting changes what it counts. `workers_mb`: resident memory of worker
    processes. `document_mb`: the file. Raises RuntimeError when a process fails.
    """
    with _sandbox() as url:
        plain, traced = (
            _child(Job(url, _TOKEN, _PHONE_NUMBER_ID, kind, rows, switches, traced)) for traced in (False, True)
        )
    return {
        "rss_spike_mb": plain["rss_spike"] / 1e6,
        "heap_spike_mb": traced["heap_spike"] / 1e6,
        "workers_mb": plain["workers"] / 1e6,
        "document_mb": plain["document"] / 1e6,
    }


def _child(job: Job) -> dict[str, float]:
    command = [sys.executable, "-m", "profiles.experiments.statement_child"]
    done = subprocess.run(  # noqa: S603 - our own program
        command, input=msgspec.json.encode(job), env=_environ(), capture_output=True, check=False, timeout=_TIMEOUT_S
    )
    if done.returncode != 0:
        raise RuntimeError(f"the process that makes the statement failed: {done.stderr.decode()[-2_000:]}")
    figures: dict[str, float] = msgspec.json.decode(done.stdout)
    return figures


@contextmanager
def _sandbox() -> Iterator[str]:
    """Flash and WhatsApp with their demo users."""
    command = [sys.executable, "-m", "service.sandbox", "--port", "0", "--frozen-prices"]
    command += ["--access-token", _TOKEN, "--phone-number-id", _PHONE_NUMBER_ID]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=_environ())  # noqa: S603 - our own program
        try:
            said = process.stdout.readline() if process.stdout else b""
            if not said:
                raise RuntimeError("the sandbox did not start")
            yield f"http://127.0.0.1:{msgspec.json.decode(said)['port']}"
        finally:
            process.terminate()
            process.communicate()


def _environ() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


if __name__ == "__main__":
    print(json.dumps({kind: measure_statement(kind) for kind in get_args(Kind)}, indent=1))  # noqa: T201 - a program's result
