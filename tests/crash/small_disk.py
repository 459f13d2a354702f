"""A disk of three megabytes that only the test's processes see, and that can be filled."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

__all__ = ["SmallDisk", "small_disk"]

# The mount lives in a namespace of this process, which ends with its input; others reach it through /proc.
_MOUNT = 'mount -t tmpfs -o size=3m pulse "$1" && echo mounted && exec cat'


class SmallDisk:
    """`place` is a directory on it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._ballast = place / "ballast"

    def fill(self) -> None:
        """Nothing more fits on it."""
        with self._ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    def free(self) -> None:
        """There is room again."""
        self._ballast.unlink()


@contextlib.contextmanager
def small_disk() -> Iterator[SmallDisk]:
    """Skips the test where this machine does not let us mount anything."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here, so no disk of our own to fill")
    with tempfile.TemporaryDirectory(prefix="crash-disk-") as point:
        command = ["unshare", "-m", "--propagation", "private", "sh", "-c", _MOUNT, "sh", point]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as holder:
            assert holder.stdin is not None
            assert holder.stdout is not None
            if holder.stdout.readline() != "mounted\n":
                _, why = holder.communicate()
                pytest.skip(f"mounting is not permitted here: {why.strip()}")
            try:
                yield SmallDisk(Path(f"/proc/{holder.pid}/root{point}"))
            finally:
                holder.stdin.close()
