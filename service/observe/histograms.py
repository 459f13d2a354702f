"""Item 6.1 on: what the meter observes, in buckets as well, so that quantiles of any interval can be told afterwards.

Buckets are fixed: histograms of several processes add up, and an observation costs one search and three additions.
"""

from bisect import bisect_left
from collections.abc import Mapping
from math import isfinite
from typing import NamedTuple

from service.observe.meter import MAX_SERIES

__all__ = ["LAG", "RESPONSE", "SIZES", "STORE", "Histogram", "Histograms", "bounds_of"]

_LADDER = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)


def _ladder(first_exponent: int, last: float) -> tuple[float, ...]:
    """Six steps to each power of ten: a quantile read from them is at most a fifth off, one way or the other."""
    steps = (float(f"{step}e{power}") for power in range(first_exponent, 3) for step in _LADDER)
    return tuple(step for step in steps if step <= last)


RESPONSE = _ladder(-2, 30.0)
"""Upper bounds in seconds, 10 ms to 30 s: for what a user or an upstream takes."""

STORE = _ladder(-4, 5.0)
"""0.1 ms to 5 s: for round trips to the store."""

LAG = _ladder(-3, 5.0)
"""1 ms to 5 s: for how late the event loop is."""

SIZES = tuple(float(f"{step}e{power}") for power in range(10) for step in (1, 2, 5))
"""1 to 5 thousand millions: for what is no time, be it commands in a batch or bytes."""

_BOUNDS = {"store_s": STORE, "loop_lag_s": LAG}


def bounds_of(name: str) -> tuple[float, ...]:
    """The upper bounds of a series of that name; above the last one there is one bucket more."""
    return _BOUNDS.get(name, RESPONSE if name.endswith("_s") else SIZES)


class Histogram(NamedTuple):
    """How many values fell at or below each bound and above the one before, the rest last; and their sum."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float


class _Cell:
    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0


class Histograms:
    """Histograms by (name, label), at most MAX_SERIES of them; labels beyond that share one of their name."""

    def __init__(self) -> None:
        self._cells: dict[tuple[str, str], _Cell] = {}

    def observe(self, name: str, value: float, label: str = "") -> None:
        """Adds a value. One that is no number is left out."""
        cell = self._cells.get((name, label)) or self._open(name, label)
        if isfinite(value):
            cell.counts[bisect_left(cell.bounds, value)] += 1
            cell.total += value

    def read(self) -> Mapping[tuple[str, str], Histogram]:
        """All of them as they are now."""
        return {key: Histogram(cell.bounds, tuple(cell.counts), cell.total) for key, cell in self._cells.items()}

    def _open(self, name: str, label: str) -> _Cell:
        key = (name, label if len(self._cells) < MAX_SERIES else "other")
        return self._cells.setdefault(key, _Cell(bounds_of(name)))
