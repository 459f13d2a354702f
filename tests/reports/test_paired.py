"""Differences of the same messages, and how sure they are."""

import math
import random

import pytest
from scipy import stats

from reports.paired import Paired, median_interval, paired


def test_the_difference_is_of_the_same_message_and_the_median_over_rounds() -> None:
    found = paired([([10.0, 20.0, 30.0], [11.0, 22.0, 33.0]), ([10.0, 20.0], [14.0, 24.0])])
    assert found is not None
    assert (found.median, found.low, found.high) == (3.0, 2.0, 4.0)
    assert (found.rounds, found.pairs) == (2, 5)
    assert found.coverage == 0.5


def test_what_one_arm_never_answered_makes_no_pair() -> None:
    found = paired([([10.0, None, 30.0], [12.0, 22.0, None])])
    assert found is not None
    assert (found.median, found.pairs, found.coverage) == (2.0, 1, 0.0)


def test_without_a_pair_there_is_no_difference() -> None:
    found: Paired | None = paired([([None], [1.0])])
    nothing: Paired | None = paired([])
    assert (found, nothing) == (None, None)


@pytest.mark.parametrize(
    ("count", "places", "coverage"),
    [(5, (1, 5), 0.9375), (6, (1, 6), 0.96875), (9, (2, 8), 0.9609375), (15, (4, 12), 0.96484375)],
)
def test_intervals_are_those_of_the_sign_test(count: int, places: tuple[int, int], coverage: float) -> None:
    low, high, found = median_interval([float(place) for place in range(1, count + 1)])
    assert [low, high] == list(places)
    assert found == pytest.approx(coverage)
    assert found == pytest.approx(1 - 2 * stats.binom.cdf(places[0] - 1, count, 0.5))


def test_intervals_cover_the_median_as_often_as_they_say() -> None:
    dice = random.Random(1)
    samples = [sorted(dice.expovariate(1.0) for _ in range(9)) for _ in range(2_000)]
    true = math.log(2)
    covered = sum(low <= true <= high for low, high, _ in map(median_interval, samples))
    assert covered / len(samples) == pytest.approx(0.961, abs=0.015)


def test_no_observations_have_no_interval() -> None:
    with pytest.raises(ValueError, match="no observations"):
        median_interval([])
