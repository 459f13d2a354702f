import math
import random
from statistics import NormalDist

import pytest

from service.core.sequential import (
    Interval,
    Moments,
    best_rho,
    difference,
    mean_interval,
    multiplier,
    sample_ratio_p,
)


def moments(samples: list[float]) -> Moments:
    return Moments(len(samples), math.fsum(samples), math.fsum(x * x for x in samples))


def test_moments_of_parts_add_up_to_those_of_the_whole() -> None:
    samples = [1.0, 2.5, 4.0, -3.0, 0.5]
    whole = moments(samples[:2]) + moments(samples[2:])
    assert whole == moments(samples)
    assert (whole.mean, whole.variance) == pytest.approx((1.0, 6.875))
    assert (Moments().mean, Moments(1, 3.0, 9.0).variance) == (0.0, 0.0)


def test_the_parameter_is_the_published_one() -> None:
    """Waudby-Smith et al., section 2.3 and GrowthBook's documentation: N* = 5,000 at 5 %."""
    assert best_rho(0.05, 5_000) == pytest.approx(0.03985, abs=1e-5)


def test_the_sequence_is_tightest_where_it_was_planned_to_be() -> None:
    """The closed form is an approximation of the best parameter: within a part in a thousand of the true minimum."""
    planned = multiplier(2_000, best_rho(0.05, 2_000), 0.05)
    others = [multiplier(2_000, 10 ** (step / 100), 0.05) for step in range(-300, 0)]
    assert planned <= min(others) * 1.001
    assert planned == pytest.approx(3.035, abs=0.001)


def test_it_is_wider_than_a_fixed_interval_at_every_sample() -> None:
    rho = best_rho(0.05, 2_000)
    assert min(multiplier(n, rho, 0.05) for n in range(1, 50_000, 97)) > NormalDist().inv_cdf(0.975)


def test_under_many_looks_the_truth_stays_inside() -> None:
    """300 sequences of 2,000 skewed samples, looked at after each from the hundredth on: at most 5 % leave it."""
    dice, rho, left = random.Random(7), best_rho(0.05, 1_000), 0
    for _ in range(300):
        count, total, squares = 0, 0.0, 0.0
        for _ in range(2_000):
            sample = dice.expovariate(1.0)
            count, total, squares = count + 1, total + sample, squares + sample * sample
            if count >= 100 and count % 10 == 0:
                seen = Moments(count, total, squares)
                interval = mean_interval(seen, seen.variance, rho=rho, alpha=0.05)
                if not interval.low <= 1.0 <= interval.high:
                    left += 1
                    break
    assert left <= 15


def test_without_samples_nothing_is_known() -> None:
    nothing = mean_interval(Moments(), 0.0, rho=0.1, alpha=0.05)
    assert (nothing.low, nothing.high) == (-math.inf, math.inf)
    gap = difference(nothing, Interval(1.0, 0.5, 1.5), 0.0, samples=10, rho=0.1, alpha=0.05)
    assert (gap.low, gap.high) == (-math.inf, math.inf)
    with pytest.raises(ValueError, match="no samples"):
        multiplier(0, 0.1, 0.05)


def test_a_difference_has_its_own_error() -> None:
    one, other = Interval(5.0, 4.0, 6.0), Interval(3.0, 2.0, 4.0)
    gap = difference(one, other, 0.25, samples=400, rho=0.1, alpha=0.05)
    half = multiplier(400, 0.1, 0.05) * 0.25
    assert (gap.estimate, gap.low, gap.high) == pytest.approx((2.0, 2.0 - half, 2.0 + half))


def test_the_ratio_test_is_the_bayes_factor_by_numbers() -> None:
    """The integral of the likelihood ratio over the prior, by the midpoint rule: 600 and 400 of 1,000 users."""
    prior, steps = 500.0, 20_000
    grid = [(step + 0.5) / steps for step in range(steps)]
    beta = 2 * math.lgamma(prior) - math.lgamma(2 * prior)

    def log_density(p: float) -> float:
        return (prior - 1) * (math.log(p) + math.log(1 - p)) - beta

    factor = sum(math.exp(log_density(p) + 600 * math.log(2 * p) + 400 * math.log(2 * (1 - p))) / steps for p in grid)
    assert sample_ratio_p([600, 400], [50, 50]) == pytest.approx(1 / factor, rel=1e-6)


@pytest.mark.parametrize(
    ("counts", "shares", "is_broken"),
    [
        ([0, 0], [50, 50], False),
        ([500, 520], [50, 50], False),
        ([5_200, 4_800], [50, 50], True),
        ([9_000, 1_000], [90, 10], False),
        ([9_000, 1_300], [90, 10], True),
    ],
)
def test_a_wrong_ratio_is_seen(counts: list[int], shares: list[float], is_broken: bool) -> None:
    assert (sample_ratio_p(counts, shares) < 0.01) is is_broken


def test_a_right_ratio_is_left_alone_under_many_looks() -> None:
    """400 experiments, looked at after each of 1,000 users: at most 5 % have a p below 5 %."""
    dice, alarms = random.Random(3), 0
    for _ in range(400):
        counts = [0, 0]
        lowest = 1.0
        for _ in range(1_000):
            counts[dice.random() < 0.3] += 1
            lowest = min(lowest, sample_ratio_p(counts, [0.7, 0.3])) if sum(counts) % 20 == 0 else lowest
        alarms += lowest < 0.05
    assert alarms <= 20


def test_a_share_of_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="above 0"):
        sample_ratio_p([1, 2], [100, 0])
