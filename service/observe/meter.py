"""Figures of one process, in memory."""

from collections import Counter

import msgspec

__all__ = ["MAX_SERIES", "MemoryMeter", "Observed"]

MAX_SERIES = 2_000
"""Distinct (name, label) pairs; more would mean that something unbounded is used as a label."""


class Observed(msgspec.Struct):
    """Count, sum and greatest of what was observed."""

    count: int = 0
    total: float = 0.0
    greatest: float = 0.0


class MemoryMeter:
    """Implements Meter."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.observed: dict[tuple[str, str], Observed] = {}

    def count(self, name: str, label: str = "", by: int = 1) -> None:
        """Adds to a counter."""
        series = (name, label)
        if series not in self.counts:
            series = self._series(name, label)
        self.counts[series] += by

    def observe(self, name: str, value: float, label: str = "") -> None:
        """Adds a value to a series."""
        seen = self.observed.get((name, label)) or self.observed.setdefault(self._series(name, label), Observed())
        seen.count += 1
        seen.total += value
        if value > seen.greatest:  # noqa: PLR1730 - a call of max() takes as long as all of the rest
            seen.greatest = value

    def by_label(self, name: str) -> dict[str, int]:
        """One counter's values by label."""
        return {label: n for (key, label), n in self.counts.items() if key == name}

    def _series(self, name: str, label: str) -> tuple[str, str]:
        series = (name, label)
        full = len(self.counts) + len(self.observed) >= MAX_SERIES
        if full and series not in self.counts and series not in self.observed:
            return (name, "other")
        return series
