"""How others decide, on the same samples: the rules of widespread benchmark gates, for comparison."""

import math
from collections.abc import Sequence
from itertools import groupby
from statistics import NormalDist, fmean

__all__ = ["mann_whitney_p", "mean_ratio_alarms", "p_value_alarms", "sequential_t_log", "student_p", "welch_p"]

_TINY = 1e-300
_STEPS = 300
_PRECISION = 1e-15


def mean_ratio_alarms(base: Sequence[float], head: Sequence[float], allowed: float = 0.05) -> bool:
    """The rule of pytest-benchmark's `--benchmark-compare-fail=mean:5%`: a mean greater by more than the share."""
    return fmean(head) > fmean(base) * (1 + allowed)


def p_value_alarms(p: float, base: Sequence[float], head: Sequence[float], level: float = 0.05) -> bool:
    """A difference that is significant at the level, in the bad direction."""
    return p < level and fmean(head) > fmean(base)


def welch_p(base: Sequence[float], head: Sequence[float]) -> float:
    """The two-sided p-value of Welch's t-test: means of two groups whose variances may differ.

    B. L. Welch, "The generalization of 'Student's' problem when several different population variances are involved",
    Biometrika 34 (1947), 28-35. 1 where neither group varies and the means are equal, 0 where they are not.
    """
    one, other = _variance(base) / len(base), _variance(head) / len(head)
    difference = fmean(head) - fmean(base)
    if one + other == 0:
        return 0.0 if difference else 1.0
    freedom = (one + other) ** 2 / (one**2 / (len(base) - 1) + other**2 / (len(head) - 1))
    return student_p(difference / math.sqrt(one + other), freedom)


def sequential_t_log(differences: Sequence[float], centre: float, prior: float = 1.0) -> float:
    """The logarithm of an anytime-valid Bayes factor of normal differences against having this mean.

    Unknown variance with the right Haar prior; effects, in standard deviations, normal around 0 with variance `prior`:
    H. Wang and A. Ramdas, "Anytime-valid t-tests and confidence sequences for Gaussian means with unknown variance",
    Sequential Analysis 44 (2025), 56-110, after T. L. Lai, "On confidence sequences", The Annals of Statistics 4
    (1976), 265-280. 0 for fewer than two differences or where they do not vary.
    """
    count, freedom = len(differences), len(differences) - 1
    variation = _variance(differences) if freedom > 0 else 0.0
    if not variation:
        return 0.0
    squared_t = count * (fmean(differences) - centre) ** 2 / variation
    width = 1 + count * prior
    exponent = (freedom + 1) / 2
    narrow, wide = math.log1p(squared_t / freedom), math.log1p(squared_t / (width * freedom))
    return exponent * (narrow - wide) - math.log(width) / 2


def student_p(t: float, freedom: float) -> float:
    """The chance of a greater |t| with so many degrees of freedom: a regularised incomplete beta function.

    M. Abramowitz and I. A. Stegun, "Handbook of mathematical functions" (1964), 26.5.27.
    """
    return _incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)


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


def _variance(samples: Sequence[float]) -> float:
    middle = fmean(samples)
    return math.fsum((one - middle) ** 2 for one in samples) / (len(samples) - 1)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Regularised, by the continued fraction on the side where it converges fast (W. J. Lentz, 1976)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _nonzero(1 + term * d)
            c = _nonzero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return value


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
