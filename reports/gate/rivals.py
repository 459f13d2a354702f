"""How others decide, on the same samples: the rules of widespread benchmark gates, for comparison."""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from statistics import NormalDist, fmean

import msgspec

from reports.student import two_sided_p

__all__ = [
    "LEVEL",
    "Moments",
    "mann_whitney_p",
    "mean_ratio_alarms",
    "moments",
    "p_value_alarms",
    "running_moments",
    "sequential_t_log",
    "welch_p",
]

LEVEL = 0.05
"""At which others call a difference significant."""


class Moments(msgspec.Struct, frozen=True):
    """How many samples, their mean, and their variance, estimated; 0 for fewer than two."""

    count: int
    mean: float
    variance: float


def mean_ratio_alarms(base: Sequence[float], head: Sequence[float], allowed: float = 0.05) -> bool:
    """The rule of pytest-benchmark's `--benchmark-compare-fail=mean:5%`: a mean greater by more than the share."""
    return fmean(head) > fmean(base) * (1 + allowed)


def p_value_alarms(p: float, base: Sequence[float], head: Sequence[float], level: float = LEVEL) -> bool:
    """A difference that is significant at the level, in the bad direction."""
    return p < level and fmean(head) > fmean(base)


def moments(samples: Sequence[float]) -> Moments:
    """Of all samples; none have a mean of 0."""
    return deque(running_moments(samples), maxlen=1).pop() if samples else Moments(0, 0.0, 0.0)


def running_moments(samples: Iterable[float]) -> Iterator[Moments]:
    """After each sample, without going through the earlier ones again.

    B. P. Welford, "Note on a method for calculating corrected sums of squares and products", Technometrics 4 (1962),
    419-420.
    """
    mean, squares = 0.0, 0.0
    for count, sample in enumerate(samples, 1):
        before = sample - mean
        mean += before / count
        squares += before * (sample - mean)
        yield Moments(count, mean, squares / (count - 1) if count > 1 else 0.0)


def welch_p(base: Moments, head: Moments) -> float:
    """The two-sided p-value of Welch's t-test: means of two groups whose variances may differ.

    B. L. Welch, "The generalization of 'Student's' problem when several different population variances are involved",
    Biometrika 34 (1947), 28-35. 1 where neither group varies and the means are equal, 0 where they are not.
    """
    one, other = base.variance / base.count, head.variance / head.count
    difference = head.mean - base.mean
    if one + other == 0:
        return 0.0 if difference else 1.0
    freedom = (one + other) ** 2 / (one**2 / (base.count - 1) + other**2 / (head.count - 1))
    return two_sided_p(difference / math.sqrt(one + other), freedom)


def sequential_t_log(differences: Moments, centre: float, prior: float = 1.0) -> float:
    """The logarithm of an anytime-valid Bayes factor of normal differences against having this mean.

    Unknown variance with the right Haar prior; effects, in standard deviations, normal around 0 with variance `prior`:
    H. Wang and A. Ramdas, "Anytime-valid t-tests and confidence sequences for Gaussian means with unknown variance",
    arXiv 2310.03722 (2024), after T. L. Lai, "On confidence sequences", The Annals of Statistics 4
    (1976), 265-280. 0 for fewer than two differences or where they do not vary.
    """
    if not differences.variance:
        return 0.0
    freedom = differences.count - 1
    squared_t = differences.count * (differences.mean - centre) ** 2 / differences.variance
    width = 1 + differences.count * prior
    narrow, wide = math.log1p(squared_t / freedom), math.log1p(squared_t / (width * freedom))
    return differences.count / 2 * (narrow - wide) - math.log(width) / 2


def mann_whitney_p(base: Sequence[float], head: Sequence[float]) -> float:
    """The two-sided p-value of the Mann-Whitney U test, by the normal approximation with corrections.

    H. B. Mann and D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than the
    other", Annals of Mathematical Statistics 18 (1947), 50-60; ties share their mean rank. 1 where all are equal.
    """
    pooled = sorted([*((one, 0) for one in base), *((one, 1) for one in head)])
    total, rank, rank_sum, ties = len(pooled), 0, 0.0, 0
    for _, group in groupby(pooled, key=lambda pair: pair[0]):
        members = [arm for _, arm in group]
        rank_sum += sum(members) * (rank + (len(members) + 1) / 2)
        rank += len(members)
        ties += len(members) ** 3 - len(members)
    product = len(base) * len(head)
    u = rank_sum - len(head) * (len(head) + 1) / 2
    deviation = math.sqrt(product / 12 * (total + 1 - ties / (total * (total - 1))))
    if deviation == 0:
        return 1.0
    z = max(0.0, abs(u - product / 2) - 0.5) / deviation
    return min(1.0, 2 * NormalDist().cdf(-z))
