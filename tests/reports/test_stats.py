import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.stats import Summary, hit_rate, mean, percentile, summarize

SAMPLES = st.lists(st.floats(min_value=0, max_value=1e9), min_size=1, max_size=60)


@pytest.mark.parametrize(("percent", "expected"), [(5, 15), (30, 20), (40, 20), (50, 35), (100, 50)])
def test_percentiles_of_the_textbook_example_of_five(percent: float, expected: float) -> None:
    assert percentile([15, 20, 35, 40, 50], percent) == expected


@pytest.mark.parametrize(("percent", "expected"), [(25, 7), (50, 8), (75, 15), (100, 20)])
def test_percentiles_of_the_textbook_example_of_ten(percent: float, expected: float) -> None:
    assert percentile([3, 6, 7, 8, 8, 10, 13, 15, 16, 20], percent) == expected


def test_a_rank_is_not_pushed_up_by_a_rounding_error() -> None:
    assert percentile(range(1, 1001), 99.9) == 999


@given(SAMPLES)
def test_the_median_is_the_lower_one_of_the_standard_library(samples: list[float]) -> None:
    assert percentile(sorted(samples), 50) == statistics.median_low(samples)


@given(SAMPLES, st.integers(min_value=1, max_value=100))
def test_a_percentile_has_at_least_its_share_of_samples_at_or_below_it(samples: list[float], percent: int) -> None:
    value = percentile(sorted(samples), percent)
    at_or_below = sum(sample <= value for sample in samples)
    below = sum(sample < value for sample in samples)
    assert at_or_below * 100 >= percent * len(samples) > below * 100


@pytest.mark.parametrize("percent", [0, -1, 100.1])
def test_a_percentage_out_of_range_is_refused(percent: float) -> None:
    with pytest.raises(ValueError, match="is not a percentage"):
        percentile([1.0], percent)


@given(SAMPLES)
def test_the_mean_is_that_of_the_standard_library(samples: list[float]) -> None:
    assert mean(samples) == statistics.fmean(samples)


def test_the_mean_does_not_depend_on_the_order_of_samples() -> None:
    samples = [1e16, 1.0, -1e16, 1.0]
    assert mean(samples) == mean(sorted(samples)) == 0.5


def test_a_summary_takes_samples_in_any_order() -> None:
    samples = [float(value) for value in range(100, 0, -1)]
    assert summarize(samples) == Summary(count=100, mean=50.5, p50=50, p90=90, p99=99)


def test_a_summary_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no samples"):
        summarize([])


def test_the_hit_rate_is_a_share_of_what_was_asked() -> None:
    assert hit_rate(3, 4) == 0.75


def test_the_hit_rate_of_nothing_asked_is_zero() -> None:
    assert hit_rate(0, 0) == 0.0
