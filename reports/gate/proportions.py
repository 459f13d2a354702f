"""Confidence limits of a rate: so many of so many."""

import math
from collections.abc import Callable
from statistics import NormalDist

from reports.gate.model import Interval
from reports.student import incomplete_beta

__all__ = ["clopper_pearson", "wilson"]

_HALVINGS = 60


def wilson(count: int, total: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval: on average as sure as it says.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
    Statistical Association 22 (1927), 209-212.

    Raises:
        ValueError: the count is not within 0 and the total, or there is no total.
    """
    _check(count, total)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, weight = count / total, z * z / total
    middle = (share + weight / 2) / (1 + weight)
    radius = z * math.sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    return Interval(0.0 if count == 0 else middle - radius, 1.0 if count == total else middle + radius)


def clopper_pearson(count: int, total: int, confidence: float = 0.95) -> Interval:
    """The exact interval: never less sure than it says.

    C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
    Biometrika 26 (1934), 404-413.

    Raises:
        ValueError: the count is not within 0 and the total, or there is no total.
    """
    _check(count, total)
    tail = (1 - confidence) / 2
    low = _root(lambda share: 1 - _at_most(count - 1, total, share) >= tail) if count else 0.0
    high = _root(lambda share: _at_most(count, total, share) <= tail) if count < total else 1.0
    return Interval(low, high)


def _check(count: int, total: int) -> None:
    if total < 1 or not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is no rate")


def _root(is_above: Callable[[float], bool]) -> float:
    """Where a condition that is false for low shares becomes true."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_above(middle) else (middle, high)
    return high


def _at_most(count: int, total: int, share: float) -> float:
    """The chance of at most so many, each with the given chance (Abramowitz and Stegun, 1964, 26.5.24)."""
    return incomplete_beta(total - count, count + 1, 1 - share)
