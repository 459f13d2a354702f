"""Student's t beside scipy's."""

import pytest
from scipy import special, stats

from reports.student import incomplete_beta, t_test, two_sided_p, two_sided_t

BEFORE, AFTER = [12.1, 11.9, 12.4, 12.0], [12.6, 12.5, 12.9, 12.4, 12.8]


def moments(values: list[float]) -> tuple[int, float, float]:
    middle = sum(values) / len(values)
    return len(values), middle, sum((value - middle) ** 2 for value in values)


@pytest.mark.parametrize("freedom", [1, 2, 3.5, 10, 98, 5000])
@pytest.mark.parametrize("t", [0.0, 0.1, 1.0, 2.0, 12.7, 60.0])
def test_a_p_value_is_scipys(t: float, freedom: float) -> None:
    assert two_sided_p(t, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), rel=1e-9)
    assert two_sided_p(-t, freedom) == two_sided_p(t, freedom)


@pytest.mark.parametrize("a", [0.5, 1, 7, 400])
@pytest.mark.parametrize("x", [0.0, 0.01, 0.4, 0.9, 1.0])
def test_the_beta_function_is_scipys(a: float, x: float) -> None:
    assert incomplete_beta(a, 3.0, x) == pytest.approx(special.betainc(a, 3.0, x), rel=1e-9)


def test_a_t_test_is_scipys() -> None:
    assert t_test(moments(BEFORE), moments(AFTER)) == pytest.approx(stats.ttest_ind(BEFORE, AFTER).pvalue, rel=1e-9)


@pytest.mark.parametrize("freedom", [1, 2, 7.5, 15, 400])
@pytest.mark.parametrize("probability", [0.9, 0.05, 0.001])
def test_a_quantile_is_scipys(probability: float, freedom: float) -> None:
    assert two_sided_t(probability, freedom) == pytest.approx(stats.t.isf(probability / 2, freedom), rel=1e-9)


def test_a_published_quantile_has_its_probability() -> None:
    """Student's table: with 10 degrees of freedom 2.228 is exceeded by 5 %, to both sides together."""
    assert two_sided_p(2.228, 10) == pytest.approx(0.05, abs=1e-4)


def test_without_spread_means_are_the_same_or_they_are_not() -> None:
    assert t_test((3, 1.0, 0.0), (4, 1.1, 0.0)) == 0.0
    assert t_test((3, 508.3, 1e-26), (4, 508.3 + 1e-13, 1e-26)) == 1.0


def test_an_infinite_t_is_impossible_by_chance() -> None:
    assert two_sided_p(float("inf"), 3) == 0.0


@pytest.mark.parametrize(("first", "second"), [((1, 1.0, 0.0), (1, 2.0, 0.0)), ((0, 0.0, 0.0), (5, 1.0, 1.0))])
def test_too_few_values_are_refused(first: tuple[int, float, float], second: tuple[int, float, float]) -> None:
    with pytest.raises(ValueError, match="three values"):
        t_test(first, second)


def test_what_is_outside_of_the_functions_is_refused() -> None:
    with pytest.raises(ValueError, match="degrees of freedom"):
        two_sided_p(1.0, 0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        incomplete_beta(1.0, 1.0, 1.5)
    with pytest.raises(ValueError, match="no probability"):
        two_sided_t(0.0, 3)
