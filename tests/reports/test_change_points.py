"""Changes of level: published ones, planted ones, and none where there is none."""

from random import Random

import pytest
from scipy import stats

from reports.change_points import ChangePoint, change_points, e_divisive, steps
from reports.change_points import _energies as energies

NILE = [
    *(1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140),
    *(1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969),
    *(831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759),
    *(781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890),
    *(744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740),
]
"""The yearly flow of the Nile at Aswan from 1871 to 1970, 10^8 m3."""


def around(seed: int, *levels: float, count: int = 20, spread: float = 1.0) -> list[float]:
    dice = Random(seed)
    return [dice.gauss(level, spread) for level in levels for _ in range(count)]


def test_the_nile_changed_in_1899() -> None:
    """As Cobb, "The problem of the Nile", Biometrika 65 (1978), 243-251, and everybody since: 1898 is the last year."""
    (point,) = change_points(NILE)
    assert (1871 + point.index, point.is_confirmed) == (1899, True)
    assert point.before == pytest.approx(1097.75)
    assert point.after == pytest.approx(849.97, abs=0.01)
    assert point.p_value == pytest.approx(stats.ttest_ind(NILE[:28], NILE[28:]).pvalue, rel=1e-6)


def test_energy_distances_are_those_computed_by_hand() -> None:
    """Of 0 | 0 1 1: 3/4 of 2 * 2/3 - 2/3; of 0 0 | 1 1: all of 2 * 1."""
    assert list(energies([0.0, 0.0, 1.0, 1.0])) == [(1, pytest.approx(0.5)), (2, 2.0), (3, pytest.approx(0.5))]


def test_several_changes_are_found_where_they_were_planted() -> None:
    found = [point for point in change_points(around(3, 100.0, 105.0, 98.0)) if point.is_confirmed]
    assert [point.index for point in found] == [20, 40]
    assert [round(point.after) for point in found] == [105, 98]


def test_changes_are_found_in_a_series_longer_than_a_window() -> None:
    found = change_points(around(4, 100.0, 105.0, count=150))
    assert [point.index for point in found] == [150]


def test_the_same_series_has_the_same_points() -> None:
    series = around(5, 100.0, 103.0)
    assert change_points(series) == change_points(series)


def test_series_without_a_change_have_no_confirmed_one() -> None:
    """Normal and skewed ones, of which E-divisive alone changes a few."""
    quiet = [around(seed, 100.0, count=60) for seed in range(50)]
    dice = Random(1)
    skewed = [[dice.expovariate(1) for _ in range(60)] for _ in range(50)]
    found = [change_points(series) for series in quiet + skewed]
    assert 0 < sum(map(len, found)) < 10
    assert not any(point.is_confirmed for points in found for point in points)


def test_a_change_twice_as_great_as_the_noise_is_found_more_often_than_not() -> None:
    found = [change_points(around(seed, 100.0, 102.0)) for seed in range(40)]
    assert sum(any(abs(point.index - 20) <= 2 for point in points) for points in found) >= 35


def test_one_outlier_is_no_change() -> None:
    series = around(6, 100.0)
    series[-1] = 150.0
    assert change_points(series) == ()


def test_a_change_below_the_magnitude_that_matters_is_left_out() -> None:
    series = around(7, 100.0, 101.0, 120.0, spread=0.1)
    assert [point.index for point in change_points(series)] == [20, 40]
    assert [point.index for point in change_points(series, magnitude=0.05)] == [40]


def test_a_change_that_only_one_method_sees_is_not_confirmed() -> None:
    unconfirmed = [point for seed in range(40) for point in change_points(around(seed, 100.0, 101.2))]
    assert {point.is_confirmed for point in unconfirmed} == {True, False}


@pytest.mark.parametrize("series", [[], [1.0], [1.0, 2.0], [1.0] * 5, [508.3] * 40, [0.0] * 40])
def test_too_few_or_equal_values_have_no_change(series: list[float]) -> None:
    assert e_divisive(series) == ()


def test_figures_that_never_vary_but_once_have_one_change() -> None:
    (point,) = change_points([508.3] * 9 + [510.1] * 9)
    assert (point.index, point.is_confirmed) == (9, True)
    assert point.p_value < 1e-100


def test_every_difference_of_exact_figures_is_a_step() -> None:
    assert steps([2.0, 2.0, 2.1, 2.0]) == (
        ChangePoint(index=2, before=2.0, after=2.1, p_value=0.0),
        ChangePoint(index=3, before=2.1, after=2.0, p_value=0.0),
    )
    assert steps([]) == ()


@pytest.mark.parametrize(("before", "after", "relative"), [(2.0, 3.0, 0.5), (-2.0, -1.0, 0.5), (0.0, 1.0, None)])
def test_a_change_is_a_share_of_what_was_before(before: float, after: float, relative: float | None) -> None:
    assert ChangePoint(index=1, before=before, after=after, p_value=0.0).relative == relative
