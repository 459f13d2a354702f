"""Rounds of timed figures: in each, every contender is a process that was started anew, driven by the same messages.

What a process is like (where its memory lies, how its strings hash) moves its CPU time by percents for as long as it
lives, so a round is a fresh start of all of them, with the same hash seed. Then all of them are used at the same time,
on the same core, in an order that is drawn anew each time: first in bursts, while upstreams answer at once, which shows
what a message costs and how fast a burst is done; then calmly, while upstreams take as long as the workload's do.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random

import httpx
import psutil
import uvloop

from profiles.arms import ArmSpec
from profiles.gating.contenders import Contender, Figures, MeasureRound
from profiles.gating.driving import AT_ONCE, Driven, drive, take_as_long
from profiles.gating.errors import CannotMeasure
from profiles.gating.program import program_of
from profiles.gating.protocol import Traffic
from profiles.gating.together import together
from profiles.live.arena import arena, latency_of, stock
from service.core.errors import PulseError

__all__ = ["once_more", "rounds_of"]

_HASH_SEEDS = 1 << 32


@contextmanager
def rounds_of(
    contenders: Sequence[Contender], spec: ArmSpec, traffic: Traffic, chance: Random
) -> Iterator[MeasureRound]:
    """Measures rounds, for as long as it is needed; a round raises CannotMeasure when a bot does not do its work."""
    with tempfile.TemporaryDirectory(prefix="pulse-gate-") as place:
        rig = _Rig(contenders, spec, traffic, chance, Path(place))
        yield rig.measure


def once_more(measure: MeasureRound, tell: Callable[[str], None]) -> MeasureRound:
    """The same, but a round that broke off is begun again, once: an accident must not cost all rounds before it."""

    def measured(number: int) -> Mapping[str, Figures]:
        try:
            return measure(number)
        except CannotMeasure as error:
            tell(f"round {number + 1} broke off, and is begun again: {error}")
            return measure(number)

    return measured


class _Rig:
    """All rounds of some contenders. Stores that know the users are made once for each checkout, and copied."""

    def __init__(
        self, contenders: Sequence[Contender], spec: ArmSpec, traffic: Traffic, chance: Random, place: Path
    ) -> None:
        self._contenders, self._spec, self._traffic = contenders, spec, traffic
        self._chance, self._place = chance, place
        self._workload = traffic.workload
        self._stocked: dict[Path, Path] = {}

    def measure(self, number: int) -> Mapping[str, Figures]:
        """A round. Raises CannotMeasure."""
        try:
            return uvloop.run(self._measure(number))
        except (PulseError, httpx.HTTPError, psutil.Error, OSError, ExceptionGroup) as error:
            inner = _first(error)
            raise CannotMeasure(f"a round of real processes failed: {str(inner) or type(inner).__name__}") from error

    async def _measure(self, number: int) -> dict[str, Figures]:
        hash_seed = self._chance.randrange(_HASH_SEEDS)
        await self._stock()
        order = list(self._contenders)
        self._chance.shuffle(order)
        with tempfile.TemporaryDirectory(prefix="round-", dir=self._place) as place:
            starts = {one.name: self._driven(one, hash_seed, Path(place)) for one in order}
            async with httpx.AsyncClient(trust_env=False) as http, together(starts) as bots:
                await asyncio.gather(*(take_as_long(one.stage, AT_ONCE, http) for one in bots.values()))
                return await drive(bots, program_of(self._traffic.trace, number), self._chance, http)

    async def _stock(self) -> None:
        """The users' stores, each by the code that is going to read it."""
        for one in self._contenders:
            folder = one.checkout.folder
            if folder not in self._stocked:
                place = self._place / f"stock-{len(self._stocked)}"
                await stock(one.arm(self._spec, 0), self._traffic.trace, place)
                self._stocked[folder] = place

    @asynccontextmanager
    async def _driven(self, one: Contender, hash_seed: int, place: Path) -> AsyncIterator[Driven]:
        arm, trace = one.arm(self._spec, hash_seed), self._traffic.trace
        stocked = self._stocked[one.checkout.folder]
        with tempfile.TemporaryDirectory(dir=place) as own:
            async with arena(arm, self._workload, trace, Path(own), stocked=stocked) as stage:
                yield Driven(stage, latency_of(self._workload, one.slower_by))


def _first(error: BaseException) -> BaseException:
    """What a group of errors began with."""
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
