"""Differences between two arms that were driven by the same messages, round by round."""

import math
import statistics
from collections.abc import Sequence

import msgspec

__all__ = ["Paired", "median_interval", "paired"]


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    """Candidate minus baseline: the median over rounds, and an interval for it with its true `coverage`, 0 to 1.

    With fewer than six rounds no interval of order statistics covers 95 %: then the range of all rounds is given, and
    what that covers.
    """

    median: float
    low: float
    high: float
    coverage: float
    rounds: int
    pairs: int


def paired(rounds: Sequence[tuple[Sequence[float | None], Sequence[float | None]]]) -> Paired | None:
    """The difference of the same message in both arms: its median in each round, and over rounds the median of these.

    A round is the baseline's figures and the candidate's, in the same order; None is what has no figure, and makes no
    pair. None when there is no pair at all.
    """
    differences = [_differences(baseline, candidate) for baseline, candidate in rounds]
    medians = sorted(statistics.median(found) for found in differences if found)
    if not medians:
        return None
    low, high, coverage = median_interval(medians)
    return Paired(
        median=statistics.median(medians),
        low=low,
        high=high,
        coverage=coverage,
        rounds=len(medians),
        pairs=sum(map(len, differences)),
    )


def median_interval(ordered: Sequence[float], wanted: float = 0.95) -> tuple[float, float, float]:
    """The narrowest interval between two order statistics, as far from both ends, that covers the median so often.

    W. J. Conover, "Practical Nonparametric Statistics", 3rd ed. (1999), section 3.2: how many of the observations lie
    below the median is binomial. Where not even the range covers `wanted`, the range, and what it covers.

    Raises:
        ValueError: there are no observations.
    """
    if not ordered:
        raise ValueError("no observations, no interval")
    count = len(ordered)
    cut = max((cut for cut in range(count // 2 + 1) if _coverage(count, cut) >= wanted), default=0)
    return ordered[cut], ordered[count - 1 - cut], _coverage(count, cut)


def _differences(baseline: Sequence[float | None], candidate: Sequence[float | None]) -> list[float]:
    pairs = zip(baseline, candidate, strict=True)
    return [after - before for before, after in pairs if before is not None and after is not None]


def _coverage(count: int, cut: int) -> float:
    """Of the interval that leaves out `cut` observations at each end."""
    outside = 2 * sum(math.comb(count, below) for below in range(cut + 1))
    return max(0.0, 1 - outside / float(2**count))
