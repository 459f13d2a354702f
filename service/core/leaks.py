"""When growth is a leak: the rule, on series that somebody else has measured."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from service.core.trend import Slope, lower_envelope, theil_sen

__all__ = [
    "CONFIDENCE",
    "FEWEST_READINGS",
    "MAX_READINGS",
    "MAX_STRIDE",
    "RULES",
    "WARM_UP_MESSAGES",
    "History",
    "Leak",
    "MemoryReading",
    "Rule",
    "Series",
    "find_leaks",
]

Series = Literal["blocks", "rss_bytes", "traced_bytes", "tasks", "fds"]

CONFIDENCE = 0.999
"""Of both limits together. Neighbouring readings are not independent, so the rates below carry the decision too."""

WARM_UP_MESSAGES = 20_000
"""Until the first reading counts: twice the bound of what the bot remembers of messages, which fills evenly."""

FEWEST_READINGS = 24
MAX_READINGS = 256
MAX_STRIDE = 16
"""Looks per kept reading, at most: from then on the oldest are forgotten, so that a leak of today is not diluted."""

_WINDOWS = 24
_STILL_GROWING = 0.7
_HOUR_S = 3_600.0


class MemoryReading(msgspec.Struct, frozen=True):
    """What a process holds at one moment, garbage collected.

    `blocks` are those of Python's allocator, which counts exactly: an object of any size is one or more of them.
    `traced_bytes` is None while nothing traces allocations.
    """

    at_s: float
    messages: int
    blocks: int
    rss_bytes: int
    tasks: int
    fds: int
    traced_bytes: int | None = None


class Rule(msgspec.Struct, frozen=True):
    """A series leaks when it surely grows faster than this, and by at least so much, without slowing down.

    `growth` is over the second half of what is remembered. None: no rate of that kind is judged.
    """

    series: Series
    growth: float
    per_message: float | None = None
    per_hour: float | None = None


RULES = (
    Rule("blocks", growth=5_000, per_message=0.25),
    Rule("rss_bytes", growth=32_000_000, per_message=64.0),
    Rule("traced_bytes", growth=1_000_000, per_message=8.0),
    Rule("tasks", growth=100, per_hour=20.0),
    Rule("fds", growth=50, per_hour=10.0),
)
"""An object for every fourth message is a leak. RSS comes in pages and arenas: it is the last to say something."""


class Leak(msgspec.Struct, frozen=True):
    """A series that leaks: by how much it grew at least, in the time that was judged, and how fast, with limits."""

    series: Series
    growth: float
    per_message: Slope | None
    per_hour: Slope | None


class History:
    """Readings, in bounded memory: when it is full, of two neighbours the one with fewer blocks stays.

    Whoever reads every minute remembers four hours at first, and at most two days and 20 hours.
    """

    def __init__(self) -> None:
        self.readings: list[MemoryReading] = []
        self._stride = 1
        self._pending: list[MemoryReading] = []

    def add(self, reading: MemoryReading) -> None:
        """Takes the next reading."""
        self._pending.append(reading)
        if len(self._pending) < self._stride:
            return
        self.readings.append(min(self._pending, key=_blocks))
        self._pending.clear()
        if len(self.readings) > MAX_READINGS:
            self._shorten()

    def _shorten(self) -> None:
        if self._stride >= MAX_STRIDE:
            del self.readings[0]
            return
        pairs = zip(self.readings[::2], self.readings[1::2], strict=False)
        self.readings = [min(pair, key=_blocks) for pair in pairs]
        self._stride *= 2


def find_leaks(readings: Sequence[MemoryReading], rules: Sequence[Rule] = RULES) -> list[Leak]:
    """The series that leak.

    The second half of the readings is judged, by the lowest of each window, and against the first half: a cache that
    fills has done so by then, or grows more slowly than before. One that fills evenly until its bound looks like a leak
    until then, in as far as it is larger than the rule's growth.
    """
    if len(readings) < FEWEST_READINGS:
        return []
    return [leak for rule in rules if (leak := _judge(readings, rule)) is not None]


def _judge(readings: Sequence[MemoryReading], rule: Rule) -> Leak | None:
    half = len(readings) // 2
    values = [getattr(reading, rule.series) for reading in readings]
    if None in values or max(values[half:]) - min(values[half:]) < rule.growth:
        return None
    messages = [float(reading.messages) for reading in readings]
    hours = [reading.at_s / _HOUR_S for reading in readings]
    per_message = _rate(messages[half:], values[half:])
    per_hour = _rate(hours[half:], values[half:])
    for xs, slope, rate in ((messages, per_message, rule.per_message), (hours, per_hour, rule.per_hour)):
        growth = _growth(slope, rate, xs[-1] - xs[half])
        before, after = _envelope(xs[:half], values[:half]), _envelope(xs[half:], values[half:])
        if growth >= rule.growth and not _slows_down(before, after):
            return Leak(rule.series, growth, per_message, per_hour)
    return None


def _growth(slope: Slope | None, rate: float | None, span: float) -> float:
    """By how much a series grew over the span at least; 0 where that is not surely faster than the rate."""
    return slope.low * span if slope is not None and rate is not None and slope.low > rate else 0.0


def _envelope(xs: Sequence[float], values: Sequence[float]) -> list[tuple[float, float]]:
    return lower_envelope(list(zip(xs, values, strict=True)), _WINDOWS)


def _rate(xs: Sequence[float], values: Sequence[float]) -> Slope | None:
    return _slope(_envelope(xs, values))


def _slope(points: Sequence[tuple[float, float]]) -> Slope | None:
    return theil_sen([x for x, _ in points], [y for _, y in points], CONFIDENCE)


def _slows_down(before: Sequence[tuple[float, float]], after: Sequence[tuple[float, float]]) -> bool:
    """Whether it grows more slowly than before, or at its end than at its beginning, as where something fills up."""
    middle = len(after) // 2
    return _is_flatter(after, before) or _is_flatter(after[middle:], after[:middle])


def _is_flatter(last: Sequence[tuple[float, float]], first: Sequence[tuple[float, float]]) -> bool:
    later, earlier = _slope(last), _slope(first)
    return later is None or (earlier is not None and later.estimate < _STILL_GROWING * earlier.estimate)


def _blocks(reading: MemoryReading) -> int:
    return reading.blocks
