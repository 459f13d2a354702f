"""Memory and CPU of one arm: the bot as a process of its own, with a real store, under the beginning of a trace.

Time is real here, so the messages come faster than in the trace, at a steady rate, and the simulated upstreams answer
at once: this pass says what the process weighs, not how long its users wait.
"""

import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import httpx
import msgspec
import psutil

from profiles.arms import ArmSpec
from profiles.crowd import Crowd
from profiles.trace import Arrival, Trace
from service.core.errors import PulseError
from service.running import Running, find_running

__all__ = [
    "MESSAGES",
    "RATE_PER_S",
    "ProcessError",
    "ProcessFigures",
    "Scene",
    "cpu_s",
    "measure_process",
    "staged",
    "steady",
    "watched",
]

_T = TypeVar("_T")

MESSAGES = 600
"""How much of the trace is replayed: its first so many messages."""

RATE_PER_S = 100.0
"""How fast: below what the process can do, so that nothing queues."""

_TIMEOUT_S = 30.0
_START_S = 20.0
_STOP_S = 15.0
_LIMITS = httpx.Limits(keepalive_expiry=2.0)  # before the bot ends an idle connection, as it does after 5 s
_SETTLE_S = 1.0
_SAMPLE_S = 0.05
_MB = 1_000_000
_SECRETS = {
    "WHATSAPP_APP_SECRET": "bench-app-secret",
    "WHATSAPP_VERIFY_TOKEN": "bench-verify-token",
    "WHATSAPP_ACCESS_TOKEN": "bench-access-token",
    "WHATSAPP_PHONE_NUMBER_ID": "15550000000",
    "FLASH_API_KEY": "bench-flash-key",
    "PULSE_ENCRYPTION_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}


class ProcessError(PulseError):
    """A process of the measurement did not start; the message has the end of what it said."""


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
            _sandbox(trace, Path(place)) as sandbox_url,
            _bot(arm, serve, sandbox_url, Path(place)) as bot,
            httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, limits=_LIMITS) as http,
        ):
            crowd = Crowd(
                http,
                webhook_url=f"{bot.url}/webhook/whatsapp",
                sandbox_url=sandbox_url,
                secret=_SECRETS["WHATSAPP_APP_SECRET"],
                trace=trace,
            )
            yield Scene(bot, crowd, http)


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


@asynccontextmanager
async def _sandbox(trace: Trace, place: Path) -> AsyncIterator[str]:
    """Flash and WhatsApp in a process of their own, with the people of the trace."""
    command = [sys.executable, "-m", "service.sandbox", "--port", "0"]
    command += ["--users", str(len(trace.population)), "--seed", str(trace.seed)]
    command += ["--access-token", _SECRETS["WHATSAPP_ACCESS_TOKEN"], "--api-key", _SECRETS["FLASH_API_KEY"]]
    command += ["--phone-number-id", _SECRETS["WHATSAPP_PHONE_NUMBER_ID"]]
    async with _child(command, dict(os.environ), place, "sandbox") as child:
        announced = await _until(lambda: child.output.read_bytes().partition(b"\n")[0] or None, child)
        yield f"http://127.0.0.1:{msgspec.json.decode(announced)['port']}"


@asynccontextmanager
async def _bot(arm: ArmSpec, serve: Sequence[str], sandbox_url: str, place: Path) -> AsyncIterator[Running]:
    """The bot as its users run it, with a store of its own."""
    data = place / "data"
    own = {"FLASH_API_URL": f"{sandbox_url}/graphql", "WHATSAPP_API_URL": sandbox_url, "PULSE_DATA_DIR": str(data)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULSE_", "REDIS_"))}
    async with _child(
        [*serve, "--port", "0", "--phase", str(arm.phase)],
        kept | _SECRETS | own | {"PULSE_SWITCHES": arm.changes},
        place,
        "bot",
    ) as child:
        yield await _until(lambda: find_running(data), child)


class _Child(NamedTuple):
    """A process of ours, and the file with what it says."""

    process: asyncio.subprocess.Process
    output: Path


@asynccontextmanager
async def _child(command: Sequence[str], environ: dict[str, str], place: Path, name: str) -> AsyncIterator[_Child]:
    """Starts a process; it is asked to stop at the end, and waited for."""
    output = place / f"{name}.log"
    with output.open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, env=environ, cwd=place)
    try:
        yield _Child(process, output)
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _until(find: Callable[[], _T | None], child: _Child) -> _T:
    """What a started process makes come true. Raises ProcessError when it ends before, or does not in time."""
    for _ in range(int(_START_S / _SAMPLE_S)):
        found = find()
        if found is not None:
            return found
        if child.process.returncode is not None:
            break
        await asyncio.sleep(_SAMPLE_S)
    text = await asyncio.to_thread(child.output.read_text, errors="replace")
    said = text.strip().splitlines() or ["nothing"]
    code = child.process.returncode
    why = f"did not start within {_START_S:g} s" if code is None else f"ended with code {code}"
    raise ProcessError(f"a process of the measurement {why}; it said: {said[-1]}")
