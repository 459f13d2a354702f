"""Random draws: the distributions they claim, and streams that do not disturb each other."""

from collections import Counter

import pytest

from profiles.chance import Chance, Weights, zipf
from profiles.round_trip import RoundTrip
from profiles.virtual_clock import SeededDice

COUNT = 20_000


@pytest.mark.parametrize("cv", [0.5, 1.0, 2.0])
def test_gamma_has_mean_one_and_the_asked_variation(cv: float) -> None:
    chance = Chance("gamma")
    draws = [chance.gamma(cv) for _ in range(COUNT)]
    mean = sum(draws) / COUNT
    deviation = (sum((draw - mean) ** 2 for draw in draws) / COUNT) ** 0.5
    assert mean == pytest.approx(1.0, rel=0.04)
    assert deviation / mean == pytest.approx(cv, rel=0.06)


def test_gamma_without_variation_is_constant() -> None:
    assert Chance("constant").gamma(0) == 1.0


def test_half_of_a_lognormal_is_below_its_median() -> None:
    chance = Chance("lognormal")
    below = sum(chance.lognormal(12.0, 0.8) < 12.0 for _ in range(COUNT))
    assert below / COUNT == pytest.approx(0.5, abs=0.015)


@pytest.mark.parametrize("mean", [1.0, 3.5])
def test_geometric_counts_have_their_mean_and_are_never_below_one(mean: float) -> None:
    chance = Chance("geometric")
    draws = [chance.geometric(mean) for _ in range(COUNT)]
    assert min(draws) == 1
    assert sum(draws) / COUNT == pytest.approx(mean, rel=0.03)


def test_zipf_prefers_the_first_by_rank() -> None:
    chance, ranks = Chance("zipf"), zipf(10, 1.0)
    counts = Counter(chance.pick(ranks) for _ in range(COUNT))
    assert counts[0] / counts[4] == pytest.approx(5.0, rel=0.15)


def test_a_weight_of_nothing_is_never_drawn() -> None:
    weights = Weights([0.0, 1.0, 0.0])
    assert {weights.at(uniform) for uniform in (0.0, 0.5, 0.999999)} == {1}


def test_weights_of_nothing_at_all_are_an_error() -> None:
    with pytest.raises(ValueError, match="all weights are 0"):
        Weights([0.0])


def test_a_shuffle_holds_every_number_once() -> None:
    order = Chance("shuffle").shuffle(50)
    assert sorted(order) == list(range(50)) != order


def test_a_child_draws_the_same_whatever_its_parent_drew() -> None:
    parent = Chance("parent")
    parent.uniform()
    assert parent.child("part").uniform() == Chance("parent").child("part").uniform()


def test_a_round_trip_without_spread_is_constant() -> None:
    assert RoundTrip(rtt_ms=2.0).draw_s(SeededDice(1)) == 0.002


def test_round_trips_with_spread_have_their_median_and_whole_microseconds() -> None:
    dice, model = SeededDice(1), RoundTrip(rtt_ms=2.0, sigma=0.5)
    draws = [model.draw_s(dice) for _ in range(4000)]
    assert sum(draw < 0.002 for draw in draws) / 4000 == pytest.approx(0.5, abs=0.03)
    assert all(draw == round(draw, 6) for draw in draws)
