"""The rules of others, as others compute them."""

import math
import random
import statistics

import pytest
from scipy import integrate, stats

from reports.gate import rivals

DICE = random.Random(11)
PAIRS = [
    (
        [DICE.gauss(10, 1) for _ in range(count)],
        [DICE.gauss(10 + shift, 1 + shift) for _ in range(other)],
    )
    for count, other, shift in [(5, 5, 0.0), (20, 20, 1.0), (60, 40, 0.3), (200, 200, 0.1), (3, 30, 2.0)]
]
TIED = ([1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0] * 3, [2.0, 3.0, 3.0, 4.0, 4.0, 5.0] * 3)


def welch(base: list[float], head: list[float]) -> float:
    return rivals.welch_p(rivals.moments(base), rivals.moments(head))


@pytest.mark.parametrize(("base", "head"), [*PAIRS, TIED])
def test_the_t_test_is_that_of_scipy(base: list[float], head: list[float]) -> None:
    assert welch(base, head) == pytest.approx(stats.ttest_ind(base, head, equal_var=False).pvalue, rel=1e-8)


@pytest.mark.parametrize(("base", "head"), [*PAIRS, TIED])
def test_the_rank_test_is_that_of_scipy(base: list[float], head: list[float]) -> None:
    expected = stats.mannwhitneyu(base, head, method="asymptotic").pvalue
    assert rivals.mann_whitney_p(base, head) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(("base", "head"), PAIRS[:2])
@pytest.mark.parametrize("prior", [0.5, 1.0])
def test_the_sequential_t_test_is_a_mixture_of_noncentral_t_densities(
    base: list[float], head: list[float], prior: float
) -> None:
    found = [after - before for before, after in zip(base, head, strict=True)]
    count = len(found)
    t = stats.ttest_1samp(found, 0.2).statistic
    mixture, _ = integrate.quad(
        lambda effect: stats.nct.pdf(t, count - 1, effect * count**0.5) * stats.norm.pdf(effect, scale=prior**0.5),
        -8,
        8,
    )
    expected = math.log(mixture / stats.t.pdf(t, count - 1))
    assert rivals.sequential_t_log(rivals.moments(found), 0.2, prior) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("found", [[], [1.0], [1.0, 1.0]])
def test_differences_without_variance_give_it_no_evidence(found: list[float]) -> None:
    assert rivals.sequential_t_log(rivals.moments(found), 0.0) == 0.0


@pytest.mark.parametrize(("head", "p"), [([1.0, 1.0], 1.0), ([2.0, 2.0], 0.0)])
def test_samples_without_variance_are_equal_or_not(head: list[float], p: float) -> None:
    assert welch([1.0, 1.0], head) == p


def test_ranks_of_equal_samples_say_nothing() -> None:
    assert rivals.mann_whitney_p([1.0] * 5, [1.0] * 5) == 1.0


@pytest.mark.parametrize(("mean", "alarms"), [(1.051, True), (1.049, False), (0.5, False)])
def test_pytest_benchmark_compares_two_means(mean: float, alarms: bool) -> None:
    assert rivals.mean_ratio_alarms([0.9, 1.1], [mean, mean]) is alarms


@pytest.mark.parametrize(("p", "head", "alarms"), [(0.01, 2.0, True), (0.01, 0.5, False), (0.06, 2.0, False)])
def test_a_significant_difference_alarms_where_it_is_slower(p: float, head: float, alarms: bool) -> None:
    assert rivals.p_value_alarms(p, [1.0], [head]) is alarms


@pytest.mark.parametrize("samples", [[], [3.0], [1.0, 2.0, 4.0], [1e9 + 1, 1e9 + 2, 1e9 + 3]])
def test_moments_are_those_of_the_standard_library(samples: list[float]) -> None:
    found = rivals.moments(samples)
    assert found.count == len(samples)
    assert found.mean == pytest.approx(statistics.fmean(samples) if samples else 0.0)
    assert found.variance == pytest.approx(statistics.variance(samples) if len(samples) > 1 else 0.0)
