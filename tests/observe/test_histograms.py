import math
from itertools import pairwise

import pytest

from service.observe.histograms import LAG, RESPONSE, SIZES, STORE, Histograms, bounds_of
from service.observe.meter import MAX_SERIES


@pytest.mark.parametrize(
    ("bounds", "first", "last"), [(RESPONSE, 0.01, 30.0), (STORE, 0.0001, 5.0), (LAG, 0.001, 5.0), (SIZES, 1.0, 5e9)]
)
def test_bounds_rise_over_the_range_that_matters(bounds: tuple[float, ...], first: float, last: float) -> None:
    assert (bounds[0], bounds[-1]) == (first, last)
    assert all(lower < upper for lower, upper in pairwise(bounds))


@pytest.mark.parametrize(
    ("name", "bounds"), [("response_s", RESPONSE), ("store_s", STORE), ("loop_lag_s", LAG), ("batch", SIZES)]
)
def test_a_name_says_which_bounds_fit(name: str, bounds: tuple[float, ...]) -> None:
    assert bounds_of(name) == bounds


def test_a_value_is_in_the_first_bucket_whose_bound_it_does_not_exceed() -> None:
    histograms = Histograms()
    for value in (0.0, 0.01, 0.011, 30.0, 31.0):
        histograms.observe("response_s", value, "help")
    histogram = histograms.read()["response_s", "help"]
    assert histogram.counts[:2] == (2, 1)
    assert histogram.counts[-2:] == (1, 1)
    assert (sum(histogram.counts), histogram.total) == (5, 61.021)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_left_out(value: float) -> None:
    histograms = Histograms()
    histograms.observe("response_s", value)
    histogram = histograms.read()["response_s", ""]
    assert (sum(histogram.counts), histogram.total) == (0, 0.0)


def test_labels_beyond_the_bound_share_a_series() -> None:
    histograms = Histograms()
    for n in range(MAX_SERIES + 5):
        histograms.observe("by_user_s", 1.0, str(n))
    series = histograms.read()
    assert len(series) == MAX_SERIES + 1
    assert sum(series["by_user_s", "other"].counts) == 5


def test_what_was_read_does_not_change_afterwards() -> None:
    histograms = Histograms()
    histograms.observe("response_s", 1.0)
    before = histograms.read()["response_s", ""]
    histograms.observe("response_s", 1.0)
    assert sum(before.counts) == 1
