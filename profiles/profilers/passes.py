"""One pass: an arm's own process under one profiler, driven by a trace, while nothing else of it is measured."""

import asyncio
import os
import signal
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Literal

import httpx
import msgspec
import psutil

from profiles.arms import ArmSpec
from profiles.process_run import Scene, cpu_s, staged, watched
from profiles.processes import ProcessError
from profiles.trace import Arrival, Trace
from reports.model import RunError
from reports.scrape import parse

__all__ = ["BEGIN_AT_MARK", "SERVE", "Kind", "Recorded", "Subject", "Traffic", "record", "wrapped"]

Kind = Literal["plain", "cpu", "waits", "heap", "growth", "memray", "leaks"]

BEGIN_AT_MARK = frozenset({"cpu", "waits", "growth", "leaks"})
"""Kinds that record nothing before their first mark: those that are not interested in how the bot starts."""

SERVE = (sys.executable, "-m", "pulse_cli", "serve")
"""The command that runs this version of the bot."""

_CHILD = Path(__file__).with_name("child.py")
_MARK_S = 60.0
_POLL_S = 0.02
_SETTLE_S = 1.0
_LAST_SAMPLES = 10
_MB = 1_000_000


class Subject(msgspec.Struct, frozen=True):
    """What is profiled: an arm, and the command that runs its bot, which may be another checkout's.

    The command's first word that is `-m` or ends in `.py` begins the program; what comes before it is the interpreter.
    """

    arm: ArmSpec
    serve: tuple[str, ...] = SERVE


class Traffic(msgspec.Struct, frozen=True):
    """The messages before anything is recorded, and then rounds, after each of which there is a mark."""

    trace: Trace
    rate_per_s: float
    warm_up: tuple[Arrival, ...]
    rounds: tuple[tuple[Arrival, ...], ...]

    @property
    def messages(self) -> int:
        """In all rounds."""
        return sum(map(len, self.rounds))


class Recorded(msgspec.Struct, frozen=True):
    """What a pass says of the process itself; what its profiler says is in the folder.

    `cpu_ms_per_message` and `upstream_calls` are those of the rounds alone.
    """

    cpu_ms_per_message: float
    rss_mb_settled: float
    rss_mb_peak: float
    upstream_calls: Mapping[str, float]


def wrapped(serve: Sequence[str], kind: Kind, folder: Path) -> tuple[str, ...]:
    """The command that runs the same bot under a profiler, which writes into the folder. Raises ProcessError."""
    if kind == "plain":
        return tuple(serve)
    begins = [number for number, word in enumerate(serve) if word == "-m" or word.endswith(".py")]
    if not begins or begins[0] == 0:
        raise ProcessError(
            f"the command {' '.join(serve)!r} cannot be profiled: write it as PYTHON -m MODULE or PYTHON FILE.py"
        )
    interpreter, program = serve[: begins[0]], serve[begins[0] :]
    return (*interpreter, str(_CHILD), kind, str(folder), "--", *program)


def record(
    subject: Subject, traffic: Traffic, kind: Kind, folder: Path, tick: Callable[[int], None] = lambda _sent: None
) -> Recorded:
    """Runs a pass, and ends all that it started. Raises ProcessError, CrowdError."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    return asyncio.run(_record(subject, traffic, kind, folder, tick))


async def _record(
    subject: Subject, traffic: Traffic, kind: Kind, folder: Path, tick: Callable[[int], None]
) -> Recorded:
    async with staged(subject.arm, traffic.trace, wrapped(subject.serve, kind, folder)) as scene:
        marks = _Marks(scene.bot.pid, folder, is_on=kind != "plain")
        everyone = (*traffic.warm_up, *(each for part in traffic.rounds for each in part))
        await scene.crowd.link({arrival.user for arrival in everyone})
        await scene.crowd.replay(traffic.warm_up, traffic.rate_per_s, tick)
        calls = await _upstream_calls(scene)  # before the mark: what it costs is no message's
        if kind in BEGIN_AT_MARK:
            await marks.set()
        process = psutil.Process(scene.bot.pid)
        async with watched(process) as samples:
            used_s = 0.0
            for part in traffic.rounds:
                before_s = cpu_s(process)
                await scene.crowd.replay(part, traffic.rate_per_s, tick)
                used_s += cpu_s(process) - before_s
                await asyncio.sleep(_SETTLE_S)
                await marks.set()
        after = await _upstream_calls(scene)
        return Recorded(
            cpu_ms_per_message=1000 * used_s / traffic.messages,
            rss_mb_settled=statistics.median(samples[-_LAST_SAMPLES:]) / _MB,
            rss_mb_peak=max(samples) / _MB,
            upstream_calls={name: after[name] - calls.get(name, 0.0) for name in sorted(after)},
        )


class _Marks:
    """Tells the profiled process to set a mark, and waits until it has."""

    def __init__(self, pid: int, folder: Path, *, is_on: bool) -> None:
        self._pid = pid
        self._folder = folder
        self._is_on = is_on
        self._count = 0

    async def set(self) -> None:
        """Raises ProcessError."""
        if not self._is_on:
            return
        self._count += 1
        os.kill(self._pid, signal.SIGUSR1)
        path = self._folder / f"mark-{self._count}"
        for _ in range(int(_MARK_S / _POLL_S)):
            if path.exists():
                return
            await asyncio.sleep(_POLL_S)
        raise ProcessError(f"the profiled bot has not set its mark {self._count} within {_MARK_S:g} s")


async def _upstream_calls(scene: Scene) -> dict[str, float]:
    """Requests to Flash since the start by operation; empty where the bot does not tell (item 6.1 off)."""
    try:
        answer = await scene.http.get(f"{scene.bot.url}/metrics")
        if answer.status_code != HTTPStatus.OK:
            return {}
        return parse(answer.text).by("pulse_upstream_calls_total", "operation")
    except (httpx.HTTPError, RunError):
        return {}
