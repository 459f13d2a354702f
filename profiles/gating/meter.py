"""What a process has used until now."""

import platform
from pathlib import Path

import psutil

from profiles.live.sampler import cpu_s

__all__ = ["Meter"]

_IS_LINUX = platform.system() == "Linux"
_MB = 1_000_000
_KB = 1_024
_PEAK = "VmHWM:"


class Meter:
    """Reads a process that runs. Raises psutil.Error when it does not any more."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._most_mb = 0.0

    def cpu_s(self) -> float:
        """Of all threads, those that have ended too; 0 when it does not run any more, which its memory tells."""
        return cpu_s(self._process)

    def rss_mb(self) -> float:
        """Resident memory now."""
        found = float(self._process.memory_info().rss / _MB)
        self._most_mb = max(self._most_mb, found)
        return found

    def rss_mb_peak(self) -> float:
        """The most since it was started on Linux, elsewhere the most that was seen here."""
        seen = self.rss_mb()
        return _peak_mb(self._process.pid) or max(seen, self._most_mb)


def _peak_mb(pid: int) -> float | None:
    if not _IS_LINUX:
        return None
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(_PEAK):
            return int(line.split()[1]) * _KB / _MB
    return None
