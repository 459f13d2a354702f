"""One round of timed figures: every contender as a process that was started anew, driven by the same messages in turns.

What a process is like (where its memory lies, how its strings hash) moves its CPU time by percents for as long as it
lives, so a round is a fresh start of all of them. Within a round they take turns, in an order that is drawn anew each
time, so that what changes on the machine meets all of them.
"""

import asyncio
import platform
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar

import httpx
import msgspec
import psutil

from profiles.arms import ArmSpec
from profiles.crowd import Crowd
from profiles.gating import burn
from profiles.gating.checkouts import Checkout
from profiles.gating.errors import CannotMeasure
from profiles.processes import SECRETS, bot, sandbox
from profiles.trace import Arrival, Trace
from service.core.errors import PulseError

__all__ = ["METRICS", "Contender", "Figures", "MeasureRound", "once_more", "one_round", "turns_of"]

METRICS = ("cpu_ms_per_message", "rss_mb_settled")
"""What a round measures of each contender."""

Figures = dict[str, float]
"""Values by the key of their metric."""

MeasureRound = Callable[[int], Mapping[str, Figures]]
"""The figures of every contender in a round, by its name. Raises CannotMeasure."""

_T = TypeVar("_T")

_IS_LINUX = platform.system() == "Linux"
_WARM_UP = 2
_TURNS = 8
_MESSAGES = 25  # short turns: what changes on the machine meets neighbours alike
_RATE_PER_S = 200.0
_SETTLE_S = 0.3
_TIMEOUT_S = 30.0
_LIMITS = httpx.Limits(keepalive_expiry=2.0)  # a bot that waits for its turn ends idle connections after 5 s
_MB = 1_000_000


class Contender(msgspec.Struct, frozen=True):
    """A bot to be measured: a checkout's code, and the share of CPU time that is burned beside it."""

    name: str
    checkout: Checkout
    burned: float = 0.0

    @property
    def serve(self) -> tuple[str, ...]:
        """The command that runs it."""
        if self.burned:
            return (self.checkout.python, burn.__file__, f"{self.burned:g}", "serve")
        return (self.checkout.python, "-m", "pulse_cli", "serve")


class _Running(NamedTuple):
    """A bot that is up, its users, and the CPU time of each of its turns."""

    process: psutil.Process
    crowd: Crowd
    cpu_s: list[float]


def turns_of(trace: Trace, number: int) -> list[list[Arrival]]:
    """The messages of a round: turns to warm up, and those that are measured.

    Rounds go through the trace; when it ends they begin again, as new messages.
    """
    usable = [one for one in trace.arrivals if one.duplicate_of is None and one.invoice is None]
    messages = (_WARM_UP + _TURNS) * _MESSAGES
    places = range(number * messages, (number + 1) * messages)
    found = [_again(usable[place % len(usable)], place // len(usable)) for place in places]
    return [found[start : start + _MESSAGES] for start in range(0, len(found), _MESSAGES)]


def one_round(
    contenders: Sequence[Contender], arm: ArmSpec, trace: Trace, number: int, chance: Random
) -> dict[str, Figures]:
    """The figures of each contender by its name. Raises CannotMeasure when one of them does not do its work."""
    try:
        return asyncio.run(_round(contenders, arm, turns_of(trace, number), trace, chance))
    except (PulseError, httpx.HTTPError, psutil.Error, ExceptionGroup) as error:
        inner = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
        raise CannotMeasure(f"a round of real processes failed: {str(inner) or type(inner).__name__}") from error


def once_more(measure: MeasureRound, tell: Callable[[str], None]) -> MeasureRound:
    """The same, but a round that broke off is begun again, once: an accident must not cost all rounds before it."""

    def measured(number: int) -> Mapping[str, Figures]:
        try:
            return measure(number)
        except CannotMeasure as error:
            tell(f"round {number + 1} broke off, and is begun again: {error}")
            return measure(number)

    return measured


async def _round(
    contenders: Sequence[Contender], arm: ArmSpec, turns: list[list[Arrival]], trace: Trace, chance: Random
) -> dict[str, Figures]:
    async with AsyncExitStack() as stack:
        users = {arrival.user for turn in turns for arrival in turn}
        running: dict[str, _Running] = {}

        async def start(one: Contender) -> None:
            place = stack.enter_context(tempfile.TemporaryDirectory(prefix="pulse-gate-"))
            running[one.name] = await _start(stack, one, arm, trace, Path(place))
            await running[one.name].crowd.link(users)

        async with asyncio.TaskGroup() as group:
            for one in _shuffled(contenders, chance):
                group.create_task(start(one))
        for count, turn in enumerate(turns):
            for name in _shuffled(running, chance):
                await _take_turn(running[name], turn, is_measured=count >= _WARM_UP)
        await asyncio.sleep(_SETTLE_S)
        return {name: _figures(one, turns) for name, one in running.items()}


async def _start(stack: AsyncExitStack, one: Contender, arm: ArmSpec, trace: Trace, place: Path) -> _Running:
    """With upstreams and a store of its own; upstreams are this side's code for every contender."""
    people = ("--users", str(len(trace.population)), "--seed", str(trace.seed))
    sandbox_url, _ = await stack.enter_async_context(sandbox(place, *people))
    environ: Mapping[str, str] = {"PYTHONPATH": str(one.checkout.folder)}
    found = await stack.enter_async_context(bot(arm, one.serve, sandbox_url, place, environ))
    http = await stack.enter_async_context(httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, limits=_LIMITS))
    crowd = Crowd(
        http,
        webhook_url=f"{found.url}/webhook/whatsapp",
        sandbox_url=sandbox_url,
        secret=SECRETS["WHATSAPP_APP_SECRET"],
        trace=trace,
    )
    return _Running(psutil.Process(found.pid), crowd, [])


async def _take_turn(one: _Running, turn: Sequence[Arrival], *, is_measured: bool) -> None:
    before_s = _cpu_s(one.process)
    await one.crowd.replay(turn, _RATE_PER_S, lambda _sent: None)
    if is_measured:
        one.cpu_s.append(_cpu_s(one.process) - before_s)


def _figures(one: _Running, turns: Sequence[Sequence[Arrival]]) -> Figures:
    messages = sum(len(turn) for turn in turns[_WARM_UP:])
    return {
        "cpu_ms_per_message": 1000 * sum(one.cpu_s) / messages,
        "rss_mb_settled": one.process.memory_info().rss / _MB,
    }


def _again(arrival: Arrival, times: int) -> Arrival:
    if not times:
        return arrival
    follows = f"{arrival.follows}.{times}" if arrival.follows else None
    return msgspec.structs.replace(arrival, wamid=f"{arrival.wamid}.{times}", follows=follows)


def _shuffled(some: Iterable[_T], chance: Random) -> list[_T]:
    found = list(some)
    chance.shuffle(found)
    return found


def _cpu_s(process: psutil.Process) -> float:
    """All threads, those that have ended too; to the nanosecond on Linux, elsewhere to the system's tick."""
    if _IS_LINUX:
        return time.clock_gettime((~process.pid << 3) | 2)  # as clock_getcpuclockid(3) makes it
    times = process.cpu_times()
    return float(times.user + times.system)
