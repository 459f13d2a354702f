"""Quantiles of an interval, from cumulative buckets at its two ends."""

import math
from collections.abc import Mapping

__all__ = ["increase", "quantile"]


def increase(before: Mapping[float, float], now: Mapping[float, float]) -> dict[float, float]:
    """Cumulative counts of what came in between, by upper bound.

    Where any count went down, the process was started anew in between: all that it has counted is new.
    """
    if any(now.get(bound, 0.0) < count for bound, count in before.items()):
        return dict(now)
    return {bound: count - before.get(bound, 0.0) for bound, count in now.items()}


def quantile(buckets: Mapping[float, float], share: float) -> float | None:
    """The value that this share of the observations does not exceed; None when there are no observations.

    As Prometheus' `histogram_quantile`: values are taken to lie evenly between a bucket's bounds, the first bucket
    begins at 0, and what is above the last bound is taken to be at it.
    Raises ValueError for a share that is not in [0, 1].
    """
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is no share")
    bounds = sorted(buckets)
    total = buckets[bounds[-1]] if bounds else 0.0
    if total <= 0:
        return None
    rank, below, lower = share * total, 0.0, 0.0
    for bound in bounds:
        so_far = buckets[bound]
        if so_far >= rank and so_far > below:
            return lower if math.isinf(bound) else lower + (bound - lower) * (rank - below) / (so_far - below)
        below, lower = so_far, bound
    return lower  # counts that were read while they grew do not add up
