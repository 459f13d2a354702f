"""Levels of a series by Potts' functional: as few as possible, each as near to its values as possible."""

import math
from collections.abc import Iterator, Sequence
from heapq import heappush, heappushpop
from itertools import pairwise
from statistics import median

__all__ = ["noise", "potts"]

_PENALTY = 2.0
_OF_LAPLACE = 0.85
_CALM = 0.8
_ROUNDING = 1e-9


def potts(series: Sequence[float], shortest: int) -> tuple[int, ...]:
    """Where the levels begin that make the least of: sum of |value - median of its level| + penalty for each level.

    The absolute differences make it robust against outliers; the penalty is 2 b ln n, with the scale b of the noise:
    twice Schwarz' criterion for a place and a level in noise of Laplace's form. A level has at least `shortest` values.
    Exact, by dynamic programming in O(n^2 log n).
    Sources: Friedrich, Kempe, Liebscher and Winkler, "Complexity penalized M-estimation: fast computation", Journal of
    Computational and Graphical Statistics 17 (2008), 201-224, as airspeed velocity uses it; Schwarz, "Estimating the
    dimension of a model", Annals of Statistics 6 (1978), 461-464.
    """
    if len(series) < 2 * shortest:
        return ()
    penalty = _PENALTY * noise(series) * math.log(len(series)) or _ROUNDING * max(map(abs, series))
    best, came_from = [-penalty], [0]
    for end in range(1, len(series) + 1):
        cost, begin = math.inf, 0
        for start, spread in zip(range(end - 1, -1, -1), _spreads(series[end - 1 :: -1]), strict=False):
            total = best[start] + spread + penalty
            if end - start >= shortest and total <= cost:
                cost, begin = total, start
        best.append(cost)
        came_from.append(begin)
    return tuple(sorted(_begins(came_from)))


def noise(series: Sequence[float]) -> float:
    """The scale b of the noise, from the differences of neighbours: a few changes of level do not disturb it.

    0.85 times their median, between what that is for Laplace's (0.87) and for normal noise (0.84, of its mean absolute
    deviation); or their mean without the greatest fifth, where most of them are 0.
    """
    differences = sorted(abs(after - before) for before, after in pairwise(series))
    calm = differences[: math.ceil(_CALM * len(differences))]
    return _OF_LAPLACE * (median(differences) or sum(calm) / len(calm))


def _spreads(values: Sequence[float]) -> Iterator[float]:
    """Of the first 1, 2, 3 ... values: the sum of their absolute differences from their median, by two heaps."""
    low: list[float] = []  # negated, so that the greatest comes first; as many as in `high`, or one more
    high: list[float] = []
    sum_low = sum_high = 0.0
    for value in values:
        if len(low) == len(high):
            moved = heappushpop(high, value)
            heappush(low, -moved)
            sum_low, sum_high = sum_low + moved, sum_high + value - moved
        else:
            moved = -heappushpop(low, -value)
            heappush(high, moved)
            sum_low, sum_high = sum_low + value - moved, sum_high + moved
        yield sum_high - sum_low - (len(low) - len(high)) * low[0]


def _begins(came_from: Sequence[int]) -> Iterator[int]:
    """The beginnings of the levels of the best solution, but for the first one's."""
    end = len(came_from) - 1
    while came_from[end] > 0:
        end = came_from[end]
        yield end
