"""Statistics that may be looked at as often as one likes: their errors hold for all looks together.

The confidence sequence is that of I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, "Time-uniform
central limit theory and asymptotic confidence sequences", The Annals of Statistics 52 (2024), 2613-2640, with the
variance estimated; it is asymptotic, so whoever uses it waits for a number of samples first. The test of the sample
ratio is that of M. Lindon and A. Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022.
"""

import math
from collections.abc import Sequence

import msgspec

__all__ = ["Interval", "Moments", "best_rho", "difference", "mean_interval", "multiplier", "sample_ratio_p"]

_CONCENTRATION = 1_000.0


class Interval(msgspec.Struct, frozen=True):
    """An estimate and its confidence limits."""

    estimate: float
    low: float
    high: float


class Moments(msgspec.Struct, frozen=True):
    """Samples as they can be added up: how many, their sum, and the sum of their squares."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(self.count + other.count, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """0 without samples."""
        return self.total / self.count if self.count else 0.0

    @property
    def variance(self) -> float:
        """Of the population, estimated; 0 for fewer than two samples."""
        if self.count < 2:  # noqa: PLR2004 - one sample has no spread
            return 0.0
        return max(0.0, self.squares - self.total * self.mean) / (self.count - 1)


def best_rho(alpha: float, planned: float) -> float:
    """The free parameter of the confidence sequence for which it is tightest after `planned` samples."""
    spent = -2 * math.log(alpha)
    return math.sqrt((spent + math.log(spent + 1)) / planned)


def multiplier(samples: float, rho: float, alpha: float) -> float:
    """The half-width of the confidence sequence in standard errors: where a fixed 95 % interval has 1.96.

    Raises:
        ValueError: there are no samples.
    """
    if samples <= 0:
        raise ValueError("no samples, no confidence sequence")
    spread = samples * rho * rho
    return math.sqrt(2 * (spread + 1) / spread * math.log(math.sqrt(spread + 1) / alpha))


def mean_interval(moments: Moments, variance: float, *, rho: float, alpha: float) -> Interval:
    """The mean with its confidence sequence; unlimited without samples."""
    if not moments.count:
        return Interval(0.0, -math.inf, math.inf)
    radius = multiplier(moments.count, rho, alpha) * math.sqrt(variance / moments.count)
    return Interval(moments.mean, moments.mean - radius, moments.mean + radius)


def difference(one: Interval, other: Interval, error: float, *, samples: float, rho: float, alpha: float) -> Interval:
    """The mean of `one` minus that of `other`; `error` is the standard error of that, `samples` those of both."""
    estimate = one.estimate - other.estimate
    if not samples or math.isinf(one.low) or math.isinf(other.low):
        return Interval(estimate, -math.inf, math.inf)
    radius = multiplier(samples, rho, alpha) * error
    return Interval(estimate, estimate - radius, estimate + radius)


def sample_ratio_p(counts: Sequence[int], shares: Sequence[float]) -> float:
    """An anytime-valid p-value for "the counts come from these shares"; small where assignment is broken.

    It is one over the Bayes factor of a Dirichlet alternative around the shares, at most 1.

    Raises:
        ValueError: the lengths differ, or a share is not above 0.
    """
    if min(shares, default=0.0) <= 0:
        raise ValueError("every share has to be above 0")
    whole = sum(shares)
    log_factor = 0.0
    for count, share in zip(counts, shares, strict=True):
        prior = _CONCENTRATION * share / whole
        log_factor += math.lgamma(prior + count) - math.lgamma(prior) - count * math.log(share / whole)
    log_factor += math.lgamma(_CONCENTRATION) - math.lgamma(_CONCENTRATION + sum(counts))
    return math.exp(min(0.0, -log_factor))
