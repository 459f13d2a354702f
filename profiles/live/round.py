"""One round: an arm is started, driven by a trace in real time, sampled meanwhile, and ended."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import redis.asyncio

from profiles.live.arena import Arena, LiveArm, arena
from profiles.live.generator import generate
from profiles.live.orders import Orders, Outcome, Progress
from profiles.live.sampler import Reading, Sampler
from profiles.live.traffic import letters
from profiles.processes import ProcessError
from profiles.trace import Trace
from profiles.workload_model import Workload
from service.clocks import SystemClock

__all__ = ["Round", "measure_round"]

_REST_S = 1.0
_TIMEOUT_S = 10.0


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What one round gave: the store's version, what became of each letter, and readings.

    The first reading is from before the first letter, the last from after a rest when all was over.
    """

    arm: str
    store: str
    outcome: Outcome
    readings: tuple[Reading, ...]


async def measure_round(
    arm: LiveArm,
    workload: Workload,
    trace: Trace,
    *,
    settle_s: float = 30.0,
    tick: Callable[[int], None] = lambda _sent: None,
) -> Round:
    """Starts everything, measures, ends everything. `tick` is told of messages that were sent since it was told last.

    `settle_s` is how long after the last message an answer may come. Raises ProcessError, GeneratorError.
    """
    with tempfile.TemporaryDirectory(prefix="pulse-live-") as place:
        async with arena(arm, workload, trace, Path(place)) as stage, _sampler(stage) as sampler:
            await sampler.read()
            orders = Orders(
                webhook_url=stage.webhook_url,
                secret=stage.secret,
                letters=letters(trace),
                sandbox_url=stage.sandbox_url,
                settle_s=settle_s,
            )
            async with _sampled(sampler):
                outcome = await generate(orders, _Ticks(tick).tell)
                await asyncio.sleep(_REST_S)
            try:
                await sampler.read()
            except httpx.HTTPError as error:
                raise ProcessError(f"the bot of {arm.name} stopped answering during the round: {error}") from error
            return Round(arm=arm.name, store=stage.store.version, outcome=outcome, readings=_in_order(sampler.readings))


def _in_order(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    return tuple(sorted(readings, key=lambda one: one.at_unix_s))


@asynccontextmanager
async def _sampler(stage: Arena) -> AsyncIterator[Sampler]:
    store = redis.asyncio.Redis.from_url(stage.store.url)
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as http:
            yield Sampler(stage, http, store, SystemClock())
    finally:
        await store.aclose()


@asynccontextmanager
async def _sampled(sampler: Sampler) -> AsyncIterator[None]:
    """Readings meanwhile. A bot that does not answer has none; whether it is gone shows at the end of the round."""
    task = asyncio.create_task(sampler.run(), name="sampling")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class _Ticks:
    """Totals to differences."""

    def __init__(self, tick: Callable[[int], None]) -> None:
        self._tick = tick
        self._told = 0

    def tell(self, progress: Progress) -> None:
        self._tick(progress.sent - self._told)
        self._told = progress.sent
