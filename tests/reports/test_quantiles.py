import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.quantiles import increase, quantile

INF = math.inf


@pytest.mark.parametrize(
    ("share", "value"),
    [(0.0, 0.0), (0.25, 0.5), (0.5, 1.0), (0.75, 1.5), (1.0, 2.0)],
)
def test_values_lie_evenly_within_a_bucket(share: float, value: float) -> None:
    assert quantile({1.0: 2.0, 2.0: 4.0, INF: 4.0}, share) == value


def test_as_prometheus_computes_it() -> None:
    """The example of `histogram_quantile` on which the two are easy to check by hand: 90 % of 10, with 7 below 0.3."""
    assert quantile({0.1: 3.0, 0.3: 7.0, 1.0: 10.0, INF: 10.0}, 0.9) == pytest.approx(0.3 + 0.7 * 2 / 3)


def test_above_the_last_bound_it_is_the_last_bound() -> None:
    assert quantile({1.0: 1.0, 2.0: 1.0, INF: 10.0}, 0.99) == 2.0


@pytest.mark.parametrize("buckets", [{}, {1.0: 0.0, INF: 0.0}])
def test_without_observations_there_is_none(buckets: dict[float, float]) -> None:
    assert quantile(buckets, 0.5) is None


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
def test_what_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="no share"):
        quantile({INF: 1.0}, share)


@given(st.lists(st.floats(0, 40), min_size=1), st.floats(0, 1))
def test_a_quantile_is_in_the_bucket_of_the_true_one(values: list[float], share: float) -> None:
    bounds = [0.01, 0.1, 1.0, 10.0]
    buckets = {bound: float(sum(value <= bound for value in values)) for bound in [*bounds, INF]}
    found = quantile(buckets, share)
    true = sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
    lower = max([0.0, *(bound for bound in bounds if bound < true)])
    upper = min([bound for bound in bounds if bound >= true], default=10.0)
    assert found is not None
    assert min(lower, 10.0) <= found <= upper + 1e-9


def test_the_increase_is_what_came_in_between() -> None:
    assert increase({1.0: 2.0, INF: 3.0}, {1.0: 2.0, INF: 7.0}) == {1.0: 0.0, INF: 4.0}


def test_a_series_that_is_new_came_in_between() -> None:
    assert increase({}, {1.0: 2.0, INF: 3.0}) == {1.0: 2.0, INF: 3.0}


@pytest.mark.parametrize("now", [{1.0: 1.0, INF: 1.0}, {1.0: 0.0, INF: 9.0}, {}])
def test_after_a_restart_everything_is_new(now: dict[float, float]) -> None:
    assert increase({1.0: 2.0, INF: 3.0}, now) == now
