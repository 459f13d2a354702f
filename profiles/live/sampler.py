"""What a bot's processes weigh and do, read again and again while traffic goes on."""

import sys
import time
from pathlib import Path

import httpx
import msgspec
import psutil
import redis.asyncio

from profiles.live.arena import Arena
from reports.scrape import Scrape, parse
from service.ports import Clock

__all__ = ["EVERY_S", "Reading", "Sampler", "cpu_s"]

EVERY_S = 1.0
"""A reading costs the bot about a millisecond of CPU: that of answering /metrics."""

_MB = 1_000_000
_KB = 1_024
_OK = 200
_IS_LINUX = bool(sys.platform == "linux")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One moment: CPU time in all, memory in MB (millions of bytes), the store's memory and commands, and /metrics.

    Memory is of the service and its workers together; `pss_mb` counts shared pages by their share, and is None where
    the system does not tell it.
    """

    at_unix_s: float
    cpu_s: float
    rss_mb: float
    pss_mb: float | None
    store_mb: float
    store_commands: int
    figures: Scrape


class Sampler:
    """Reads one arena. `readings` are in the order of their times."""

    def __init__(self, place: Arena, http: httpx.AsyncClient, store: redis.asyncio.Redis, clock: Clock) -> None:
        self._place = place
        self._http = http
        self._store = store
        self._clock = clock
        self._process = psutil.Process(place.bot_pid)
        self.readings: list[Reading] = []

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            started_s = self._clock.monotonic()
            await self.read()
            await self._clock.sleep(max(0.0, EVERY_S - (self._clock.monotonic() - started_s)))

    async def read(self) -> None:
        """One reading."""
        response = await self._http.get(f"{self._place.bot_url}/metrics")
        figures = parse(response.text) if response.status_code == _OK else Scrape()
        store = {**await self._store.info("memory"), **await self._store.info("stats")}
        processes = [self._process, *self._process.children(recursive=True)]
        shares = [_pss_bytes(one.pid) for one in processes]
        self.readings.append(
            Reading(
                at_unix_s=self._clock.now(),
                cpu_s=sum(cpu_s(one) for one in processes),
                rss_mb=sum(_rss_bytes(one) for one in processes) / _MB,
                pss_mb=None if None in shares else sum(filter(None, shares)) / _MB,
                store_mb=store["used_memory"] / _MB,
                store_commands=int(store["total_commands_processed"]),
                figures=figures,
            )
        )


def cpu_s(process: psutil.Process) -> float:
    """CPU time of a process with all its threads: on Linux to the nanosecond, elsewhere to the tick."""
    try:
        return _precise_cpu_s(process.pid) if _IS_LINUX else float(sum(process.cpu_times()[:2]))
    except (OSError, psutil.NoSuchProcess):
        return 0.0


def _precise_cpu_s(pid: int) -> float:
    """By the kernel's number for the CPU clock of a process."""
    return time.clock_gettime(~pid << 3 | 2)


def _rss_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _pss_bytes(pid: int) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * _KB for line in lines if line.startswith("Pss:")), None)
