"""Robust trends of a series: slopes that a few odd values cannot bend, with honest limits."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import NormalDist

import msgspec

__all__ = ["Slope", "lower_envelope", "theil_sen"]

_FEWEST_POINTS = 3


class Slope(msgspec.Struct, frozen=True):
    """Units of y per unit of x: the estimate, and the limits of its confidence interval."""

    estimate: float
    low: float
    high: float


def theil_sen(xs: Sequence[float], ys: Sequence[float], confidence: float) -> Slope | None:
    """The median of the slopes of all pairs of points; None when fewer than three x differ.

    The limits are those of P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", Journal of the
    American Statistical Association 63 (1968), 1379-1389, with the variance corrected for ties. They need no normal
    errors, but independent ones. `confidence` is two-sided, 0 to 1. The time taken grows with the square of the length.

    Raises:
        ValueError: xs and ys are not equally long.
    """
    points = list(zip(xs, ys, strict=True))
    if len(set(xs)) < _FEWEST_POINTS:
        return None
    slopes = sorted(
        (points[j][1] - points[i][1]) / (points[j][0] - points[i][0])
        for i in range(len(points))
        for j in range(i + 1, len(points))
        if points[j][0] != points[i][0]
    )
    count = len(slopes)
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(_variance(xs, ys))
    low = max(round((count - reach) / 2) - 1, 0)
    high = min(round((count + reach) / 2), count - 1)
    middle = (slopes[(count - 1) // 2] + slopes[count // 2]) / 2
    return Slope(middle, slopes[low], slopes[high])


def lower_envelope(points: Sequence[tuple[float, float]], windows: int) -> list[tuple[float, float]]:
    """The lowest point of each of so many windows, which follow each other and are equally long but for the last.

    What comes and goes between two points is in few minima; what stays is in all of them.
    """
    length = max(1, math.ceil(len(points) / windows))
    return [min(points[at : at + length], key=lambda point: point[1]) for at in range(0, len(points), length)]


def _variance(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Of Kendall's S when there is no trend."""
    return (_term(len(xs)) - sum(map(_term, _ties(xs))) - sum(map(_term, _ties(ys)))) / 18


def _term(count: int) -> int:
    return count * (count - 1) * (2 * count + 5)


def _ties(values: Iterable[float]) -> list[int]:
    return [count for count in Counter(values).values() if count > 1]
