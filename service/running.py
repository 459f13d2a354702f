"""What a running service leaves in its data directory, so that the other commands find it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

__all__ = ["Running", "announced", "find_running"]

_FILE = "serve.json"


class Running(msgspec.Struct, frozen=True):
    """A service that was started here: where it listens, its store, its phase, and its sandbox if it has one."""

    pid: int
    url: str
    store_url: str
    phase: int
    sandbox_url: str | None = None


@contextmanager
def announced(data_dir: Path, running: Running) -> Iterator[None]:
    """Keeps the file for as long as the service runs."""
    path = data_dir / _FILE
    path.write_bytes(msgspec.json.encode(running))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def find_running(data_dir: Path) -> Running | None:
    """The service that runs on this data directory, None when there is none."""
    try:
        running = msgspec.json.decode((data_dir / _FILE).read_bytes(), type=Running)
        os.kill(running.pid, 0)
    except (OSError, msgspec.MsgspecError):
        return None
    return running
