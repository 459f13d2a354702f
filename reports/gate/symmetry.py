"""A bet on the side of a centre: evidence against symmetry about it, however the noise is distributed.

Where the arms of a round take turns in an order that a coin decides, two equal arms differ by an amount as likely to be
positive as negative, whatever its size: the sign is fair, given the size and all rounds before. So a factor
1 + c tanh(a z) has mean 1 if z is the difference divided by a scale that knows sizes alone, and the product of such
factors is a nonnegative martingale: the chance that it ever reaches 1/alpha is at most alpha, at any number of looks
(Ville's inequality). Of normal noise the best factor is 1 + tanh(a z), the Fisher-type e-test of V. Vovk and R. Wang,
"Nonparametric e-tests of symmetry", arXiv 2208.08925 (2024). As tanh keeps a single outlier from deciding, c < 1 keeps
it from ruining. Where the centre of symmetry is lower than the one
bet against, the mean of a factor is below 1, as it increases with the difference: it is evidence against all of them.
"""

import math
from bisect import insort

__all__ = ["Bet"]

_TILTS = tuple((slope, cap) for slope in (0.5, 2.0) for cap in (0.5, 0.9))
"""Slope `a` and cap `c` of each bet, which share the capital; chosen by simulation (docs/gate-statistics.md)."""


class Bet:
    """The capital of a bettor on "the differences lie above `centre`", who began with 1."""

    def __init__(self, centre: float) -> None:
        self._centre = centre
        self._sizes: list[float] = []
        self._logs = [-math.log(len(_TILTS))] * len(_TILTS)
        self.best_log = 0.0

    def add(self, difference: float) -> None:
        """Settles the bet on one more difference; `best_log` is the logarithm of the greatest capital so far."""
        distance = difference - self._centre
        insort(self._sizes, abs(distance))
        scale = _median(self._sizes)
        z = distance / scale if scale else math.copysign(math.inf, distance) if distance else 0.0
        gains = (math.log1p(cap * math.tanh(slope * z)) for slope, cap in _TILTS)
        self._logs = [log + gain for log, gain in zip(self._logs, gains, strict=True)]
        top = max(self._logs)
        self.best_log = max(self.best_log, top + math.log(math.fsum(math.exp(log - top) for log in self._logs)))

    def has_won(self, alpha: float) -> bool:
        """Whether the capital has ever reached 1/alpha: with probability at most alpha if the bet was fair."""
        return self.best_log >= -math.log(alpha)


def _median(ordered: list[float]) -> float:
    """The lower one of two: as an order statistic it keeps z increasing in the difference."""
    return ordered[(len(ordered) - 1) // 2]
