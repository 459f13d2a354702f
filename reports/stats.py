"""Statistics of samples: pure functions of their arguments."""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

import msgspec

__all__ = ["Summary", "hit_rate", "mean", "percentile", "summarize"]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution in five figures; the unit is that of the samples."""

    count: int
    mean: float
    p50: float
    p90: float
    p99: float


def mean(samples: Sequence[float]) -> float:
    """The arithmetic mean, summed without rounding on the way, so that the order of the samples does not matter.

    Raises:
        ValueError: there are no samples.
    """
    if not samples:
        raise ValueError("no samples, no mean")
    return math.fsum(samples) / len(samples)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile: the smallest sample that at least `percent` of all samples do not exceed.

    It is always one of the samples, never an interpolation between two. Definition 1 of Hyndman and Fan, "Sample
    quantiles in statistical packages", The American Statistician 50 (1996), 361-365. `ordered` is ascending.

    Raises:
        ValueError: there are no samples, or `percent` is not in (0, 100].
    """
    if not ordered:
        raise ValueError("no samples, no percentile")
    if not 0 < percent <= 100:  # noqa: PLR2004 - percent
        raise ValueError(f"{percent} is not a percentage above 0 and up to 100")
    rank = math.ceil(Fraction(str(percent)) * len(ordered) / 100)  # exact: as floats, 99.9 / 100 * 1000 is above 999
    return ordered[rank - 1]


def summarize(samples: Iterable[float]) -> Summary:
    """The summary of samples in any order.

    Raises:
        ValueError: there are no samples.
    """
    ordered = sorted(samples)
    return Summary(
        count=len(ordered),
        mean=mean(ordered),
        p50=percentile(ordered, 50),
        p90=percentile(ordered, 90),
        p99=percentile(ordered, 99),
    )


def hit_rate(hits: int, asked: int) -> float:
    """The share of cacheable reads answered from the cache, 0 to 1; 0 where nothing was asked."""
    return hits / asked if asked else 0.0
