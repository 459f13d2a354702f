"""Where a series of figures over commits changes its level: two methods, and what they agree on.

The first is E-divisive with a two-sided t-test in the place of its permutation test, and weak points found first and
judged again beside each other: Matteson and James, "A nonparametric approach for multiple change point analysis of
multivariate data", Journal of the American Statistical Association 109 (2014), 334-345; the variant is that of Fleming,
Kolaczkowski and others, "Hunter: Using Change Point Detection to Hunt for Performance Regressions", ICPE 2023, today
Apache Otava. The second is `reports.potts`. Nothing is drawn at random: the same series has the same points.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from reports.potts import potts
from reports.stats import mean
from reports.student import t_test

__all__ = ["SHORTEST", "ChangePoint", "change_points", "e_divisive", "steps"]

SHORTEST = 3
"""The fewest values that make a level: fewer are not told from outliers."""

_WINDOW = 50
_NEAR = 2
_WEAK = 10.0


class ChangePoint(msgspec.Struct, frozen=True, kw_only=True):
    """A new level begins at `index`; `before` and `after` are the means of the levels on both sides of it.

    A confirmed one was found by both methods. An exact one is a difference between figures that do not vary by chance.
    """

    index: int
    before: float
    after: float
    p_value: float
    is_confirmed: bool = True

    @property
    def relative(self) -> float | None:
        """The change as a share of what was before; None from zero."""
        return (self.after - self.before) / abs(self.before) if self.before else None


def change_points(
    series: Sequence[float], *, p_value: float = 0.001, magnitude: float = 0.0
) -> tuple[ChangePoint, ...]:
    """Changes of the level of figures that vary by chance, of more than `magnitude` as a share of the level before.

    E-divisive proposes them at `p_value`; those that the second method puts at most two values away are confirmed.
    """
    found = e_divisive(series, p_value=p_value, magnitude=magnitude)
    seconds = potts(series, SHORTEST) if found else ()
    return tuple(
        msgspec.structs.replace(point, is_confirmed=any(abs(point.index - other) <= _NEAR for other in seconds))
        for point in found
    )


def steps(series: Sequence[float]) -> tuple[ChangePoint, ...]:
    """Changes of exact figures: wherever a value is not the one before."""
    return tuple(
        ChangePoint(index=index, before=before, after=after, p_value=0.0)
        for index, (before, after) in enumerate(pairwise(series), start=1)
        if before != after
    )


def e_divisive(
    series: Sequence[float], *, p_value: float = 0.001, magnitude: float = 0.0, window: int = _WINDOW
) -> tuple[ChangePoint, ...]:
    """The changes that E-divisive finds and a t-test between the levels on both sides leaves.

    The series is looked at in windows, so that later values do not move what was found long before. In the first pass
    points are taken at ten times the `p_value`: one of them may only stand out beside the others.
    """
    found = sorted(_weak_points(series, min(1.0, _WEAK * p_value), window))
    while found:
        points = _judged(series, found)
        worst = max(points, key=lambda point: point.p_value)
        if worst.p_value < p_value:
            worst = min(points, key=_size)
            if _size(worst) > magnitude:
                return points
        found.remove(worst.index)
    return ()


def _weak_points(series: Sequence[float], p_value: float, window: int) -> set[int]:
    found: set[int] = set()
    start = 0
    while start < len(series):
        inside = {start + index for index in _divided(series[start : start + window], p_value)}
        found |= inside
        start = max([start + window // 2, *inside])
    return found


def _divided(values: Sequence[float], p_value: float) -> Iterator[int]:
    """Splits a stretch of values at its best place for as long as a t-test says that the halves differ."""
    index = _best_split(values)
    if index is None or t_test(_moments(values[:index]), _moments(values[index:])) >= p_value:
        return
    yield index
    yield from _divided(values[:index], p_value)
    yield from (index + other for other in _divided(values[index:], p_value))


def _best_split(values: Sequence[float]) -> int | None:
    """Where the energy distance between the values before and from there on is the greatest; None without room."""
    candidates = {index: _ for index, _ in _energies(values) if SHORTEST <= index <= len(values) - SHORTEST}
    return max(candidates, key=lambda index: candidates[index]) if candidates else None


def _energies(values: Sequence[float]) -> Iterator[tuple[int, float]]:
    """For each place to split at, mn/(m+n) times the energy distance: equations 5 and 6 of Matteson and James."""
    within_left, between = 0.0, 0.0
    within_right = sum(abs(a - b) for index, a in enumerate(values) for b in values[:index])
    for index, value in enumerate(values[:-1]):
        to_left = sum(abs(value - other) for other in values[:index])
        to_right = sum(abs(value - other) for other in values[index + 1 :])
        within_left, within_right, between = (
            within_left + to_left,
            within_right - to_right,
            between + to_right - to_left,
        )
        m, n = index + 1, len(values) - index - 1
        energy = 2 * between / (m * n) - _per_pair(within_left, m) - _per_pair(within_right, n)
        yield m, m * n / (m + n) * energy


def _per_pair(distances: float, count: int) -> float:
    return 2 * distances / (count * (count - 1)) if count > 1 else 0.0


def _judged(series: Sequence[float], indexes: Sequence[int]) -> tuple[ChangePoint, ...]:
    """The points, each tested between its neighbours."""
    edges = [0, *indexes, len(series)]
    levels = [_moments(series[begin:end]) for begin, end in pairwise(edges)]
    return tuple(
        ChangePoint(index=index, before=before[1], after=after[1], p_value=t_test(before, after))
        for index, (before, after) in zip(indexes, pairwise(levels), strict=True)
    )


def _moments(values: Sequence[float]) -> tuple[int, float, float]:
    middle = mean(values)
    return len(values), middle, sum((value - middle) ** 2 for value in values)


def _size(point: ChangePoint) -> float:
    return float("inf") if point.relative is None else abs(point.relative)
