"""Memory and CPU of one arm: the bot as a process of its own, with a real store, under the beginning of a trace.

Time is real here, so the messages come faster than in the trace, at a steady rate, and the simulated upstreams answer
at once: this pass says what the process weighs, not how long its users wait.
"""

import asyncio
import statistics
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec
import psutil

from profiles.arms import ArmSpec
from profiles.crowd import Crowd
from profiles.processes import SECRETS, bot, sandbox
from profiles.trace import Arrival, Trace
from service.running import Running

__all__ = [
    "MESSAGES",
    "RATE_PER_S",
    "ProcessFigures",
    "Scene",
    "cpu_s",
    "measure_process",
    "staged",
    "steady",
    "watched",
]

MESSAGES = 600
"""How much of the trace is replayed: its first so many messages."""

RATE_PER_S = 100.0
"""How fast: below what the process can do, so that nothing queues."""

_TIMEOUT_S = 30.0
_LIMITS = httpx.Limits(keepalive_expiry=2.0)  # before the bot ends an idle connection, as it does after 5 s
_SETTLE_S = 1.0
_SAMPLE_S = 0.05
_MB = 1_000_000


class ProcessFigures(msgspec.Struct, frozen=True):
    """Resident memory in MB (millions of bytes), after the traffic and at its most, and CPU time per message."""

    rss_mb_settled: float
    rss_mb_peak: float
    cpu_ms_per_message: float
    messages: int


def measure_process(
    arm: ArmSpec, trace: Trace, serve: Sequence[str], tick: Callable[[int], None] = lambda _sent: None
) -> ProcessFigures:
    """Starts the bot by the command `serve` and measures it; ends all that it started.

    Raises ProcessError, CrowdError.
    """
    return asyncio.run(_measure(arm, trace, serve, tick))


async def _measure(arm: ArmSpec, trace: Trace, serve: Sequence[str], tick: Callable[[int], None]) -> ProcessFigures:
    arrivals = steady(trace)[:MESSAGES]
    async with staged(arm, trace, serve) as scene:
        await scene.crowd.link({arrival.user for arrival in arrivals})
        process = psutil.Process(scene.bot.pid)
        before_s = cpu_s(process)
        async with watched(process) as samples:
            await scene.crowd.replay(arrivals, RATE_PER_S, tick)
            used_s = cpu_s(process) - before_s
            await asyncio.sleep(_SETTLE_S)
        return ProcessFigures(
            rss_mb_settled=statistics.median(samples[-10:]) / _MB,
            rss_mb_peak=max(samples) / _MB,
            cpu_ms_per_message=1000 * used_s / len(arrivals),
            messages=len(arrivals),
        )


def steady(trace: Trace) -> list[Arrival]:
    """The messages of a trace that can be sent at any rate: each once, and none with an invoice to wait for."""
    return [one for one in trace.arrivals if one.duplicate_of is None and one.invoice is None]


class Scene(NamedTuple):
    """A bot that runs, those who write to it, and the client that they use."""

    bot: Running
    crowd: Crowd
    http: httpx.AsyncClient


@asynccontextmanager
async def staged(arm: ArmSpec, trace: Trace, serve: Sequence[str]) -> AsyncIterator[Scene]:
    """The bot by the command `serve`, with a sandbox of its own; ends all that it started. Raises ProcessError."""
    with tempfile.TemporaryDirectory(prefix="pulse-bench-") as place:
        async with (
            sandbox(Path(place), "--users", str(len(trace.population)), "--seed", str(trace.seed)) as (sandbox_url, _),
            bot(arm, serve, sandbox_url, Path(place)) as running,
            httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, limits=_LIMITS) as http,
        ):
            crowd = Crowd(
                http,
                webhook_url=f"{running.url}/webhook/whatsapp",
                sandbox_url=sandbox_url,
                secret=SECRETS["WHATSAPP_APP_SECRET"],
                trace=trace,
            )
            yield Scene(running, crowd, http)


def cpu_s(process: psutil.Process) -> float:
    """The processor time that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


@asynccontextmanager
async def watched(process: psutil.Process) -> AsyncIterator[list[int]]:
    """Resident bytes of the process, every 50 ms."""
    samples: list[int] = []

    async def watch() -> None:
        while True:
            samples.append(process.memory_info().rss)
            await asyncio.sleep(_SAMPLE_S)

    task = asyncio.create_task(watch(), name="memory")
    try:
        yield samples
    finally:
        task.cancel()
        await asyncio.wait([task])
