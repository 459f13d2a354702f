"""A round once its bots are up: bursts, then calm traffic, for all of them at the same time, and what that showed."""

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from random import Random
from typing import NamedTuple

import httpx

from profiles.gating.contenders import Figures
from profiles.gating.cores import sharing_a_core
from profiles.gating.errors import CannotMeasure
from profiles.gating.meter import Meter
from profiles.gating.program import BURST, Program
from profiles.live.arena import Arena
from profiles.live.engine import Engine
from profiles.live.orders import Orders
from profiles.live.traffic import letters
from profiles.trace import Trace
from reports.stats import summarize
from service.clocks import SystemClock

__all__ = ["AT_ONCE", "Driven", "drive", "take_as_long"]

AT_ONCE = b"{}"
"""The latencies of upstreams that answer at once, as the sandbox reads them."""

_CONNECTIONS = 8
_AHEAD_S = 0.02
_AGAIN_S = (0.1, 0.5, 2.0)  # sooner than WhatsApp, for a round has no minutes
_ANSWER_S = 20.0
_REST_S = 0.3


class Driven(NamedTuple):
    """A bot that is up, and the latencies of its upstreams in calm traffic, as the sandbox reads them."""

    stage: Arena
    latency: bytes


class _Spent(NamedTuple):
    """CPU seconds of a burst, and messages a second until its last answer."""

    cpu_s: float
    per_s: float


async def drive(
    bots: Mapping[str, Driven], program: Program, chance: Random, http: httpx.AsyncClient
) -> dict[str, Figures]:
    """The figures of each bot, by its name. Raises CannotMeasure where a message has no answer."""
    meters = {name: Meter(one.stage.bot_pid) for name, one in bots.items()}
    with _one_core(bots):
        for trace in program.warm_up:
            await _all(bots, trace, chance)
        spent = [await _burst(bots, meters, trace, chance) for trace in program.bursts]
        await asyncio.gather(*(take_as_long(one.stage, one.latency, http) for one in bots.values()))
        calm_ms = await _all(bots, program.calm, chance)
        await asyncio.sleep(_REST_S)
    return {name: _figures(meter, [one[name] for one in spent], calm_ms[name]) for name, meter in meters.items()}


def _one_core(bots: Mapping[str, Driven]) -> AbstractContextManager[None]:
    """For the bots; what serves them has the others."""
    stages = [one.stage for one in bots.values()]
    helpers = [pid for one in stages for pid in (one.sandbox_pid, one.store.pid)]
    return sharing_a_core([one.bot_pid for one in stages], helpers)


async def _burst(
    bots: Mapping[str, Driven], meters: Mapping[str, Meter], trace: Trace, chance: Random
) -> dict[str, _Spent]:
    before_s = {name: meter.cpu_s() for name, meter in meters.items()}
    took_ms = await _all(bots, trace, chance)
    return {
        name: _Spent(meter.cpu_s() - before_s[name], 1000 * len(trace.arrivals) / max(took_ms[name]))
        for name, meter in meters.items()
    }


async def _all(bots: Mapping[str, Driven], trace: Trace, chance: Random) -> dict[str, list[float]]:
    """How long each bot took for each message, all bots at the same time, in an order that is drawn."""
    names = list(bots)
    chance.shuffle(names)
    answers = await asyncio.gather(*(_answers_ms(bots[name].stage, trace) for name in names))
    return dict(zip(names, answers, strict=True))


async def take_as_long(stage: Arena, latency: bytes, http: httpx.AsyncClient) -> None:
    """Upstreams take as long as this from now on."""
    (await http.post(f"{stage.sandbox_url}/sandbox/latency", content=latency)).raise_for_status()


async def _answers_ms(stage: Arena, trace: Trace) -> list[float]:
    """How long each message of the trace took until its answer, from the time at which it was to be sent."""
    orders = Orders(
        webhook_url=stage.webhook_url,
        secret=stage.secret,
        letters=letters(trace),
        sandbox_url=stage.sandbox_url,
        settle_s=_ANSWER_S,
        redelivery_s=_AGAIN_S,
        connections=_CONNECTIONS,
        ahead_s=_AHEAD_S,
    )
    outcome = await Engine(orders, lambda _progress: None, SystemClock()).run()
    answered = [one for one in outcome.answered_ms if one is not None]
    missing = len(orders.letters) - len(answered)
    if missing:
        raise CannotMeasure(f"{missing} of {len(orders.letters)} messages had no answer within {_ANSWER_S:g} s")
    return answered


def _figures(meter: Meter, bursts: Sequence[_Spent], calm_ms: Sequence[float]) -> Figures:
    calm = summarize(calm_ms)
    return {
        "cpu_ms_per_message": 1000 * sum(one.cpu_s for one in bursts) / (BURST * len(bursts)),
        "messages_per_s": statistics.median(one.per_s for one in bursts),
        "rss_mb_settled": meter.rss_mb(),
        "rss_mb_peak": meter.rss_mb_peak(),
        "response_ms_mean": calm.mean,
        "response_ms_p90": calm.p90,
    }
