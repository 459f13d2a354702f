"""Resident memory over a load run: whether it grows with the messages, by how much, and how sure that is.

RSS moves in steps: a page taken is seldom given back, so readings that follow each other are anything but independent,
and each level stands on the one before, as in a random walk. Intervals that take the readings, or the means of blocks
of them, for scattered around a line (least squares with Newey and West's errors, Theil and Sen's slope) then miss the
true slope in half of all runs. What is independent are the steps: so this looks at the increments of the level from
block to block, whose mean is the slope, and takes Student's interval of them. Where the level only scatters, increments
undo each other and the interval is too wide rather than too narrow, and a single jump, however high, is never a slope.
Source: a random walk with drift in first differences, C. R. Nelson and C. I. Plosser, "Trends and random walks in
macroeconomic time series", Journal of Monetary Economics 10 (1982), 139-162.
"""

import math
import re
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from reports.model import RunError
from reports.student import two_sided_t

__all__ = [
    "LEAST_MESSAGES",
    "Growth",
    "Rss",
    "SlopeLimit",
    "Verdict",
    "growth_of",
    "parse_slope_limit",
    "slope_limit_of",
    "unjudged",
]

Verdict = Literal["holds", "crossed", "undecided"]

_BLOCKS = 16
_LEAST_READINGS = 4 * _BLOCKS
_NEAR = 0.15
"""A level is the median of the readings around it, so far of a block's length to both sides: a peak is no level."""
_CHANCE = 0.05
_TABLES = 20_000
"""The bot's tables of recent messages hold 10,000 and fill evenly until then; what they take is no growth."""
_WARM_UP = 0.25
LEAST_MESSAGES = round(_TABLES / (1 - _WARM_UP))
"""No growth is seen in fewer."""

_MILLION = 1e6
_NAME = "rss_slope"
_LIMIT = re.compile(r"rss_slope\s*<\s*(?P<bound>\d+(\.\d+)?)\s*mb/m", re.IGNORECASE)


class Rss(msgspec.Struct, frozen=True, kw_only=True):
    """Readings of resident memory in their order, as columns of equal length.

    `at_s` is from the start of the run, `messages` how many had been sent by then.
    """

    at_s: tuple[float, ...]
    messages: tuple[int, ...]
    rss_mb: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.at_s) == len(self.messages) == len(self.rss_mb):
            raise ValueError("the columns of readings must be equally long")

    def at(self, at_s: float) -> float | None:
        """The last reading until then, in MB."""
        place = bisect_right(self.at_s, at_s)
        return self.rss_mb[place - 1] if place else None


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """MB per million messages after the warm-up: the estimate, the limits of its 95 % interval, and of both halves.

    `messages` is how many of them it was seen over, `warm_up` how many came before and do not count.
    """

    mb_per_million: float
    low: float
    high: float
    halves: tuple[float, float]
    messages: int
    warm_up: int

    @property
    def grows(self) -> bool:
        """Whether it is more than chance."""
        return self.low > 0

    @property
    def flattens(self) -> bool:
        """Whether the second half grew less than half as fast as the first: what fills up to a bound does."""
        first, second = self.halves
        return self.grows and 2 * second < first


class SlopeLimit(msgspec.Struct, frozen=True, kw_only=True):
    """The most that RSS may grow, in MB per million messages."""

    text: str
    mb_per_million: float

    def verdict(self, growth: Growth | None) -> Verdict:
        """It holds where all of the interval is below it, and is crossed where all of it is above."""
        if growth is None:
            return "undecided"
        if growth.high < self.mb_per_million:
            return "holds"
        return "crossed" if growth.low > self.mb_per_million else "undecided"


def parse_slope_limit(text: str) -> SlopeLimit | None:
    """The limit in a text such as "rss_slope<5MB/M"; None where it is about something else.

    Raises:
        RunError: it cannot be understood.
    """
    if not text.casefold().startswith(_NAME):
        return None
    found = _LIMIT.fullmatch(text)
    if found is None:
        why = "it needs < and a number of MB per million messages"
        raise RunError(f"cannot use the limit {text!r}", why, f"write {_NAME}<5MB/M")
    return SlopeLimit(text=text, mb_per_million=float(found["bound"]))


def slope_limit_of(texts: Sequence[str]) -> tuple[SlopeLimit | None, list[str]]:
    """The limit of growth among limits, and the texts that are about something else.

    Raises:
        RunError: it cannot be understood, or there are two.
    """
    limits = [parse_slope_limit(text) for text in texts]
    slopes = [limit for limit in limits if limit]
    if len(slopes) > 1:
        what = f"cannot use the limits {', '.join(one.text for one in slopes)}"
        raise RunError(what, "they limit the same figure twice", "leave one out")
    others = [text for text, limit in zip(texts, limits, strict=True) if limit is None]
    return (slopes[0] if slopes else None), others


def unjudged(rss: Rss) -> str:
    """Why these readings say nothing of growth; empty where they do."""
    count = rss.messages[-1] if rss.messages else 0
    if count < LEAST_MESSAGES:
        return (
            f"{count:,} messages are too few: the bot's tables of recent messages fill within the first {_TABLES:,}, "
            f"and {LEAST_MESSAGES:,} are needed at the least"
        )
    readings = len(rss.messages) - bisect_left(rss.messages, _begin(count))
    if readings < _LEAST_READINGS:
        return (
            f"there are {readings} readings after the warm-up, one a second at most, and {_LEAST_READINGS} are needed"
        )
    return ""


def growth_of(rss: Rss) -> Growth | None:
    """How fast it grew after the warm-up; None where that is `unjudged`."""
    if unjudged(rss):
        return None
    begin, end = _begin(rss.messages[-1]), rss.messages[-1]
    length = (end - begin) / _BLOCKS
    levels = [_level(rss, begin + length * number, _NEAR * length) for number in range(_BLOCKS + 1)]
    per_million = _MILLION / length
    steps = [per_million * (after - before) for before, after in pairwise(levels)]
    slope = statistics.fmean(steps)
    reach = two_sided_t(_CHANCE, _BLOCKS - 1) * statistics.stdev(steps) / math.sqrt(_BLOCKS)
    middle = _BLOCKS // 2
    return Growth(
        mb_per_million=slope,
        low=slope - reach,
        high=slope + reach,
        halves=(statistics.fmean(steps[:middle]), statistics.fmean(steps[middle:])),
        messages=round(end - begin),
        warm_up=round(begin),
    )


def _begin(messages: int) -> float:
    return max(_TABLES, _WARM_UP * messages)


def _level(rss: Rss, middle: float, reach: float) -> float:
    """Around so many messages; the next reading where there is none."""
    first, end = bisect_left(rss.messages, middle - reach), bisect_right(rss.messages, middle + reach)
    found: Sequence[float] = rss.rss_mb[first:end] or rss.rss_mb[min(first, len(rss.rss_mb) - 1) :][:1]
    return statistics.median(found)
