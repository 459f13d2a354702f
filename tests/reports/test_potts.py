"""The fit of levels, beside all fits that there are."""

import math
from itertools import combinations, pairwise
from random import Random
from statistics import median

import pytest

from reports.potts import noise, potts


def cost(series: list[float], begins: tuple[int, ...], penalty: float) -> float:
    levels = [series[begin:end] for begin, end in pairwise([0, *begins, len(series)])]
    return penalty * len(begins) + sum(abs(value - median(level)) for level in levels for value in level)


def best(series: list[float], shortest: int) -> float:
    """The least cost among all ways to divide a series."""
    penalty = 2 * noise(series) * math.log(len(series))
    ways = (way for count in range(4) for way in combinations(range(1, len(series)), count))
    fitting = (way for way in ways if all(b - a >= shortest for a, b in pairwise([0, *way, len(series)])))
    return min(cost(series, way, penalty) for way in fitting)


@pytest.mark.parametrize("seed", range(12))
def test_no_division_costs_less(seed: int) -> None:
    dice = Random(seed)
    series = [dice.gauss(0, 1) + 4 * (place // 5 % 2) for place in range(13)]
    found = potts(series, 2)
    assert cost(series, found, 2 * noise(series) * math.log(13)) == pytest.approx(best(series, 2))


def test_levels_are_found_where_they_begin() -> None:
    series = [10.0, 10.1, 9.9, 10.0, 10.1, 12.0, 12.1, 11.9, 12.0, 9.0, 9.1, 8.9, 9.0]
    assert potts(series, 3) == (5, 9)


def test_an_outlier_is_no_level() -> None:
    series = [10.0, 10.1, 9.9, 10.0, 25.0, 10.1, 9.9, 10.0, 10.1, 9.9]
    assert potts(series, 3) == ()


def test_a_step_of_what_never_varied_is_a_level() -> None:
    assert potts([5.0] * 6 + [5.1] * 6, 3) == (6,)


@pytest.mark.parametrize("series", [[], [1.0], [1.0, 2.0, 3.0], [0.0] * 9, [7.7] * 9])
def test_too_few_or_equal_values_have_one_level(series: list[float]) -> None:
    assert potts(series, 3) == ()


def test_the_noise_of_normal_figures_is_their_mean_absolute_deviation() -> None:
    dice = Random(1)
    series = [dice.gauss(100, 5) + 30 * (place > 2000) for place in range(4000)]
    assert noise(series) == pytest.approx(5 * math.sqrt(2 / math.pi), rel=0.05)


def test_the_noise_of_figures_that_mostly_stay_is_not_zero() -> None:
    assert noise([1.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 3.0, 1.0]) > 0
