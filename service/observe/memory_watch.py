"""Item 6.2: looks at the process's memory from time to time, and raises an alarm when it leaks."""

from collections.abc import Awaitable, Callable, Sequence
from typing import get_args

import msgspec
import structlog

from service.core.leaks import WARM_UP_MESSAGES, History, Leak, MemoryReading, Series, find_leaks
from service.ports import Clock, Meter

__all__ = ["LOOK_EVERY_S", "QUIET_S", "MemoryWatch"]

LOOK_EVERY_S = 60.0
"""A look costs some ten milliseconds of the loop's time, for the collection of garbage."""

QUIET_S = 3_600.0
"""After an alarm for a series, the next one for the same series waits so long."""


class MemoryWatch:
    """Each `look` is one reading, and one judgement of all readings.

    Meters `memory_leaks` by series, with each alarm. An alarm is an error in the log too, and is followed by one with
    the places in the code that allocate what stays.
    """

    def __init__(
        self,
        probe: Callable[[float, int], MemoryReading],
        sites: Callable[[], Awaitable[Sequence[msgspec.Struct]]],
        messages: Callable[[], int],
        *,
        clock: Clock,
        meter: Meter,
        warm_up_messages: int = WARM_UP_MESSAGES,
    ) -> None:
        self._probe = probe
        self._sites = sites
        self._messages = messages
        self._clock = clock
        self._meter = meter
        self._warm_up_messages = warm_up_messages
        self._history = History()
        self._alarmed_s: dict[str, float] = {}
        self._log = structlog.get_logger("memory")

    async def look(self) -> None:
        """Takes a reading; after an alarm, stays until the places are known, which takes a minute."""
        messages = self._messages()
        if messages < self._warm_up_messages:
            return
        reading = self._probe(self._clock.monotonic(), messages)
        for series in get_args(Series):  # a counter that begins with its first alarm would hide that one
            self._meter.count("memory_leaks", series, 0)
        self._history.add(reading)
        leaks = [leak for leak in find_leaks(self._history.readings) if self._is_news(leak)]
        for leak in leaks:
            self._report(leak)
        if leaks:
            await self._attribute()

    async def forget(self) -> None:
        """Begins anew: after a time in which nobody looked."""
        self._history = History()

    def _is_news(self, leak: Leak) -> bool:
        last_s = self._alarmed_s.get(leak.series)
        return last_s is None or self._clock.monotonic() - last_s >= QUIET_S

    def _report(self, leak: Leak) -> None:
        self._alarmed_s[leak.series] = self._clock.monotonic()
        self._meter.count("memory_leaks", leak.series)
        self._log.error(
            "memory leaks: the growth goes on; places in the code follow",
            series=leak.series,
            growth=leak.growth,
            per_message=_figures(leak.per_message),
            per_hour=_figures(leak.per_hour),
            messages=self._messages(),
        )

    async def _attribute(self) -> None:
        found = await self._sites()
        self._log.error("memory leaks: what was allocated meanwhile and stays", sites=msgspec.to_builtins(found))


def _figures(slope: msgspec.Struct | None) -> dict[str, float] | None:
    """Estimate and limits, with digits that mean something."""
    if slope is None:
        return None
    return {name: float(f"{value:.4g}") for name, value in msgspec.structs.asdict(slope).items()}
