import math
import random

import pytest

from service.core.trend import lower_envelope, theil_sen


def test_the_example_of_the_paper_that_the_limits_come_from() -> None:
    """Sen (1968), section 6: slope 4, limits at 93 %."""
    slope = theil_sen([1, 2, 3, 4, 10, 12, 18], [9, 15, 19, 20, 45, 55, 78], 0.93)
    assert slope is not None
    assert slope.estimate == pytest.approx(4.0)
    assert slope.low == pytest.approx(3.71, abs=0.01)
    assert slope.high == pytest.approx(4.38, abs=0.01)


def test_a_few_odd_values_do_not_bend_it() -> None:
    ys = [2.0 * x for x in range(20)]
    ys[7] = 1e9
    slope = theil_sen(list(range(20)), ys, 0.95)
    assert slope is not None
    assert (slope.estimate, slope.low, slope.high) == pytest.approx((2.0, 2.0, 2.0))


@pytest.mark.parametrize("xs", [[], [1.0], [1.0, 1.0, 2.0, 2.0]])
def test_too_few_different_places_have_no_slope(xs: list[float]) -> None:
    assert theil_sen(xs, [0.0] * len(xs), 0.95) is None


def test_series_of_different_lengths_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="shorter"):
        theil_sen([1, 2, 3], [1, 2], 0.95)


def test_the_limits_hold_the_truth_as_often_as_they_say() -> None:
    """A slope of 3 under heavy-tailed noise: 500 series, 90 % limits."""
    dice = random.Random(1)
    held = 0
    for _ in range(500):
        noise = [math.tan(math.pi * (dice.random() - 0.5)) for _ in range(24)]
        slope = theil_sen(list(range(24)), [3 * x + e for x, e in enumerate(noise)], 0.90)
        assert slope is not None
        held += slope.low <= 3 <= slope.high
    assert 430 <= held <= 470  # 450 +- 3 standard deviations


def test_the_lower_envelope_is_the_lowest_of_each_window() -> None:
    points = [(float(x), y) for x, y in enumerate([5.0, 1.0, 4.0, 9.0, 2.0])]
    assert lower_envelope(points, 3) == [(1.0, 1.0), (2.0, 4.0), (4.0, 2.0)]
    assert lower_envelope(points, 50) == points
    assert lower_envelope([], 3) == []
